"""For each vector of a group the one most like it among those before it.

Goes in: named vectors block by block, in the order in which they would be kept. Comes out: the likest of each, and the
cosine. Whatever the bound, those beyond it fall and the first of all that hang together stays (SemDeDup, arXiv
2303.09540, section 3.1): a bound can be moved without comparing anything anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Name = TypeVar("Name")


def likest(
    blocks: Iterable[tuple[Sequence[Name], Floats]], most: int
) -> Iterator[list[tuple[Name, Name, float]]]:
    """Per block name, likest and cosine of each unit vector [n, d], but of the very first, which has none before it.
    All are compared with the first `most` alone, so that a group costs its size times `most`."""
    met: list[Name] = []
    known: Floats | None = None
    for names, vectors in blocks:
        n_met = len(met)
        known = (vectors if known is None else np.concatenate([known, vectors]))[:most]
        met = [*met, *names][:most]
        cosines = vectors @ known.T
        cosines[np.arange(n_met, n_met + len(names))[:, None] <= np.arange(len(known))] = -np.inf
        found = cosines.argmax(axis=1)
        # Not those of the product above, whose last digits depend on the size of the block.
        exact = np.einsum("nd,nd->n", vectors, known[found], dtype=np.float64)
        yield [(names[row], met[found[row]], float(exact[row])) for row in range(not n_met, len(names))]
