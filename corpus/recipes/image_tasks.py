"""Image URLs of the web, divided among tasks by the domains that they are asked from.

Goes in: rows of `image_urls`, with the column `before` of those that need not be asked for. Comes out: the same with
`n_host_shares`, the tasks among which the rates of their host are divided, and partitioned by task.
"""

from __future__ import annotations

from math import ceil

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from corpus.fetch.division import Division, Domain, divide, many, registered_domain
from corpus.fetch.hosts import host_of
from corpus.spark.build import Build

PLACE = "struct<key: long, n_host_shares: int>"
KEYS_PER_TASK = (
    64  # of n random keys per task and n ln n tried, all tasks have one: e^64 tasks would miss one
)


def by_domain(build: Build, rows: DataFrame) -> DataFrame:
    """The rows in tasks of about as many URLs that have to be asked for each; what has not is spread evenly."""
    is_asked = F.col("before").isNull() & ~F.col("url").startswith("data:")
    division = divided(build, rows.where(is_asked))
    keys = task_keys(rows, len(division.room))

    def place(url: str, image_url_id: str) -> tuple[int, int]:
        task, n_shares = division.place(host_of(url), image_url_id)
        return keys[task], n_shares

    placed = rows.withColumn(
        "place", F.when(is_asked, F.udf(place, PLACE, useArrow=False)("url", "image_url_id"))
    )
    key = F.coalesce("place.key", F.xxhash64("image_url_id"))
    return (
        placed.withColumn("n_host_shares", F.col("place.n_host_shares"))
        .drop("place")
        .repartition(len(keys), key)
    )


def divided(build: Build, asked: DataFrame) -> Division:
    """How these rows are divided; of their hosts those with many URLs come to the driver."""
    urls_per_task = build.settings.spark.image_urls_per_task
    host = F.udf(host_of, "string", useArrow=False)("url").alias("host")
    by_host = asked.groupBy(host).count().persist()
    try:
        n_urls = by_host.agg(F.coalesce(F.sum("count"), F.lit(0)).alias("n")).collect()[0].n
        n_tasks = max(build.tasks, ceil(n_urls / urls_per_task))
        least = many(n_urls, n_tasks, urls_per_task)
        domain = F.udf(registered_domain, "string", useArrow=False)("host").alias("domain")
        large = F.collect_list(F.when(F.col("count") >= least, F.struct("host", "count")))
        found = (
            by_host.groupBy(domain)
            .agg(F.sum("count").alias("n"), large.alias("hosts"))
            .where(F.col("n") >= least)
        )
        domains = [
            Domain(row.domain, row.n, tuple(sorted((each["host"], each["count"]) for each in row.hosts)))
            for row in found.collect()
        ]
    finally:
        by_host.unpersist()
    return divide(domains, n_urls, n_tasks, urls_per_task, build.settings.fetch.connections_per_host)


def task_keys(rows: DataFrame, n_tasks: int) -> list[int]:
    """For each task a number that `repartition` puts there: so every task gets its rows and no others'."""
    task: Column = F.pmod(F.hash("id"), F.lit(n_tasks)).alias("task")
    first = rows.sparkSession.range(n_tasks * KEYS_PER_TASK).groupBy(task).agg(F.min("id").alias("key"))
    return [row.key for row in first.orderBy("task").collect()]
