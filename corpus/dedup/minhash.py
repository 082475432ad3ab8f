"""MinHash: a short signature by which similar sets are found without comparing all of them.

Goes in: hashes of shingles. Comes out: for each of n permutations the least hash; the share of places in which two
signatures agree estimates the Jaccard similarity of the sets (Broder 1997).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from corpus.dedup.shingles import Hashes

# Blocks of so many hashes, times 112 permutations of 4 bytes, stay in the second cache.
BLOCK = 512
SEED = 1997

Signature = NDArray[np.int32]


def signature(hashes: Hashes, n_permutations: int) -> Signature:
    """The least hash under each permutation [n_permutations], read as signed; `hashes` must not be empty."""
    factors, offsets = permutations(n_permutations)
    least = np.full(n_permutations, 2**32 - 1, dtype=np.uint32)
    for start in range(0, len(hashes), BLOCK):
        permuted = hashes[start : start + BLOCK] * factors
        permuted += offsets
        np.minimum(least, permuted.min(axis=1), out=least)
    return least.view(np.int32)


@cache
def permutations(n: int) -> tuple[Hashes, Hashes]:
    """Factors, odd, and offsets [n, 1] of permutations x -> factor * x + offset of the 32-bit numbers. On hashes that
    are mixed well they do as well as dearer ones: an error of 0.039 where 0.038 is expected (bench.duplicates)."""
    random = np.random.default_rng(SEED)
    factors, offsets = random.integers(0, 2**32, (2, n, 1), dtype=np.uint32)
    return factors | np.uint32(1), offsets


def equal_share(one: Signature, other: Signature) -> float:
    """The share of places [n_permutations] in which two signatures agree."""
    return float((one == other).mean())


def jaccard(one: NDArray[np.integer], other: NDArray[np.integer]) -> float:
    """Shared share of two sets, each number once and not both empty."""
    n_either = len(np.unique(np.concatenate([one, other])))
    return (len(one) + len(other) - n_either) / n_either
