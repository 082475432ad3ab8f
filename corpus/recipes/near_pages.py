"""Pairs of pages with nearly the same text.

Goes in: pages that are no exact copies, and their signatures. Comes out: pairs with their Jaccard similarity. Pages
that share a band of their signatures make a bucket (Leskovec et al., Mining of Massive Datasets, section 3.4). Each is
compared with the first page of the bucket alone: a bucket costs one row per page, whatever its size. Pairs that their
signatures call alike are compared by all of their shingles, or, with a page of an earlier corpus, whose text is not
read again, left at the estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpus.config import Settings
from corpus.dedup.minhash import equal_share, jaccard
from corpus.dedup.shingles import shingle_hashes
from corpus.recipes.small_batches import Batches
from corpus.spark.build import Build

SHINGLES = "document_id string, shingles array<int>"
NAMES, SIDES = ("one", "other"), ("of_one", "of_other")
PAIRS = "one string, other string, is_estimate boolean, jaccard double"
Numbers = NDArray[np.int32]
# Standard errors of the estimate by which a pair may lie under the bound before it is compared exactly.
N_ERRORS = 3.0


def near_pairs(build: Build, signed: DataFrame, originals: DataFrame) -> DataFrame:
    """`one`, `other`, `jaccard` and `is_estimate` of pairs from dedup.min_jaccard on."""
    signatures = signed.select("document_id", "found_in", "signature").where(F.size("signature") > 0)
    signatures = signatures.join(originals, on=["document_id", "found_in"], how="left_semi")
    # Read twice: for the pages to shingle, and for the pairs to compare.
    pairs = estimated(candidates(signatures, build.settings), signatures, build.settings).localCheckpoint(
        eager=False
    )
    least = build.settings.dedup.min_jaccard
    apart = pairs.where(F.col("is_estimate") & (F.col("jaccard") >= least))
    together = pairs.where(~F.col("is_estimate"))
    exact = compared(together, shingles(build, together)).where(F.col("jaccard") >= least)
    return exact if not build.settings.dedup.against else exact.unionByName(apart)


def candidates(signatures: DataFrame, settings: Settings) -> DataFrame:
    """Pairs `one`, `other` of this build's pages with the least page of one of their buckets, and with the least of
    earlier corpora."""
    n_rows = settings.dedup.rows_per_band
    keys = [
        F.xxhash64(F.lit(band), F.slice("signature", 1 + band * n_rows, n_rows))
        for band in range(settings.dedup.bands)
    ]
    banded = signatures.select("document_id", "found_in", F.explode(F.array(*keys)).alias("key"))
    is_own = F.col("found_in") == ""
    heads = F.array(F.min(F.when(is_own, F.col("document_id"))), F.min(F.when(~is_own, F.col("document_id"))))
    buckets = banded.groupBy("key").agg(heads.alias("heads"), F.count(F.lit(1)).alias("n")).where("n > 1")
    paired = banded.where(is_own).join(buckets, on="key")
    paired = paired.select(F.col("document_id").alias("one"), F.explode("heads").alias("other"))
    return paired.where(F.col("one") != F.col("other")).distinct()


def estimated(pairs: DataFrame, signatures: DataFrame, settings: Settings) -> DataFrame:
    """The pairs that may be alike, with the share of equal places in their signatures, and whether that is all that can
    be known."""
    one = signatures.select(F.col("document_id").alias("one"), F.col("signature").alias("of_one"))
    other = signatures.select(
        F.col("document_id").alias("other"), F.col("signature").alias("of_other"), "found_in"
    )
    n_places = settings.dedup.bands * settings.dedup.rows_per_band
    least = settings.dedup.min_jaccard
    error = (least * (1 - least) / n_places) ** 0.5
    both = pairs.join(one, on="one").join(other, on="other")
    both = both.select(*NAMES, (F.col("found_in") != "").alias("is_estimate"), *SIDES)
    return both.mapInArrow(partial(measured, equal_share), PAIRS).where(
        F.col("jaccard") >= least - N_ERRORS * error
    )


def measured(measure: Callable[[Numbers, Numbers], float], batches: Batches) -> Batches:
    """The pairs with what is measured of both sides: Spark's own functions on arrays take four times as long."""
    for batch in batches:
        one, other = (rows_in(batch.column(name)) for name in SIDES)
        values = [measure(a, b) for a, b in zip(one, other, strict=True)]
        yield pa.RecordBatch.from_arrays(
            [*(batch.column(name) for name in (*NAMES, "is_estimate")), pa.array(values, pa.float64())],
            [*NAMES, "is_estimate", "jaccard"],
        )


def rows_in(lists: pa.ListArray) -> list[Numbers]:
    values, edges = lists.flatten().to_numpy(), lists.offsets.to_numpy()
    return np.split(values, edges[1:-1] - edges[0]) if len(lists) else []


def shingles(build: Build, pairs: DataFrame) -> DataFrame:
    """The shingles of the pages in these pairs, each once."""
    ids = pairs.select(F.explode(F.array("one", "other")).alias("document_id")).distinct()
    texts = build.read("documents").select("document_id", "sentences")
    texts = texts.join(ids, on="document_id", how="left_semi").repartition(build.tasks, "document_id")
    return texts.mapInArrow(partial(shingle_sets, build.settings.dedup.shingle_words), SHINGLES)


def shingle_sets(n_words: int, batches: Batches) -> Batches:
    for batch in batches:
        hashes = [np.unique(shingle_hashes(each, n_words)) for each in batch.column("sentences").to_pylist()]
        lists = pa.array([each.view("int32") for each in hashes], pa.list_(pa.int32()))
        yield pa.RecordBatch.from_arrays(
            [batch.column("document_id").cast(pa.string()), lists], ["document_id", "shingles"]
        )


def compared(pairs: DataFrame, sets: DataFrame) -> DataFrame:
    """The pairs with their exact Jaccard similarity."""
    one = sets.select(F.col("document_id").alias("one"), F.col("shingles").alias("of_one"))
    other = sets.select(F.col("document_id").alias("other"), F.col("shingles").alias("of_other"))
    both = pairs.drop("jaccard").join(one, on="one").join(other, on="other")
    return both.select(*NAMES, "is_estimate", *SIDES).mapInArrow(partial(measured, jaccard), PAIRS)
