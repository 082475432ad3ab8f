"""The rows that each recipe starts from, as DataFrames over tables made before.

Goes in: a build and the chunk to be made (corpus-wide recipes ignore it). Comes out: a DataFrame, partitioned on
purpose: Spark would collapse the output of a join or groupBy to one task before a Python stage.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpus.columns import KEPT
from corpus.recipes.host_boilerplate import host, host_boilerplate
from corpus.recipes.negatives import with_negatives
from corpus.recipes.rows_before import with_embeddings, with_features, with_images
from corpus.spark.build import Build
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
    """The WARC files of the chunk; a local file is read by several tasks, each taking every n-th page, when there are
    more tasks than files: reading a record costs about a twentieth of extracting its page. Remote ones are read
    once."""
    files = next(each.files for each in build.chunks if each.name == chunk)
    most = max(1, min(build.spark.sparkContext.defaultParallelism, build.tasks // len(files)))
    shares = {file: 1 if is_remote(warc_of(file)) else most for file in files}
    rows = [(file, number, n_shares) for file, n_shares in shares.items() for number in range(n_shares)]
    frame = build.spark.createDataFrame(rows, "warc_filename string, number int, n_shares int")
    return frame.coalesce(1).repartition(len(rows))


def pages(build: Build, chunk: str) -> DataFrame:
    """Documents with the first capture of their URL, among those the first page of their text, and, where they are
    both, what their host repeats."""
    documents = build.read("documents").select(
        "document_id",
        "chunk",
        "outcome",
        "url",
        "fetch_time",
        "text_hash",
        "robots",
        "tdm_reserved",
        "text_scores",
        "blocks",
        F.size("sentences").alias("n_sentences"),
        F.size("image_references").alias("n_image_references"),
    )
    compared = with_boilerplate(with_copies(documents))
    return by_document(build, compared).sortWithinPartitions("chunk", "document_id")


def with_copies(documents: DataFrame) -> DataFrame:
    """The same pages with whether they copy an earlier one, and which, instead of their time and text hash."""
    age = F.struct(F.coalesce("fetch_time", F.lit("9999-01-01").cast("timestamp")), "document_id")
    by_url = kept(documents).groupBy("url").agg(F.min(age)["document_id"].alias("first_of_url"))
    marked = documents.join(by_url, on="url", how="left")
    first_of_url = marked.where(F.col("document_id") == F.col("first_of_url"))
    by_text = first_of_url.groupBy("text_hash").agg(F.min(age)["document_id"].alias("first_of_text"))
    is_url_copy = F.col("document_id") != F.col("first_of_url")
    is_text_copy = F.when(~is_url_copy, F.col("document_id") != F.col("first_of_text"))
    first = F.when(is_url_copy, F.col("first_of_url")).otherwise(F.col("first_of_text"))
    columns = {
        "is_url_copy": is_url_copy.cast("int"),
        "is_text_copy": is_text_copy.cast("int"),
        "first_document_id": first,
    }
    compared = marked.join(by_text, on="text_hash", how="left").withColumns(columns)
    return compared.drop("fetch_time", "text_hash", "first_of_url", "first_of_text")


def with_boilerplate(compared: DataFrame) -> DataFrame:
    """The same pages with what their host repeats instead of URL and blocks; none of a copy."""
    is_original = F.coalesce((F.col("is_url_copy") == 0) & (F.col("is_text_copy") == 0), F.lit(False))
    found = host_boilerplate(kept(compared).where(is_original).select("document_id", "url", "blocks"))
    n_found = F.coalesce("n_host_boilerplate_characters", F.lit(0))
    n_characters = F.aggregate("blocks", F.lit(0), lambda n, block: n + block["n_characters"])
    rows = compared.withColumn("n_characters", n_characters).drop("url", "blocks")
    return rows.join(found, on="document_id", how="left").withColumns(
        {
            "n_host_boilerplate_characters": F.when(is_original, n_found),
            "host_boilerplate_blocks": F.coalesce("host_boilerplate_blocks", F.array().cast("array<int>")),
        }
    )


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
    """The chunk's image URLs: those of one WARC file, or of one host, in one task; those from the web with the row
    that an earlier table has for them."""
    urls = build.read("image_urls", [chunk])
    if build.settings.fetch.images == "web":
        place = F.when(F.col("url").startswith("data:"), F.col("image_url_id")).otherwise(host())
        return with_images(build, urls).repartition(build.tasks, place).sortWithinPartitions("image_url_id")
    order = ["warc_filename", "warc_record_offset", "image_url_id"]
    return urls.repartitionByRange(build.tasks, *order).sortWithinPartitions(*order)


def image_contents(build: Build, chunk: str) -> DataFrame:
    """Distinct contents of the kept images, with the number of kept pages that show each."""
    fetched = kept(build.read("images"))
    owner = F.min(F.struct("chunk", "image_url_id", "width_px", "height_px")).alias("owner")
    contents = fetched.groupBy("content_hash").agg(owner).select("content_hash", "owner.*")
    shown = references(build).select("document_id", "image_url_id").distinct()
    shown = shown.join(fetched.select("image_url_id", "content_hash"), on="image_url_id")
    shown = shown.groupBy("content_hash").agg(F.countDistinct("document_id").alias("n_documents"))
    small = F.least("width_px", "height_px") < build.settings.encode.min_side_px
    rows = contents.join(shown, on="content_hash").withColumn(
        "outcome", F.when(small, "small").otherwise(KEPT)
    )
    return rows.repartition(build.tasks, "chunk").sortWithinPartitions("chunk", "content_hash")


def contents_with_bytes(build: Build, chunks: list[str]) -> DataFrame:
    """content_hash and bytes of the contents filed under these chunks."""
    contents = kept(build.read("image_contents", chunks)).select("content_hash", "image_url_id")
    bodies = build.read("images", chunks).select("image_url_id", "bytes")
    return contents.join(bodies, on="image_url_id").select("content_hash", "bytes")


def image_features(build: Build, chunk: str) -> DataFrame:
    """Contents with their bytes, or with the row that an earlier table has for them."""
    contents = kept(build.read("image_contents", [chunk])).select("content_hash", "image_url_id")
    contents = with_features(build, contents)
    fresh = contents.where(F.col("before").isNull()).select("content_hash", "image_url_id")
    bodies = build.read("images", [chunk]).select("image_url_id", "bytes").join(fresh, on="image_url_id")
    contents = contents.join(bodies.select("content_hash", "bytes"), on="content_hash", how="left")
    contents = contents.select("content_hash", "bytes", "before")
    return contents.repartition(build.tasks, "content_hash").sortWithinPartitions("content_hash")


def image_decisions(build: Build, chunk: str) -> DataFrame:
    """Image references with what is known of their content, in page order; nothing of those that were not fetched."""
    content = build.read("image_contents").select(
        "content_hash", "n_documents", F.col("chunk").alias("content_chunk")
    )
    features = build.read("image_features").select(
        "content_hash", F.col("outcome").alias("embedding_outcome")
    )
    fetched = build.read("images").select(
        "image_url_id", "outcome", "content_hash", "width_px", "height_px", "media_type", "perceptual_hash"
    )
    known = references(build).drop("page").join(fetched, on="image_url_id", how="left")
    known = known.join(content, on="content_hash", how="left").join(features, on="content_hash", how="left")
    undecodable = F.col("embedding_outcome").isNotNull() & (F.col("embedding_outcome") != KEPT)
    outcome = F.when(undecodable, F.col("embedding_outcome")).otherwise(F.col("outcome"))
    rows = by_document(build, known.withColumn("outcome", outcome))
    return rows.sortWithinPartitions("chunk", "document_id", "dom_index")


def sentences(build: Build, chunk: str) -> DataFrame:
    """Sentences of the documents that still own an image, with the row that an earlier table has for them."""
    owners = kept(build.read("image_decisions", [chunk])).select("document_id").distinct()
    documents = build.read("documents", [chunk]).select("document_id", "sentences")
    rows = with_embeddings(build, chunk, documents.join(owners, on="document_id", how="left_semi"))
    return rows.repartition(build.tasks, "document_id").sortWithinPartitions("document_id")


def content_chunks(decided: DataFrame) -> list[str]:
    """Chunks under which the contents of these references are filed: a handful of names."""
    return sorted(row.content_chunk for row in decided.select("content_chunk").distinct().collect())


def alignments(build: Build, chunk: str) -> DataFrame:
    """Documents with the embeddings of their images, in page order, of their sentences, and of others' of their
    language, and with the page where it has a say."""
    decided = kept(build.read("image_decisions", [chunk]))
    features = build.read("image_features", content_chunks(decided)).select("content_hash", "embedding")
    image = F.struct("dom_index", "dom_text_index", "embedding")
    owned = decided.join(features, on="content_hash").groupBy("document_id")
    rows = owned.agg(F.sort_array(F.collect_list(image)).alias("images")).join(
        build.read("sentence_embeddings", [chunk]).drop("chunk", "encoder"), on="document_id"
    )
    rows = with_negatives(build, chunk, rows)
    if build.settings.align.page_weight:
        page = build.read("documents", [chunk]).select(
            "document_id", "sentences", "blocks", "image_references"
        )
        rows = rows.join(page, on="document_id")
    return rows.repartition(build.tasks, "document_id").sortWithinPartitions("document_id")


def documents(build: Build, chunk: str) -> DataFrame:
    """Pages with what their alignment came to; a kept page without any image left counts none."""
    counts = build.read("documents", [chunk]).select("document_id", F.size("sentences").alias("n_sentences"))
    placed = F.size(F.filter("images", lambda image: image["outcome"] == KEPT)).alias("n_images")
    aligned = build.read("alignments", [chunk]).select("document_id", placed, "shuffle_z")
    decided = build.read("page_decisions", [chunk]).select("document_id", "chunk", "outcome")
    rows = decided.join(counts, on="document_id").join(aligned, on="document_id", how="left")
    rows = rows.withColumn("n_images", F.coalesce("n_images", F.lit(0)))
    return rows.repartition(build.tasks, "document_id").sortWithinPartitions("document_id")


def interleaved(build: Build, chunk: str) -> DataFrame:
    """Kept documents with their alignment and the bytes of their pictures: the one join that moves bytes."""
    ids = kept(build.read("document_decisions", [chunk])).select("document_id")
    aligned = build.read("alignments", [chunk]).join(ids, on="document_id", how="left_semi")
    placed = aligned.select("document_id", F.explode("images").alias("image")).where(
        F.col("image.outcome") == KEPT
    )
    placed = placed.select("document_id", "image.dom_index")
    decided = build.read("image_decisions", [chunk]).join(
        placed, on=["document_id", "dom_index"], how="left_semi"
    )
    bodies = contents_with_bytes(build, content_chunks(decided))
    picture = F.struct(
        "dom_index", "content_hash", "perceptual_hash", "width_px", "height_px", "media_type", "bytes"
    )
    pictures = decided.join(bodies, on="content_hash").groupBy("document_id")
    rows = (
        build.read("documents", [chunk])
        .join(
            aligned.select("document_id", F.col("images").alias("aligned"), "similarity_matrix", "shuffle_z"),
            on="document_id",
        )
        .join(pictures.agg(F.collect_list(picture).alias("pictures")), on="document_id")
    )
    return rows.repartition(build.tasks, "document_id").sortWithinPartitions("document_id")
