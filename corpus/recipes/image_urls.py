"""Image URLs worth having, and the captures that answer them.

Goes in: a build whose pages are decided. Comes out: a DataFrame with the rows of `image_urls`.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from corpus.columns import KEPT
from corpus.config import Filters
from corpus.filters.filter import judge
from corpus.filters.references import REFERENCE_FILTERS
from corpus.recipes.frames import references
from corpus.recipes.img2dataset import captures_in_shards
from corpus.recipes.looked_up import with_looked_up
from corpus.spark.build import Build


def image_urls(build: Build, chunk: str) -> DataFrame:
    """Distinct image URLs of references that pass the filters on them, with the capture that answers each, redirects
    within the archive followed; a data: URI is answered by a page that holds it."""
    first = F.min(F.struct("chunk", "url", "page")).alias("first")
    urls = (
        references(build)
        .where(passes_alone(build.settings.filters))
        .groupBy("image_url_id")
        .agg(first)
        .select("image_url_id", "first.chunk", "first.url", "first.page")
    )
    captures = build.read("captures").drop("chunk")
    if build.settings.fetch.images == "web":  # the web may answer by now what failed for the archive
        captures = captures.where(F.col("location_url_id").isNotNull() | (F.col("http_status") == 200))
    if build.settings.fetch.images == "img2dataset":
        captures = captures_in_shards(build, build.settings.fetch.folder or "")
    answers = best_captures(
        with_looked_up(build, captures.where(F.col("location_url_id").isNull())),
        "is_looked_up",
        "warc_filename",
        "warc_record_offset",
    )
    redirects = best_captures(captures.where(F.col("location_url_id").isNotNull()), "location_url_id")
    wanted = followed(urls, redirects, answers, build.settings.fetch.max_redirects)
    answers = answers.withColumnRenamed("image_url_id", "wanted_id").withColumnRenamed("url", "capture_url")
    is_data = F.col("url").startswith("data:")
    place = [
        F.when(is_data, F.col("page")[name]).otherwise(F.col(name)).alias(name)
        for name in ("warc_filename", "warc_record_offset")
    ]
    found = wanted.join(answers, on="wanted_id", how="left").select(
        "image_url_id", "url", "capture_url", *place, "warc_record_length", "http_status", "chunk"
    )
    return found.repartition(build.tasks, "chunk").sortWithinPartitions("chunk", "image_url_id")


def followed(urls: DataFrame, redirects: DataFrame, answers: DataFrame, max_redirects: int) -> DataFrame:
    """The URLs with `wanted_id`: the URL that answers each, or the last one that its redirects lead to."""
    moves = redirects.select(F.col("image_url_id").alias("wanted_id"), "location_url_id")
    answered = answers.select(F.col("image_url_id").alias("wanted_id"), F.lit(True).alias("answered"))
    wanted = urls.withColumn("wanted_id", F.col("image_url_id"))
    for _ in range(max_redirects):
        wanted = wanted.join(moves, on="wanted_id", how="left").join(answered, on="wanted_id", how="left")
        moved = F.coalesce("location_url_id", "wanted_id")
        moved = F.when(F.col("answered"), F.col("wanted_id")).otherwise(moved)
        wanted = wanted.select("image_url_id", "chunk", "url", "page", moved.alias("wanted_id"))
    return wanted


def passes_alone(bounds: Filters) -> Column:
    """Whether an image reference passes the filters that need no image."""
    passes = F.udf(lambda row: judge(REFERENCE_FILTERS, bounds, row)[0] == KEPT, "boolean")
    return passes(F.struct("url", "content_score"))


def best_captures(captures: DataFrame, *columns: str) -> DataFrame:
    """One capture per URL: a successful one if there is one, then the first by `columns`. The first, lest a later crawl
    change what a page that is made already shows."""
    rank: list[Column] = [(F.col("http_status") != 200).alias("failed"), *map(F.col, columns)]
    best = F.min(F.struct(*rank, *(c for c in captures.columns if c not in {"image_url_id", *columns})))
    return (
        captures.groupBy("image_url_id")
        .agg(best.alias("best"))
        .select("image_url_id", "best.*")
        .drop("failed")
    )
