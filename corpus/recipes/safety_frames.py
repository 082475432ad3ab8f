"""The rows that `image_safety` starts from, as a DataFrame; the others: `frames`."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpus.recipes.frames import contents_with_bytes, kept
from corpus.recipes.rows_before import with_safety
from corpus.safety.detectors import OF_PIXELS
from corpus.spark.build import Build


def image_safety(build: Build, chunk: str) -> DataFrame:
    """Embedded contents with vector and bytes, or with the row that an earlier table has for them; no bytes where no
    detector looks at pixels."""
    features = kept(build.read("image_features", [chunk])).select("content_hash", "embedding", "n_dimensions")
    contents = with_safety(build, features)
    fresh = contents.where(F.col("before").isNull()).select("content_hash")
    bodies = contents_with_bytes(build, [chunk]).join(fresh, on="content_hash", how="left_semi")
    if not OF_PIXELS.intersection(build.settings.safety.detectors or ()):
        bodies = bodies.withColumn("bytes", F.lit(None).cast("binary"))
    rows = contents.join(bodies, on="content_hash", how="left")
    return rows.repartition(build.tasks, "content_hash").sortWithinPartitions("content_hash")
