"""Clusters of pictures that look alike, over the whole corpus.

Goes in: contents with their perceptual hashes. Comes out: the same with the content that stands for their cluster.
Hashes that differ in at most r bits agree in two of r + 2 bands of them at least: so only hashes that share two bands
are compared (Manku et al. 2007, Detecting Near-Duplicates for Web Crawling, section 3). No byte of a picture is read.
"""

from __future__ import annotations

from itertools import combinations, pairwise

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from corpus.recipes.components import components
from corpus.spark.build import Build

N_BITS = 64
# A DCT hash holds about 32 ones; blank and nearly blank pictures, which resemble all others of their kind, far fewer.
ONES = (8, 56)
# A bucket of more is of hashes that are met everywhere: each is compared with its least one alone.
MOST_IN_A_BUCKET = 1_000


def with_clusters(build: Build, contents: DataFrame) -> DataFrame:
    """The contents with `cluster`: the largest picture of those that hang together by pairs of at most
    dedup.image_bits, of equal ones that of the least hash; a picture that resembles none is its own."""
    hashes = contents.select("perceptual_hash").where(is_telling()).distinct()
    pairs = near_hashes(hashes, build.settings.dedup.image_bits).localCheckpoint()
    name = F.when(is_telling(), F.col("perceptual_hash"))
    if not pairs.isEmpty():
        tied = components(pairs).withColumnRenamed("name", "perceptual_hash")
        contents = contents.join(tied, on="perceptual_hash", how="left")
        name = F.coalesce("least", name)
    named = contents.withColumn("look", F.coalesce(name, "content_hash"))
    largest = F.min(F.struct(-F.col("width_px") * F.col("height_px"), "content_hash"))["content_hash"]
    heads = named.groupBy("look").agg(largest.alias("cluster"))
    return named.join(heads, on="look").drop("look", "least")


def is_telling() -> Column:
    """Whether the hash of a picture says what it looks like; false without one."""
    return F.coalesce(F.bit_count(bits()).between(*ONES), F.lit(False))


def bits() -> Column:
    """The 64 bits of the hash as a number."""
    high, low = (F.conv(F.substring("perceptual_hash", at, 8), 16, 10).cast("bigint") for at in (1, 9))
    return F.shiftleft(high, 32).bitwiseOR(low)


def near_hashes(hashes: DataFrame, most_bits: int) -> DataFrame:
    """Pairs `one`, `other` of hashes that differ in at most `most_bits` bits."""
    key = F.explode(F.array(*band_keys(most_bits))).alias("key")
    keyed = hashes.select("perceptual_hash", bits().alias("bits"), key)
    first = F.min(F.struct("perceptual_hash", "bits"))
    buckets = keyed.groupBy("key").agg(F.count(F.lit(1)).alias("n"), first.alias("first")).where("n > 1")
    known = keyed.join(buckets, on="key")
    few, many = known.where(F.col("n") <= MOST_IN_A_BUCKET), known.where(F.col("n") > MOST_IN_A_BUCKET)
    one = few.select("key", F.col("perceptual_hash").alias("one"), F.col("bits").alias("of_one"))
    other = few.select("key", F.col("perceptual_hash").alias("other"), F.col("bits").alias("of_other"))
    all_pairs = one.join(other, on="key").drop("key")
    with_first = many.select(
        F.col("perceptual_hash").alias("one"),
        F.col("bits").alias("of_one"),
        F.col("first.perceptual_hash").alias("other"),
        F.col("first.bits").alias("of_other"),
    )
    is_near = F.bit_count(F.col("of_one").bitwiseXOR(F.col("of_other"))) <= most_bits
    near = all_pairs.unionByName(with_first).where((F.col("one") > F.col("other")) & is_near)
    return near.select("one", "other").distinct()


def band_keys(most_bits: int) -> list[Column]:
    """One number per pair of bands."""
    n_bands = most_bits + 2
    edges = [round(N_BITS * n / n_bands) for n in range(n_bands + 1)]
    bands = [
        F.shiftrightunsigned(bits(), start).bitwiseAND(F.lit((1 << (end - start)) - 1).cast("bigint"))
        for start, end in pairwise(edges)
    ]
    return [
        F.xxhash64(F.lit(number), one, other) for number, (one, other) in enumerate(combinations(bands, 2))
    ]
