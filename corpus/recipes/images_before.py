"""Images that were asked for before: rows of table `images` that need no new request.

Goes in: a build, whose folder and `places.reuse` may hold `images` of other page filters, other inputs or an earlier
round. Comes out: the rows among them that were got under the same settings and would not end otherwise now.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from corpus.config import Settings
from corpus.fetch.outcomes import AGAIN, HTTP_ERROR, PASSING_STATUSES
from corpus.manifest import Manifest, chunk_folder, read_manifest, shaping
from corpus.spark.build import Build
from corpus.storage import join, locate, names_in, opened
from corpus.tables.images import IMAGES

ROUND = "fetch.round"


def with_images_before(build: Build, urls: DataFrame) -> DataFrame:
    """`urls` with the column `before`: the row of an earlier `images` for that URL, the latest; null without one."""
    parts = [
        part for out in (build.out, *build.settings.places.reuse) for part in parts_of(out, build.settings)
    ]
    schema = from_arrow_schema(IMAGES.schema)
    if not parts:
        return urls.withColumn("before", F.lit(None).cast(schema))
    rows = build.spark.read.schema(schema).parquet(*map(opened, parts))
    settled = rows.where(is_settled()).withColumn("part", F.col("_metadata.file_path"))
    latest = F.max(F.struct("fetch_time", "part"))["part"].alias("part")
    chosen = settled.groupBy("image_url_id").agg(latest).join(urls.select("image_url_id"), on="image_url_id")
    row = F.struct(*IMAGES.schema.names).alias("before")
    before = settled.join(chosen, on=["image_url_id", "part"]).select("image_url_id", row)
    return urls.join(before, on="image_url_id", how="left")


def is_settled() -> Column:
    """Whether a row of `images` would be the same if it were asked for again, as far as one can know."""
    busy = (F.col("outcome") == HTTP_ERROR) & F.col("http_status").isin(*PASSING_STATUSES)
    return ~(F.col("outcome").isin(*AGAIN) | F.coalesce(busy, F.lit(False)))


def parts_of(out: str, settings: Settings) -> Iterator[str]:
    """URIs of the finished parts of `images` in an output folder that were made under these settings, the round
    aside."""
    for digest in names_in(join(out, "tables", IMAGES.name)):
        for name in names_in(join(out, "tables", IMAGES.name, digest)):
            folder = chunk_folder(out, IMAGES.name, digest, name.removeprefix("chunk="))
            manifest = read_manifest(folder)
            if manifest and manifest.parts and is_alike(manifest, settings):
                uris = [join(folder, part.name) for part in manifest.parts]
                if has_its_columns(uris[0]):
                    yield from uris


def is_alike(manifest: Manifest, settings: Settings) -> bool:
    wanted = {**shaping(IMAGES, settings), ROUND: None}
    return {**manifest.settings, ROUND: None} == wanted


def has_its_columns(uri: str) -> bool:
    """Whether a part has the columns that `images` has now."""
    filesystem, path = locate(uri)
    return bool(pq.read_schema(path, filesystem=filesystem).equals(IMAGES.schema))
