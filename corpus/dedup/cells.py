"""Cells: vectors divided by the centres that they are nearest to, so that only those of one cell are compared.

Goes in: a sample of unit vectors [n, d], in an order that means nothing. Comes out: two floors of centres, and the
number of the cell of any vector. Centres are means (Lloyd's k-means), as in SemDeDup (arXiv 2303.09540, section 3.1);
the first vectors of the sample begin, so the same sample makes the same cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

N_ROUNDS = 10
MOST_CENTRES = 256
"""Of one floor: 65,536 cells, whose centres take 100 MB of half floats at 768 dimensions. SemDeDup took 50,000 for the
440 million pictures of LAION."""


@dataclass(frozen=True)
class Cells:
    """`outer` [n_outer, d], and for each of them `inner` [n_inner, d], centres as half floats."""

    outer: NDArray[np.float16]
    inner: tuple[NDArray[np.float16], ...]

    def of(self, vectors: Floats) -> Numbers:
        """The cell [n] of each vector [n, d]."""
        around = nearest(vectors, self.outer)
        found = around * MOST_CENTRES
        for number in np.unique(around):
            here = around == number
            found[here] += nearest(vectors[here], self.inner[number])
        return found


def divide(sample: Floats, n_cells: int) -> Cells:
    """About `n_cells` cells, fewer than that where the sample has too few vectors for so many."""
    n_centres = min(MOST_CENTRES, max(1, round(n_cells**0.5)))
    outer = centres(sample, n_centres)
    around = nearest(sample, outer)
    inner = tuple(centres(sample[around == number], n_centres) for number in range(len(outer)))
    return Cells(outer, inner)


def centres(vectors: Floats, n: int) -> NDArray[np.float16]:
    """At most `n` means [n, d] of the vectors, at least one; one that lost all of its vectors stays where it was."""
    n = max(1, min(n, len(vectors)))
    found = vectors[:n].astype(np.float16) if len(vectors) else np.zeros((1, vectors.shape[1]), np.float16)
    for _ in range(N_ROUNDS):
        around = nearest(vectors, found)
        counts = np.bincount(around, minlength=n)
        order = np.argsort(around, kind="stable")
        held = np.flatnonzero(counts)
        if not len(held):
            break
        starts = np.concatenate([[0], np.cumsum(counts[held])[:-1]])
        sums = np.add.reduceat(vectors[order], starts, axis=0, dtype=np.float64)
        found[held] = sums / counts[held, None]
    return found


def nearest(vectors: Floats, found: NDArray[np.float16]) -> Numbers:
    """The number [n] of the centre that each vector is nearest to, by distance; of equal ones the first."""
    exact = found.astype(np.float32)
    return np.asarray(np.argmax(vectors @ exact.T - (exact**2).sum(axis=1) / 2, axis=1), np.int64)
