"""The rows that recipes start from, from the matching on: alignments, the fate of documents, the product.

Goes in: a build and the chunk to be made (corpus-wide recipes ignore it). Comes out: a DataFrame, partitioned on
purpose, as in `corpus.recipes.frames`.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpus.columns import KEPT, PROVENANCE, TIERS
from corpus.recipes.document_groups import GROUPS
from corpus.recipes.frames import by_document, contents_with_bytes, fields_of_blocks, kept, kept_sentences
from corpus.recipes.judged_safe import judged_safe, with_safety_scores
from corpus.recipes.negatives import with_negatives
from corpus.spark.build import Build

TIER_SCORES = ("image_near_copy", "image_faces")


def content_chunks(decided: DataFrame) -> list[str]:
    """Chunks under which the contents of these references are filed: a handful of names."""
    return sorted(row.content_chunk for row in decided.select("content_chunk").distinct().collect())


def alignments(build: Build, chunk: str) -> DataFrame:
    """Documents with the embeddings of their images, in page order, of their sentences, if any is kept, in which the
    places of the images are counted, and of others' of their language; with the page where it has a say."""
    decided = kept(build.read("image_decisions", [chunk]))
    features = build.read("image_features", content_chunks(decided)).select("content_hash", "embedding")
    blocks = build.read("block_decisions", [chunk]).select("document_id", "sentences")
    before = F.slice("sentences", F.lit(1), F.col("dom_text_index"))
    n_before = F.size(F.filter(before, lambda sentence: sentence["outcome"] == KEPT)).alias("dom_text_index")
    n_letters = F.col("scores")["image_letters"].alias("n_letters")
    image = F.struct("dom_index", n_before, "embedding", n_letters)
    owned = decided.join(features, on="content_hash").join(blocks, on="document_id").groupBy("document_id")
    embeddings = build.read("sentence_embeddings", [chunk])
    embeddings = embeddings.select("document_id", "n_sentences", "n_dimensions", "embeddings")
    rows = owned.agg(F.sort_array(F.collect_list(image)).alias("images"))
    rows = rows.join(embeddings, on="document_id", how="left")
    rows = with_negatives(build, chunk, rows)
    if build.settings.align.page_weight:
        rows = rows.join(page(build, chunk), on="document_id")
    return rows.repartition(build.tasks, "document_id").sortWithinPartitions("document_id")


def page(build: Build, chunk: str, *names: str) -> DataFrame:
    """What a page can say of its pictures: all its sentences, which of them are kept, blocks and image references; with
    the columns of `documents` that are named."""
    is_kept = F.transform("sentences", lambda sentence: sentence["outcome"] == KEPT).alias("is_kept")
    decided = build.read("block_decisions", [chunk]).select("document_id", is_kept)
    said = build.read("documents", [chunk]).select(
        "document_id",
        *names,
        F.col("sentences").alias("page_sentences"),
        fields_of_blocks("kind", "first_sentence", "n_sentences"),
        "image_references",
    )
    return said.join(decided, on="document_id")


def documents(build: Build, chunk: str) -> DataFrame:
    """Pages with what their alignment came to, and the first captured of those with the same set of pictures; a kept
    page without any image left counts none, nor do sentences of a dropped one. A score that no filter measured, such
    as that of faces where nothing looks for them, is null."""
    n_kept = F.size(F.filter("sentences", lambda sentence: sentence["outcome"] == KEPT)).alias("n_sentences")
    counts = build.read("block_decisions").select("document_id", n_kept)
    placed = build.read("alignments").select("document_id", F.explode("images").alias("image"))
    placed = placed.where(F.col("image.outcome") == KEPT).select(
        "document_id", "image.dom_index", "image.matched_sim"
    )
    contents = build.read("image_decisions").select(
        "document_id", "dom_index", "content_hash", "perceptual_hash", "scores"
    )
    pictures = placed.join(contents, on=["document_id", "dom_index"]).groupBy("document_id")
    measured = (F.col("scores")[name].alias(name) for name in TIER_SCORES)
    picture = F.struct("dom_index", "matched_sim", *measured)
    shown = pictures.agg(
        F.sort_array(F.collect_list(picture)).alias("pictures"),
        F.count(F.lit(1)).cast("int").alias("n_images"),
        F.concat_ws(" ", F.sort_array(F.collect_set("content_hash"))).alias("image_set"),
        F.collect_list("perceptual_hash").alias("perceptual_hashes"),
    )
    age = F.struct(F.coalesce("fetch_time", F.lit("9999-01-01").cast("timestamp")), "document_id")
    dated = shown.join(build.read("page_signatures").select("document_id", "fetch_time"), on="document_id")
    first = dated.groupBy("image_set").agg(F.min(age)["document_id"].alias("first_of_images"))
    told = shown.join(first, on="image_set").drop("image_set")
    told = told.join(build.read("alignments").select("document_id", "shuffle_z"), on="document_id")
    decided = build.read("page_decisions").select("document_id", "chunk", "outcome", "evaluation_sets")
    rows = decided.join(counts, on="document_id", how="left").join(told, on="document_id", how="left")
    rows = rows.join(judged_safe(build), on="document_id", how="left")
    biases = build.read("document_groups").select("document_id", *(f"{group}_bias" for group in GROUPS))
    rows = rows.join(biases, on="document_id", how="left")
    rows = rows.fillna(0, ["n_sentences", "n_images", "n_unsafe_images", "n_blocked_images"])
    return by_document(build, rows).sortWithinPartitions("chunk", "document_id")


def interleaved(build: Build, chunk: str) -> DataFrame:
    """Kept documents with page, alignment, tiers and the bytes of their pictures: the one join that moves bytes."""
    tiers = [*(field.name for field in TIERS), F.col("pictures").alias("tier_pictures")]
    bias = F.col("scores")["document_sampling_bias"].alias("sampling_bias")
    ids = kept(build.read("document_decisions", [chunk])).select(
        "document_id", "evaluation_sets", bias, *tiers
    )
    aligned = build.read("alignments", [chunk]).join(ids, on="document_id", how="left_semi")
    placed = aligned.select("document_id", F.explode("images").alias("image")).where(
        F.col("image.outcome") == KEPT
    )
    placed = placed.select("document_id", "image.dom_index")
    decided = build.read("image_decisions", [chunk]).join(
        placed, on=["document_id", "dom_index"], how="left_semi"
    )
    chunks = content_chunks(decided)
    bodies = with_safety_scores(build, contents_with_bytes(build, chunks), chunks)
    picture = F.struct(
        *("dom_index", "content_hash", "perceptual_hash", "width_px", "height_px", "media_type"),
        *("bytes", "faces", "safety_scores"),
    )
    pictures = decided.join(bodies, on="content_hash").groupBy("document_id")
    rows = (
        page(build, chunk, *(field.name for field in PROVENANCE if field.name != "document_id"))
        .join(kept_sentences(build, chunk), on="document_id")
        .join(
            aligned.select(
                "document_id",
                F.col("images").alias("aligned"),
                "similarity_matrix",
                "shuffle_z",
                "sentence_above",
            ),
            on="document_id",
        )
        .join(pictures.agg(F.collect_list(picture).alias("pictures")), on="document_id")
        .join(ids, on="document_id")
    )
    return rows.repartition(build.tasks, "document_id").sortWithinPartitions("document_id")
