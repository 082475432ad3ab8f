"""Rows that were made before and need not be made again: images asked for, pictures and sentences embedded.

Goes in: a build, whose folder and `places.reuse` may hold the same tables of other filters, other inputs or an earlier
round. Comes out: the rows to be made with the column `before`: the finished row for their key, or null. What costs
requests or a GPU is done once, however often a bound moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from corpus.catalog import Catalog, Place
from corpus.columns import Table
from corpus.encode.checkpoint import encoder_identity
from corpus.encode.registry import VERSIONS
from corpus.entry import Entry
from corpus.fetch.outcomes import AGAIN, BLOCKED, HTTP_ERROR, OPTED_OUT, PASSING_STATUSES, ROBOTS_DISALLOWED
from corpus.manifest import chunk_folder, shaping
from corpus.recipes.image_safety import detector_identities
from corpus.recipes.image_signs import IDENTITY as SIGNS
from corpus.spark.build import Build
from corpus.storage import join, locate, opened
from corpus.tables.images import IMAGE_FEATURES, IMAGE_SAFETY, IMAGE_SIGNS, IMAGES
from corpus.tables.product import SENTENCE_EMBEDDINGS

ROUND = "fetch.round"
Alike = Callable[[Entry], bool]


def with_images(build: Build, urls: DataFrame) -> DataFrame:
    """Image URLs with the latest row of `images` got under the same settings, the round aside, that would not end
    otherwise now."""
    wanted = {**shaping(IMAGES, build.settings), ROUND: None}
    outcome, http_status = F.col("outcome"), F.col("http_status")
    listed = F.col("x_robots_tag").isNull() & F.col("tdm_reservation").isNull()  # the list may be another now
    may_end_otherwise = (
        outcome.isin(*AGAIN)
        | ((outcome == HTTP_ERROR) & http_status.isin(*PASSING_STATUSES))
        | (
            (outcome == ROBOTS_DISALLOWED)
            & ((F.col("robots_status") >= 500) | (F.col("robots_status") == 429))
        )
        | ((outcome == OPTED_OUT) & listed)
        | ((outcome == BLOCKED) & ~F.col("fault").startswith("sha256"))  # by another list or distance perhaps
    )
    earlier = earlier_rows(build, IMAGES, lambda entry: {**entry.settings, ROUND: None} == wanted)
    settled = None if earlier is None else earlier.where(~F.coalesce(may_end_otherwise, F.lit(False)))
    return with_before(urls, settled, IMAGES, IMAGES.key, "fetch_time")


def with_features(build: Build, contents: DataFrame) -> DataFrame:
    """Image contents with their row of `image_features` by the same encoder."""
    earlier = by_same_encoder(build, IMAGE_FEATURES, lambda entry: True)
    return with_before(contents, earlier, IMAGE_FEATURES, IMAGE_FEATURES.key)


def with_signs(build: Build, contents: DataFrame) -> DataFrame:
    """Image contents with their row of `image_signs` by the same measures."""
    rows = earlier_rows(build, IMAGE_SIGNS, lambda entry: True)
    earlier = None if rows is None else rows.where(by_same("measured_by", SIGNS))
    return with_before(contents, earlier, IMAGE_SIGNS, IMAGE_SIGNS.key)


def with_safety(build: Build, features: DataFrame) -> DataFrame:
    """Image contents with their row of `image_safety` by the same detectors."""
    rows = earlier_rows(build, IMAGE_SAFETY, lambda entry: True)
    earlier = (
        None if rows is None else rows.where(F.col("measured_by") == detector_identities(build.settings))
    )
    return with_before(features, earlier, IMAGE_SAFETY, IMAGE_SAFETY.key)


def with_embeddings(build: Build, chunk: str, documents: DataFrame) -> DataFrame:
    """Documents of a chunk with their row of `sentence_embeddings` by the same encoder, from the same rows of
    `documents` and of the same sentences."""
    source = build.entry("documents", chunk)
    fingerprint = source.fingerprint if source else None
    earlier = by_same_encoder(
        build, SENTENCE_EMBEDDINGS, lambda entry: entry.inputs.get("documents") == fingerprint
    )
    return with_before(documents, earlier, SENTENCE_EMBEDDINGS, ("document_id", "sentences_hash"))


def by_same_encoder(build: Build, table: Table, is_alike: Alike) -> DataFrame | None:
    rows = earlier_rows(build, table, is_alike)
    identity = encoder_identity(build.settings.encode.encoder, build.settings.encode.dtype)
    return None if rows is None else rows.where(by_same("encoder", identity))


def by_same(column: str, identity: str) -> Column:
    """Whether this column tells of this identity, whatever the versions of the libraries."""
    return F.substring_index(column, VERSIONS, 1) == identity


def with_before(
    rows: DataFrame, earlier: DataFrame | None, table: Table, key: Sequence[str], *rank: str
) -> DataFrame:
    """`rows` with the column `before`: of the rows of `earlier` with their key the last by `rank`."""
    if earlier is None:
        return rows.withColumn("before", F.lit(None).cast(from_arrow_schema(table.schema)))
    placed = earlier.withColumn("part", F.col("_metadata.file_path"))
    last = placed.groupBy(*key).agg(F.max(F.struct(*rank, "part"))["part"].alias("part"))
    chosen = last.join(
        rows.select(*key), on=[*key], how="left_semi"
    )  # keys alone, before anything heavy moves
    row = F.struct(*table.schema.names).alias("before")
    return rows.join(placed.join(chosen, on=[*key, "part"]).select(*key, row), on=[*key], how="left")


def earlier_rows(build: Build, table: Table, is_alike: Alike) -> DataFrame | None:
    """Rows of the finished chunks of a table whose entries pass; None without any."""
    parts = earlier_parts(build, table, is_alike)
    if not parts:
        return None
    return build.spark.read.schema(from_arrow_schema(table.schema)).parquet(*map(opened, parts))


def earlier_parts(build: Build, table: Table, is_alike: Alike) -> list[str]:
    """Their parts. The table that is being made is not looked at: its chunks have no key in common, and there may be
    thousands."""
    places = earlier_places(build, table.name)
    return list(chain.from_iterable(parts_of(build.catalog, place, table, is_alike) for place in places))


def earlier_places(build: Build, table: str) -> list[Place]:
    """Where other settings or other builds have made the table."""
    return [
        (out, table, digest)
        for out in (build.out, *build.settings.places.reuse)
        for digest in build.catalog.digests(out, table)
        if (out, digest) != (build.out, build.digests[table])
    ]


def parts_of(catalog: Catalog, place: Place, table: Table, is_alike: Alike) -> Iterator[str]:
    """URIs of the parts of these chunks of one digest, if it has the columns that the table has now."""
    uris = (
        join(chunk_folder(*place, entry.chunk), name)
        for entry in catalog.each(place)
        if is_alike(entry)
        for name in entry.names
    )
    first = next(uris, None)
    if first is not None and has_columns(first, table):  # a digest stands for columns too
        yield from (first, *uris)


def has_columns(uri: str, table: Table) -> bool:
    filesystem, path = locate(uri)
    return bool(pq.read_schema(path, filesystem=filesystem).equals(table.schema))
