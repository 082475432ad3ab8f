"""Pictures and sentences of other documents, for telling whether a pair is better than chance.

Goes in: a build, a chunk and its documents with their embeddings. Comes out: the same with a seeded sample of what the
other documents of their language have, small enough to travel with every row. Documents are drawn by hash, so that
the sample is the same each time, and only then are their vectors gathered.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from corpus.spark.build import Build

DRAWN = 96
"""Documents per language, and vectors of each kind: the 63 that mOSCAR compares with (section 3.6), and others in place
of a document's own."""
TURNS = 8
"""Vectors of each kind that one document gives at most. Where there are documents enough each gives one."""


def with_negatives(build: Build, chunk: str, rows: DataFrame) -> DataFrame:
    """The rows with `negative_sentences` and `negative_images` of their language, each a list of structs with
    document_id and embedding."""
    documents = build.read("documents", [chunk])
    languages = documents.select("document_id", F.coalesce("language", F.lit("")).alias("language"))
    key = F.xxhash64(F.lit(build.settings.seed), "document_id")
    order = Window.partitionBy("language").orderBy("key", "document_id")
    owners = (
        build.read("sentence_embeddings", [chunk]).select("document_id").join(languages, on="document_id")
    )
    numbered = owners.withColumn("key", key).withColumn("number", F.row_number().over(order))
    chosen = numbered.where(F.col("number") <= DRAWN).drop("number")
    n_bytes = 2 * F.col("n_dimensions")

    def sentence(place: Column) -> Column:
        return F.col("embeddings").substr(place * n_bytes + 1, n_bytes)

    def image(place: Column) -> Column:
        return F.element_at("images", place + 1)["embedding"]

    lists = (
        rows.join(F.broadcast(chosen), on="document_id")
        .groupBy("language")
        .agg(
            drawn(sentence, F.col("n_sentences")).alias("negative_sentences"),
            drawn(image, F.size("images")).alias("negative_images"),
        )
    )
    found = rows.join(languages, on="document_id").join(F.broadcast(lists), on="language", how="left")
    return found.drop("language")


def drawn(vector_at: Callable[[Column], Column], n: Column) -> Column:
    """The first DRAWN vectors of a group of documents, one of each before a second of any; each document has n."""
    turns = F.sequence(F.lit(0), F.lit(TURNS - 1))
    places = F.transform(turns, lambda turn: F.pmod(F.xxhash64("key", turn), n).cast("int"))

    def item(place: Column, turn: Column) -> Column:
        return F.struct(
            turn.alias("turn"), F.col("key"), F.col("document_id"), vector_at(place).alias("embedding")
        )

    items = F.transform(F.array_distinct(places), item)
    return F.slice(F.sort_array(F.flatten(F.collect_list(items))), 1, DRAWN)
