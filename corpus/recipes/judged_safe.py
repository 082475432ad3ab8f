"""What detectors measured of each image, and what they and block lists came to on each document.

Goes in: a build with `image_safety` or `image_decisions`. Comes out: columns for the image and the document filters.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpus.fetch.outcomes import BLOCKED
from corpus.filters.images import NSFW_FILTERS
from corpus.spark.build import Build


def with_safety_scores(build: Build, images: DataFrame, chunks: Sequence[str] | None = None) -> DataFrame:
    """Images with `safety_scores` and `faces` of their content, null where nothing was measured; `chunks` are those
    under which the contents are filed, all when it is not known."""
    safety = build.read("image_safety", chunks)
    measured = safety.select("content_hash", F.col("scores").alias("safety_scores"), "faces")
    return images.join(measured, on="content_hash", how="left")


def judged_safe(build: Build) -> DataFrame:
    """Per document how many of its images detectors of what is not safe for work looked at, how many fell by it, and
    how many block lists name."""
    measured = F.col("scores")["image_nsfw"].isNotNull().cast("int")
    unsafe = F.col("outcome").isin(*NSFW_FILTERS).cast("int")
    return (
        build.read("image_decisions")
        .groupBy("document_id")
        .agg(
            F.sum(measured).alias("n_nsfw_judged_images"),
            F.sum(unsafe).alias("n_unsafe_images"),
            F.sum((F.col("outcome") == BLOCKED).cast("int")).alias("n_blocked_images"),
        )
    )
