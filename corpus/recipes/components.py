"""Connected components: what hangs together by pairs.

Goes in: pairs of names. Comes out: for every name in a pair the least name that it hangs together with. Few pairs are
joined in one task. Of many, by alternating large-star and small-star (Kiveris et al. 2014, Connected Components in
MapReduce and Beyond, section 3): each round is two joins, rounds grow with the logarithm of the longest path. No row
comes to the driver.
"""

from __future__ import annotations

from itertools import count

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpus.dedup.union import least_names
from corpus.errors import DataError
from corpus.recipes.small_batches import Batches

MOST_ROUNDS = 100
# In one task: some seconds, and about 300 MB.
FEW = 1_000_000
NAMES = "name string, least string"


def components(pairs: DataFrame, few: int = FEW) -> DataFrame:
    """`name` and `least` of every name that stands in `pairs` (columns `one` and `other`) but for the least ones
    themselves. Up to `few` pairs are joined in one task."""
    if pairs.limit(few + 1).count() <= few:
        return pairs.select("one", "other").repartition(1).mapInArrow(joined_here, NAMES)
    return joined_by_stars(pairs)


def joined_here(batches: Batches) -> Batches:
    pairs = (
        pair
        for batch in batches
        for pair in zip(*(batch.column(name).to_pylist() for name in ("one", "other")), strict=True)
    )
    found = least_names(pairs)
    columns = [pa.array(found.keys(), pa.string()), pa.array(found.values(), pa.string())]
    yield pa.RecordBatch.from_arrays(columns, ["name", "least"])


def joined_by_stars(pairs: DataFrame) -> DataFrame:
    """The same in rounds. DataError if they do not come to an end, which the proof rules out."""
    stars = pairs.select(
        F.greatest("one", "other").alias("name"), F.least("one", "other").alias("least")
    ).where(F.col("name") != F.col("least"))
    # Pairs with the least of their component, the usual ones, are done in one round.
    mark = fingerprint(stars)
    for n_rounds in count(1):
        # Lineage ends here, else a round would plan all of those before it again.
        stars = small_star(large_star(stars)).localCheckpoint()
        before, mark = mark, fingerprint(stars)
        if mark == before:
            return stars
        if n_rounds == MOST_ROUNDS:
            raise DataError(f"connected components: no end after {MOST_ROUNDS} rounds")
    raise AssertionError


def large_star(stars: DataFrame) -> DataFrame:
    """Every name's greater neighbours, tied to the least of its neighbours and itself."""
    ties = stars.unionByName(stars.select(F.col("least").alias("name"), F.col("name").alias("least")))
    ties = ties.withColumnRenamed("least", "neighbour")
    least = ties.groupBy("name").agg(F.least("name", F.min("neighbour")).alias("least"))
    greater = ties.join(least, on="name").where(F.col("neighbour") > F.col("name"))
    return greater.select(F.col("neighbour").alias("name"), "least").distinct()


def small_star(stars: DataFrame) -> DataFrame:
    """Every name and its lesser neighbours, tied to the least of these."""
    lesser = stars.withColumnRenamed("least", "neighbour")
    tied = lesser.join(stars.groupBy("name").agg(F.min("least").alias("least")), on="name")
    neighbours = tied.where(F.col("neighbour") != F.col("least"))
    return (
        tied.select("name", "least")
        .unionByName(neighbours.select(F.col("neighbour").alias("name"), "least"))
        .distinct()
    )


def fingerprint(stars: DataFrame) -> tuple[int, int]:
    """Number and hash of the rows, in whatever order."""
    row = stars.agg(
        F.count(F.lit(1)).alias("n"), F.expr("bit_xor(xxhash64(name, least))").alias("hash")
    ).first()
    assert row is not None
    return row.n, row.hash
