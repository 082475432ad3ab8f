"""`python -m bench.image_neighbours`: how many near copies of pictures are found by their vectors, and what it costs.

Goes in: options. Comes out: for 1, 4 and 16 times as many vectors the seconds of Spark's job, and how many of the
copies planted at each cosine were found. The vectors are generated: 3,000 subjects, and a spectrum that falls as 1/n,
about one common direction, so that two that have nothing to do with each other have a cosine of 0.5, as CLIP's have.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import SparkSession

from bench.duplicates import CHUNK, GROWTH, new_build
from corpus.columns import KEPT, Row
from corpus.config import Dedup, Settings
from corpus.look.stored import Stored
from corpus.pipeline import RECIPES
from corpus.spark.job import run_recipe
from corpus.tables.images import IMAGE_CONTENTS, IMAGE_FEATURES
from corpus.vectors import pack, unit

N_DIMENSIONS = 512
N_SUBJECTS = 3_000
PLANTED = (0.95, 0.97, 0.99)
COPIES = 10
"""One picture in so many has a copy at each of PLANTED."""

Floats = NDArray[np.float32]


def generated(n: int, seed: int = 0) -> Floats:
    """Vectors [n, N_DIMENSIONS] of pictures that are no copies."""
    random = np.random.default_rng(seed)
    scale = np.arange(1, N_DIMENSIONS + 1) ** -0.5 / np.sqrt((1 / np.arange(1, N_DIMENSIONS + 1)).sum())
    subjects = random.standard_normal((N_SUBJECTS, N_DIMENSIONS)) * scale
    common = unit(random.standard_normal((1, N_DIMENSIONS)))
    own = random.standard_normal((n, N_DIMENSIONS)) * scale
    return unit(common + 0.8 * subjects[random.integers(0, N_SUBJECTS, n)] + 0.6 * own)


def copies(vectors: Floats, cosine: float, seed: int) -> Floats:
    """One vector at this cosine to each."""
    drawn = np.random.default_rng(seed).standard_normal(vectors.shape)
    away = unit(drawn - (drawn * vectors).sum(axis=1, keepdims=True) * vectors)
    return unit(cosine * vectors + (1 - cosine**2) ** 0.5 * away)


def rows_of(vectors: Floats, name: str, side_px: int) -> Iterator[tuple[Row, Row]]:
    """Rows of `image_features` and `image_contents`."""
    for number, vector in enumerate(vectors):
        content = f"{name} {number:08d}"
        facts = {"content_hash": content, "outcome": KEPT}
        size = {"width_px": side_px, "height_px": side_px}
        yield (
            {**facts, "encoder": "none", "n_dimensions": N_DIMENSIONS, "embedding": pack(vector)},
            {**facts, **size, "image_url_id": content, "cluster": content, "n_documents": 1},
        )


def measure(spark: SparkSession, n: int) -> tuple[float, dict[float, float]]:
    """Seconds, and the share found of the copies planted at each cosine."""
    vectors = generated(n)
    rows = list(rows_of(vectors, "original", 400))
    for at, cosine in enumerate(PLANTED):
        rows += rows_of(copies(vectors[::COPIES], cosine, at + 1), f"{cosine}", 300)
    tables = {IMAGE_FEATURES: [row for row, _ in rows], IMAGE_CONTENTS: [row for _, row in rows]}
    recipe = next(each for each in RECIPES if each.outputs == ("image_neighbours",))
    with TemporaryDirectory(prefix="corpus-bench-") as out:
        build = new_build(spark, out, Settings(dedup=Dedup(image_embeddings=True)), tables)
        begun_s = perf_counter()
        run_recipe(build, recipe)
        elapsed_s = perf_counter() - begun_s
        stored = Stored(out, build.digests, (CHUNK,))
        found = {
            name: cosine
            for batch in stored("image_neighbours", ["content_hash", "cosine"])
            for name, cosine in zip(*(column.to_pylist() for column in batch.columns), strict=True)
        }
    planted = {cosine: [name for name in found if name.startswith(f"{cosine} ")] for cosine in PLANTED}
    n_planted = len(vectors[::COPIES])
    shares = {
        cosine: sum(found[name] > cosine - 0.002 for name in names) / n_planted
        for cosine, names in planted.items()
    }
    return elapsed_s, shares


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.image_neighbours", description=__doc__)
    options.add_argument("--pictures", type=int, default=5_000, help="of which 4 and 16 times are taken too")
    chosen = options.parse_args(arguments)
    from corpus.spark.session import start_session

    spark = start_session(Settings())
    for times in GROWTH:
        n = times * chosen.pictures
        elapsed_s, shares = measure(spark, n)
        found = "  ".join(f"{cosine}: {share:.3f}" for cosine, share in shares.items())
        print(
            f"{n:>9,} pictures {elapsed_s:7.1f} s {1000 * elapsed_s / n:6.2f} ms each  found at {found}",
            flush=True,
        )
    spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
