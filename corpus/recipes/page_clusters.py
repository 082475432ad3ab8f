"""Clusters of pages: copies of a URL, of a text, and near copies by MinHash, found before any image is fetched.

Goes in: `page_signatures` of this build, and of the corpora named in `dedup.against`. Comes out: one row per page for
which another one stands. Rows in between hold identities, times and hashes.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from corpus.config import Settings
from corpus.recipes.components import components
from corpus.recipes.corpora_before import pages_before
from corpus.recipes.near_pages import near_pairs
from corpus.spark.build import Build

URL, TEXT, NEAR = "url", "text", "near"


def page_clusters(build: Build, chunk: str) -> DataFrame:
    """The rows of `page_clusters`. A page falls to one of an earlier corpus, else by the rule for its relation;
    `representative` falls to none."""
    signed = all_pages(build)
    # Read by every job below, the last of which makes the rows.
    pages = with_exact_copies(signed, build.settings).localCheckpoint(eager=False)
    rows = pages.where(F.col("relation").isNotNull()).select(
        "document_id", "chunk", "relation", F.col("first").alias("representative"), *without_pair()
    )
    originals = pages.where(F.col("relation").isNull())
    pairs = near_pairs(build, signed, originals).localCheckpoint()
    if not pairs.isEmpty():
        rows = rows.unionByName(near_copies(pairs, originals))
    rows = with_final_representative(rows)
    places = pages.where(~is_own()).select(F.col("document_id").alias("representative"), "found_in")
    rows = rows.join(places, on="representative", how="left")
    return rows.repartition(build.tasks, "chunk").sortWithinPartitions("chunk", "document_id")


def all_pages(build: Build) -> DataFrame:
    """Signatures of this build with their chunk, and of earlier corpora, which alone have their folder in `found_in`. A
    page may stand in both."""
    own = build.read("page_signatures").withColumn("found_in", F.lit(""))
    earlier = pages_before(build)
    return own if earlier is None else own.unionByName(earlier, allowMissingColumns=True)


def with_exact_copies(signed: DataFrame, settings: Settings) -> DataFrame:
    """The pages, without signatures, with `relation`, url or text where `first` stands for one, else null, and
    `age`, seconds since 1970, by which the first of a text or of near copies is found."""
    pages = signed.withColumn("age", seconds("9999-12-31")).drop("signature")
    rank = F.struct(is_own().alias("is_own"), *url_rank(settings), "document_id")
    by_url = pages.groupBy("url").agg(F.min(rank).alias("of_url"))
    marked = pages.join(by_url, on="url")
    is_first = F.col("of_url.is_own") & (F.col("document_id") == F.col("of_url.document_id"))
    marked = marked.withColumn("is_url_copy", is_own() & ~is_first)
    texts = marked.where(~F.col("is_url_copy")).groupBy("text_hash")
    by_text = texts.agg(F.min(first_rank())["document_id"].alias("of_text"))
    is_text_copy = is_own() & (F.col("document_id") != F.col("of_text"))
    relation = F.when(F.col("is_url_copy"), URL).when(is_text_copy, TEXT)
    first = F.when(F.col("is_url_copy"), F.col("of_url.document_id")).otherwise(F.col("of_text"))
    marked = marked.join(by_text, on="text_hash", how="left").withColumns(
        {"relation": relation, "first": first}
    )
    return marked.select("document_id", "chunk", "found_in", "age", "relation", "first")


def is_own() -> Column:
    """Whether a page is of this build; false sorts first: what an earlier corpus holds stays."""
    return F.col("found_in") == ""


def url_rank(settings: Settings) -> list[Column]:
    """What the capture that stands for its URL is least in."""
    newest = -seconds("0001-01-01")
    return {
        "newest": [newest],
        "oldest": [seconds("9999-12-31")],
        "best": [-F.col("n_image_references"), -F.col("n_characters"), newest],
    }[settings.dedup.keep_of_url]


def first_rank() -> Column:
    """What the first of several pages is least in: of pages at several URLs the one captured first is nearest to the
    source."""
    return F.struct(is_own(), "age", "document_id")


def seconds(unknown: str) -> Column:
    """Capture time, seconds since 1970; that of the day `unknown` where there is none."""
    return F.unix_seconds(F.coalesce("fetch_time", F.lit(unknown).cast("timestamp")))


def near_copies(pairs: DataFrame, originals: DataFrame) -> DataFrame:
    """The rows of the near copies, each with the page most like it among those it was compared with."""
    hanging = components(pairs)
    heads = hanging.select(F.col("least").alias("name"), "least").distinct()
    members = hanging.unionByName(heads).withColumnRenamed("name", "document_id")
    members = members.join(originals, on="document_id")
    firsts = members.groupBy("least").agg(F.min(first_rank())["document_id"].alias("representative"))
    turned = pairs.select(F.col("other").alias("one"), F.col("one").alias("other"), "jaccard", "is_estimate")
    likest = (
        pairs.unionByName(turned)
        .groupBy(F.col("one").alias("document_id"))
        .agg(F.max(F.struct("jaccard", "other", "is_estimate")).alias("pair"))
    )
    fallen = members.join(firsts, on="least").where(
        is_own() & (F.col("document_id") != F.col("representative"))
    )
    return fallen.join(likest, on="document_id").select(
        "document_id",
        "chunk",
        F.lit(NEAR).alias("relation"),
        "representative",
        F.col("pair.other").alias("similar_to"),
        F.col("pair.jaccard").alias("jaccard"),
        F.col("pair.is_estimate").alias("is_estimate"),
    )


def without_pair() -> list[Column]:
    types = {"similar_to": "string", "jaccard": "double", "is_estimate": "boolean"}
    return [F.lit(None).cast(type_).alias(name) for name, type_ in types.items()]


def with_final_representative(rows: DataFrame) -> DataFrame:
    """The rows, copies of a copy given its representative: a URL's first page may copy a text, the text's be alike."""
    for _ in (TEXT, NEAR):
        further = rows.select(
            F.col("document_id").alias("representative"), F.col("representative").alias("further")
        )
        rows = (
            rows.join(further, on="representative", how="left")
            .withColumn("representative", F.coalesce("further", "representative"))
            .drop("further")
        )
    return rows
