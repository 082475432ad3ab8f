"""The texts that are screened, and what screening found, as DataFrames.

Goes in: a build. Comes out: documents with their texts; later, what lists found in them.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpus.columns import KEPT
from corpus.spark.build import Build


def screened_pages(build: Build, chunk: str) -> DataFrame:
    """Kept documents of the chunk with their texts, none where there is nothing to look for."""
    rows = build.read("documents", [chunk]).where(F.col("outcome") == KEPT)
    rows = rows.select("document_id", "language", "sentences")
    if not (build.settings.flagged_words or build.settings.dedup.evaluation_texts):
        rows = rows.limit(0)
    return rows.repartition(build.tasks, "document_id").sortWithinPartitions("document_id")


def screenings(build: Build) -> DataFrame:
    """What lists found in documents; `n_contaminated` counts for the sets whose documents are dropped, null without
    any set."""
    dedup = build.settings.dedup
    counted = F.filter("evaluation_sets", lambda each: ~each["name"].isin(*dedup.flag_only))
    n_runs = F.aggregate(counted, F.lit(0), lambda n, each: n + each["n"])
    return build.read("page_screenings").select(
        "document_id",
        "flagged_words",
        F.when(F.lit(bool(dedup.evaluation_texts)), n_runs).alias("n_contaminated"),
        F.col("evaluation_sets")["name"].alias("evaluation_sets"),
    )
