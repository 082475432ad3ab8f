"""The rows that each recipe starts from, as DataFrames over tables made before.

Goes in: a build and the chunk to be made (corpus-wide recipes ignore it). Comes out: a DataFrame, partitioned on
purpose: Spark would collapse the output of a join or groupBy to one task before a Python stage.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from corpus.columns import KEPT
from corpus.filters.picture_kinds import knows_kinds
from corpus.plan import number_of
from corpus.recipes.host_boilerplate import host_boilerplate
from corpus.recipes.image_clusters import with_clusters
from corpus.recipes.image_tasks import by_domain
from corpus.recipes.img2dataset import downloaded
from corpus.recipes.judged_safe import with_safety_scores
from corpus.recipes.rows_before import with_embeddings, with_features, with_images, with_signs
from corpus.recipes.screened import screenings
from corpus.recipes.shares import shares_per_file
from corpus.spark.build import Build
from corpus.spark.session import one_task_each
from corpus.warc.sources import is_remote, warc_of

REFERENCE_COLUMNS = (
    "document_id", "chunk", "dom_index", "image_url_id", "url", "dom_text_index", "content_score", "page",
)  # fmt: skip


def kept(rows: DataFrame) -> DataFrame:
    return rows.where(F.col("outcome") == KEPT)


def by_document(build: Build, rows: DataFrame) -> DataFrame:
    """Rows grouped by document, chunks in order; chunks share tasks when there are many of them."""
    keys = ["chunk"] if len(build.chunks) >= build.tasks else ["chunk", "document_id"]
    return rows.repartition(build.tasks, *keys)


def warc_files(build: Build, chunk: str) -> DataFrame:
    """The WARC files of the chunk; a local file is read by several tasks, each taking every n-th page, when cores would
    be idle otherwise, or when `spark.tasks` asks for more tasks than there are files. Remote ones are read once."""
    planned = build.chunks[number_of(chunk)]
    files, sizes = planned.files, planned.file_bytes
    n_cores, asked = build.spark.sparkContext.defaultParallelism, build.settings.spark.tasks
    most = max(1, min(n_cores, asked // len(files))) if asked else shares_per_file(sizes, n_cores)
    shares = {file: 1 if is_remote(warc_of(file)) else most for file in files}
    rows = [(file, number, n_shares) for file, n_shares in shares.items() for number in range(n_shares)]
    return one_task_each(build.spark, rows, "warc_filename string, number int, n_shares int")


def signed_pages(build: Build, chunk: str) -> DataFrame:
    """Kept documents of the chunk with their texts."""
    n_characters = F.aggregate("blocks", F.lit(0), lambda n, block: n + block["n_characters"])
    rows = kept(build.read("documents", [chunk])).select(
        "document_id",
        "url",
        "fetch_time",
        "text_hash",
        F.size("image_references").alias("n_image_references"),
        n_characters.alias("n_characters"),
        "sentences",
    )
    return rows.repartition(build.tasks, "document_id").sortWithinPartitions("document_id")


def pages(build: Build, chunk: str) -> DataFrame:
    """Documents with the page that stands for them, where one does, else with what their host repeats."""
    documents = build.read("documents").select(
        "document_id",
        "chunk",
        "outcome",
        "url",
        "robots",
        "tdm_reserved",
        "text_scores",
        fields_of_blocks("text_hash", "n_characters"),
        F.size("sentences").alias("n_sentences"),
        F.size("image_references").alias("n_image_references"),
    )
    clusters = build.read("page_clusters").select("document_id", "relation", "representative", "jaccard")
    compared = with_boilerplate(documents.join(clusters, on="document_id", how="left"))
    compared = compared.join(screenings(build), on="document_id", how="left")
    compared = compared.withColumn(
        "evaluation_sets", F.coalesce("evaluation_sets", F.array().cast("array<string>"))
    )
    return by_document(build, compared).sortWithinPartitions("chunk", "document_id")


def with_boilerplate(compared: DataFrame) -> DataFrame:
    """The same pages with what their host repeats instead of URL and blocks; none of a copy."""
    is_original = (F.col("outcome") == KEPT) & F.col("relation").isNull()
    found = host_boilerplate(compared.where(is_original).select("document_id", "url", "blocks"))
    n_found = F.coalesce("n_host_boilerplate_characters", F.lit(0))
    n_characters = F.aggregate("blocks", F.lit(0), lambda n, block: n + block["n_characters"])
    rows = compared.withColumn("n_characters", n_characters).drop("url", "blocks")
    return rows.join(found, on="document_id", how="left").withColumns(
        {
            "n_host_boilerplate_characters": F.when(is_original, n_found),
            "host_boilerplate_blocks": F.coalesce("host_boilerplate_blocks", F.array().cast("array<int>")),
        }
    )


def fields_of_blocks(*names: str) -> Column:
    """The column `blocks` with these fields alone: scores of blocks outweigh all else that is known of a page."""
    return F.transform("blocks", lambda block: F.struct(*(block[name].alias(name) for name in names))).alias(
        "blocks"
    )


def blocks(build: Build, chunk: str) -> DataFrame:
    """Blocks and sentences of the kept pages, and which of them the host repeats."""
    decided = kept(build.read("page_decisions", [chunk])).select("document_id", "host_boilerplate_blocks")
    measured = build.read("documents", [chunk]).select(
        "document_id", "url", "language", "sentences", fields_of_blocks("kind", "n_sentences", "scores")
    )
    rows = measured.join(decided, on="document_id")
    return rows.repartition(build.tasks, "document_id").sortWithinPartitions("document_id")


def kept_sentences(build: Build, chunk: str) -> DataFrame:
    """document_id, the kept `sentences` of each page that is kept until here, with placeholders, and how many are
    `replaced`."""
    decided = build.read("block_decisions", [chunk]).select(
        "document_id", F.col("sentences").alias("decided"), "replaced"
    )
    pages = (
        build.read("documents", [chunk]).select("document_id", "sentences").join(decided, on="document_id")
    )
    both = F.zip_with(
        "sentences", "decided", lambda text, each: each.withField("text", F.coalesce(each["text"], text))
    )
    sentences = F.filter(both, lambda each: each["outcome"] == KEPT)["text"]
    return pages.select("document_id", sentences.alias("sentences"), "replaced")


def references(build: Build) -> DataFrame:
    """Image references of the kept pages."""
    decided = kept(build.read("page_decisions")).select("document_id")
    exploded = build.read("documents").join(decided, on="document_id", how="left_semi")
    exploded = exploded.select(
        "document_id",
        "chunk",
        F.struct("warc_filename", "warc_record_offset").alias("page"),
        F.explode("image_references").alias("reference"),
    )
    return exploded.select("document_id", "chunk", "page", "reference.*").select(*REFERENCE_COLUMNS)


def images(build: Build, chunk: str) -> DataFrame:
    """The chunk's image URLs: those of one WARC file, or of one domain, in one task; those from the web with the row
    that an earlier table has for them."""
    urls = build.read("image_urls", [chunk])
    if build.settings.fetch.images != "web":
        return by_place(build, urls)
    captured = F.col("capture_url").isNotNull()
    asked = with_images(build, urls.where(~captured))
    if build.settings.fetch.engine == "img2dataset":
        asked = downloaded(build, chunk, asked)
    else:
        asked = by_domain(build, asked).sortWithinPartitions("image_url_id")
    return asked.unionByName(by_place(build, urls.where(captured)), allowMissingColumns=True)


def by_place(build: Build, urls: DataFrame) -> DataFrame:
    """The URLs in tasks of about as many, in the order in which their captures lie in their files."""
    order = ["warc_filename", "warc_record_offset", "image_url_id"]
    return urls.repartitionByRange(build.tasks, *order).sortWithinPartitions(*order)


def image_contents(build: Build, chunk: str) -> DataFrame:
    """Distinct contents of the kept images, with the picture that stands for those that look alike, and the number of
    kept pages that show one of them."""
    fetched = kept(build.read("images"))
    owner = F.min(F.struct("chunk", "image_url_id", "width_px", "height_px", "perceptual_hash"))
    contents = fetched.groupBy("content_hash").agg(owner.alias("owner")).select("content_hash", "owner.*")
    contents = with_clusters(build, contents)
    shown = references(build).select("document_id", "image_url_id").distinct()
    shown = shown.join(fetched.select("image_url_id", "content_hash"), on="image_url_id")
    shown = shown.join(contents.select("content_hash", "cluster"), on="content_hash")
    counted = shown.groupBy("cluster").agg(F.countDistinct("document_id").alias("n_documents"))
    small = F.least("width_px", "height_px") < build.settings.encode.min_side_px
    rows = contents.join(counted, on="cluster").withColumn("outcome", F.when(small, "small").otherwise(KEPT))
    return rows.repartition(build.tasks, "chunk").sortWithinPartitions("chunk", "content_hash")


def contents_with_bytes(build: Build, chunks: list[str]) -> DataFrame:
    """content_hash and bytes of the contents filed under these chunks."""
    contents = kept(build.read("image_contents", chunks)).select("content_hash", "image_url_id")
    bodies = build.read("images", chunks).select("image_url_id", "bytes")
    return contents.join(bodies, on="image_url_id").select("content_hash", "bytes")


def image_signs(build: Build, chunk: str) -> DataFrame:
    """Contents with their bytes, or with the row that an earlier table has for them."""
    return contents_to_do(build, chunk, with_signs)


def image_features(build: Build, chunk: str) -> DataFrame:
    """Contents with their bytes, or with the row that an earlier table has for them."""
    return contents_to_do(build, chunk, with_features)


def contents_to_do(build: Build, chunk: str, with_rows: Callable[[Build, DataFrame], DataFrame]) -> DataFrame:
    """Contents with the row that `with_rows` finds for them, and the bytes of those without."""
    contents = kept(build.read("image_contents", [chunk])).select("content_hash", "image_url_id")
    contents = with_rows(build, contents)
    fresh = contents.where(F.col("before").isNull()).select("content_hash", "image_url_id")
    bodies = build.read("images", [chunk]).select("image_url_id", "bytes").join(fresh, on="image_url_id")
    contents = contents.join(bodies.select("content_hash", "bytes"), on="content_hash", how="left")
    contents = contents.select("content_hash", "bytes", "before")
    return contents.repartition(build.tasks, "content_hash").sortWithinPartitions("content_hash")


def image_kinds(build: Build, chunk: str) -> DataFrame:
    """Embedded contents with their vectors, none where the encoder does not know the words for kinds."""
    rows = kept(build.read("image_features", [chunk])).select("content_hash", "embedding", "n_dimensions")
    if not knows_kinds(build.settings.encode.encoder):
        rows = rows.limit(0)
    return rows.repartition(build.tasks, "content_hash").sortWithinPartitions("content_hash")


def image_decisions(build: Build, chunk: str) -> DataFrame:
    """Image references with what is known of their content, in page order; nothing of those that were not fetched."""
    content = build.read("image_contents").select(
        "content_hash", "n_documents", F.col("chunk").alias("content_chunk")
    )
    features = build.read("image_features").select(
        "content_hash",
        F.col("outcome").alias("embedding_outcome"),
    )
    fetched = build.read("images").select(
        "image_url_id", "outcome", "content_hash", "width_px", "height_px", "media_type", "perceptual_hash"
    )
    known = references(build).drop("page").join(fetched, on="image_url_id", how="left")
    known = known.join(content, on="content_hash", how="left").join(features, on="content_hash", how="left")
    likest = build.read("image_neighbours").select("content_hash", F.col("cosine").alias("neighbour_cosine"))
    signs = build.read("image_signs").select("content_hash", F.col("scores").alias("signs"))
    kinds = build.read("image_kinds").select("content_hash", F.col("scores").alias("kinds"))
    known = known.join(likest, on="content_hash", how="left").join(kinds, on="content_hash", how="left")
    known = known.join(signs, on="content_hash", how="left")
    known = with_safety_scores(build, known)
    nothing = F.create_map().cast("map<string, double>")
    of_picture = F.map_concat(F.coalesce("signs", nothing), F.coalesce("kinds", nothing))
    known = known.withColumn("picture_signs", of_picture).drop("signs", "kinds")
    undecodable = F.col("embedding_outcome").isNotNull() & (F.col("embedding_outcome") != KEPT)
    outcome = F.when(undecodable, F.col("embedding_outcome")).otherwise(F.col("outcome"))
    rows = by_document(build, known.withColumn("outcome", outcome))
    return rows.sortWithinPartitions("chunk", "document_id", "dom_index")


def sentences(build: Build, chunk: str) -> DataFrame:
    """Kept sentences of the documents that have some and still own an image, with the row that an earlier table has for
    them."""
    owners = kept(build.read("image_decisions", [chunk])).select("document_id").distinct()
    documents = kept_sentences(build, chunk).drop("replaced").join(owners, on="document_id", how="left_semi")
    documents = documents.where(F.size("sentences") > 0)
    documents = documents.withColumn("sentences_hash", F.xxhash64("sentences"))
    rows = with_embeddings(build, chunk, documents)
    return rows.repartition(build.tasks, "document_id").sortWithinPartitions("document_id")
