"""What documents with pictures have in common, and how far each such group is over-represented, as a DataFrame.

Goes in: a build with its alignments. Comes out: the rows of `document_groups`. Vectors are read once for a sample and
once for all documents; the driver sees the centroids alone. Of a group only its name and its count are joined.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpus.align.topics import Vectors, centroids, nearest
from corpus.recipes.small_batches import Batches
from corpus.regions import GENERIC, region_of
from corpus.spark.build import Build
from corpus.vectors import pack, unit, unpack

SAMPLED = 10_000
"""Documents that topics are found on."""
GROUPS = ("language", "region", "topic")
GROUPED = "document_id string, chunk string, language string, region string, topic int"


def document_groups(build: Build, chunk: str) -> DataFrame:
    """Documents with a matched picture, their groups, and the bias of each, null where it has none."""
    shown = build.read("alignments").where(F.col("picture_mean").isNotNull())
    shown = shown.select("document_id", "chunk", "picture_mean")
    topics = found_topics(build, shown)
    pages = build.read("documents").select("document_id", "language", "url")

    def grouped(batches: Batches) -> Batches:
        return (with_groups(batch, topics) for batch in batches if batch.num_rows)

    rows = shown.join(pages, on="document_id").mapInArrow(grouped, GROUPED).localCheckpoint()
    for group in GROUPS:
        rows = with_bias(rows, group)
    return rows.repartition(build.tasks, "chunk").sortWithinPartitions("chunk", "document_id")


def found_topics(build: Build, shown: DataFrame) -> Vectors:
    """Centroids of a sample that is the same each time, found in one task."""
    key = F.xxhash64(F.lit(build.settings.seed), "document_id")
    sample = shown.select("picture_mean", "document_id", key.alias("key"))
    sample = sample.orderBy("key", "document_id").limit(SAMPLED).repartition(1)
    ordered = sample.sortWithinPartitions("key", "document_id").select("picture_mean")
    found = ordered.mapInArrow(centroids_of, "number int, centroid binary").orderBy("number").collect()
    packed = [bytes(row.centroid) for row in found]
    return vectors_of(packed) if packed else np.empty((0, 0), np.float32)


def centroids_of(batches: Batches) -> Iterator[pa.RecordBatch]:
    """Number and packed vector of each centroid."""
    packed = [value for batch in batches for value in batch.column("picture_mean").to_pylist()]
    if packed:
        found = [pack(each) for each in centroids(vectors_of(packed))]
        numbers = pa.array(range(len(found)), pa.int32())
        yield pa.record_batch({"number": numbers, "centroid": pa.array(found, pa.binary())})


def vectors_of(packed: list[bytes]) -> Vectors:
    return unit(unpack(b"".join(packed), len(packed[0]) // 2))


def with_groups(batch: pa.RecordBatch, topics: Vectors) -> pa.RecordBatch:
    """The batch with region and topic for URL and vector."""
    vectors = vectors_of(batch.column("picture_mean").to_pylist())
    regions = [host_region(url) for url in batch.column("url").to_pylist()]
    columns = {name: batch.column(name) for name in ("document_id", "chunk", "language")}
    columns["region"] = pa.array(regions, pa.string())
    columns["topic"] = pa.array(nearest(vectors, topics), pa.int32())
    return pa.record_batch(columns)


def host_region(url: str) -> str | None:
    """The region whose country the host's top-level domain is of; None where it is of none."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return None
    domain = host.rpartition(".")[2]
    region = None if domain.isdigit() or ":" in host else region_of(domain)
    return None if region == GENERIC else region


def with_bias(rows: DataFrame, group: str) -> DataFrame:
    """The rows with `GROUP_bias`: the natural logarithm of the share that the document's group has of all documents in
    a group of the kind, over the share that it would have were all equally large; 0 for that, null outside of any."""
    counts = rows.where(F.col(group).isNotNull()).groupBy(group).agg(F.count(F.lit(1)).alias("n"))
    totals = counts.agg(F.sum("n").alias("n_all"), F.count(F.lit(1)).alias("n_groups"))
    bias = F.log(F.col("n") * F.col("n_groups") / F.col("n_all")).alias(f"{group}_bias")
    biased = counts.crossJoin(F.broadcast(totals)).select(group, bias)
    return rows.join(F.broadcast(biased), on=group, how="left")
