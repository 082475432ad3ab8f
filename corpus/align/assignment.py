"""Which sentence each picture of a document goes to.

Goes in: the similarity matrix [n_images, n_sentences] and the bound. Comes out: a sentence per picture, or
DROPPED. The rule is MMC4's (arXiv 2304.06939, section 3): pictures whose best similarity is under the bound
are dropped; the rest are assigned so that the summed similarity is highest, no sentence taken twice; pictures
that remain because there are more of them than sentences go to their own most similar sentence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

DROPPED = -1
PRUNED_FROM_CELLS = 10_000
"""Below, pruning costs more than it saves; measured on matrices where pictures want the same sentences, it
breaks even about here and halves the time at 50 x 500 and at 255 x 2000."""


def assign(similarity: NDArray[np.floating], min_similarity: float) -> NDArray[np.int32]:
    """Index of the sentence assigned to each picture, [n_images]; DROPPED where none is similar enough.

    A best similarity equal to the bound passes. The same matrix gives the same answer, ties included.
    """
    matched = np.full(len(similarity), DROPPED, dtype=np.int32)
    passing = np.flatnonzero(similarity.max(axis=1) >= min_similarity)
    if passing.size:
        matched[passing] = best_sentences(similarity[passing])
    return matched


def best_sentences(similarity: NDArray[np.floating]) -> NDArray[np.int32]:
    """The assignment of highest sum; pictures left over go to their own best, the first of equals."""
    matched: NDArray[np.int32] = similarity.argmax(axis=1).astype(np.int32)
    columns = useful_columns(similarity)
    rows, chosen = linear_sum_assignment(similarity[:, columns], maximize=True)
    matched[rows] = columns[chosen]
    return matched


def useful_columns(similarity: NDArray[np.floating]) -> NDArray[np.intp]:
    """Sentences that some assignment of highest sum makes do with, in their order.

    With m pictures and more sentences than that, each picture needs its m best sentences only: were it
    assigned to another, one of those m would be free, the other m - 1 pictures taking one each, and it is at
    least as similar.
    """
    n_images, n_sentences = similarity.shape
    if n_images >= n_sentences or similarity.size < PRUNED_FROM_CELLS:
        return np.arange(n_sentences)
    best = np.argpartition(similarity, n_sentences - n_images, axis=1)[:, n_sentences - n_images :]
    return np.unique(best)
