"""Captures of image URLs in other archives, as a table names them.

Goes in: a build whose `fetch.captures` may name a Parquet file. Comes out: its rows beside the captures that the WARC
files of the build hold.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpus.errors import InputError
from corpus.spark.build import Build
from corpus.storage import opened
from corpus.urls import image_url_id
from corpus.warc.index import STATUSES, URL, check_captures
from corpus.warc.sources import listed

CAPTURE = (
    "image_url_id", "url", "warc_filename", "warc_record_offset", "warc_record_length", "http_status", "is_looked_up",
)  # fmt: skip


def with_looked_up(build: Build, captures: DataFrame) -> DataFrame:
    """Captures of the build and of the table that its settings name: those come second, and those that a status says
    to have failed not at all; rows without a place answer nothing."""
    own = captures.withColumns(
        {"warc_record_length": F.lit(None).cast("long"), "is_looked_up": F.lit(False)}
    ).select(*CAPTURE)
    table = build.settings.fetch.captures
    if table is None:
        return own
    filename, offset, length = check_captures(table)
    rows = build.spark.read.parquet(opened(table))
    status = next(
        (F.col(name).cast("int") for name in STATUSES if name in rows.columns), F.lit(None).cast("int")
    )
    named = rows.select(
        F.col(URL).alias("url"),
        F.col(filename).alias("warc_filename"),
        F.col(offset).cast("long").alias("warc_record_offset"),
        F.col(length).cast("long").alias("warc_record_length"),
        status.alias("http_status"),
        F.lit(True).alias("is_looked_up"),
    )
    whole = named.dropna(subset=["url", "warc_filename"]).where(
        "warc_record_offset >= 0 and warc_record_length > 0"
    )
    succeeded = whole.where(F.coalesce(F.col("http_status"), F.lit(200)) == 200)
    identity = F.udf(image_url_id, "string", useArrow=False)("url")
    address = F.udf(lambda name: address_of(table, name), "string", useArrow=False)("warc_filename")
    found = succeeded.withColumns({"image_url_id": identity, "warc_filename": address})
    return own.unionByName(found.select(*CAPTURE))


def address_of(table: str, name: str) -> str:
    """Where a file that the table names lies; one that is nowhere keeps its name, which reading it will tell."""
    try:
        return listed(table, name)
    except InputError:
        return name
