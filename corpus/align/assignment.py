"""Which sentence each picture of a document goes to.

Goes in: the similarity matrix [n_images, n_sentences] and the bound. Comes out: a sentence per picture, or why it
has none. The default rules are MMC4's (arXiv 2304.06939, section 3): pictures whose best
similarity is under the bound are dropped; the rest are assigned so that the summed similarity is highest, no
sentence taken twice; pictures that remain because there are more of them than sentences go to their own most
similar sentence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

DROPPED, UNASSIGNED, AMBIGUOUS = -1, -2, -3
"""No sentence is similar enough; none was left that is; another sentence is as good, or nearly."""
CROWDED = 0.6
"""Distinct favourites per picture up to which a matrix is pruned: with more of them the solver has little to do."""
PRUNED_FROM_CELLS = 1_000
"""Below, pruning costs more than it saves; at 20 x 100 it takes a third of the time away, at 50 x 500 two fifths."""


def assign(
    similarity: NDArray[np.floating],
    min_similarity: float,
    *,
    images_per_sentence: int = 1,
    may_stay_unassigned: bool = False,
    min_margin: float | None = None,
    scores: NDArray[np.floating] | None = None,
) -> NDArray[np.int32]:
    """Index of the sentence assigned to each picture, [n_images]; DROPPED, UNASSIGNED or AMBIGUOUS without one.

    `images_per_sentence`: how many pictures a sentence may have. `may_stay_unassigned`: a picture for which no
    sentence is left that reaches the bound stays without; else the highest sum may put it at one that does not, and
    a picture over goes to its best. `min_margin`: how far the score assigned must be above the picture's highest
    other. `scores` [n_images, n_sentences] are matched by instead of `similarity`, which the bound still asks for.
    A value equal to a bound passes. The same matrix gives the same answer, ties included.
    """
    favourites = similarity.argmax(axis=1)
    passing = passing_pictures(similarity, favourites, min_similarity)
    if passing is not None:
        matched = np.full(len(similarity), DROPPED, dtype=np.int32)
        if passing.any():
            matched[passing] = assign(
                similarity[passing],
                min_similarity,
                images_per_sentence=images_per_sentence,
                may_stay_unassigned=may_stay_unassigned,
                min_margin=min_margin,
                scores=None if scores is None else scores[passing],
            )
        return matched
    favourites = favourites if scores is None else scores.argmax(axis=1)
    scores = similarity if scores is None else scores
    if may_stay_unassigned:
        matched = only_similar(scores, similarity >= min_similarity, images_per_sentence)
    else:
        matched = best_sentences(scores, favourites, images_per_sentence)
    if min_margin is not None and scores.shape[1] > 1:
        matched[(matched >= 0) & (margins(scores, matched) < min_margin)] = AMBIGUOUS
    return matched


def passing_pictures(
    similarity: NDArray[np.floating], favourites: NDArray[np.intp], min_similarity: float
) -> NDArray[np.bool_] | None:
    """Which pictures have a sentence that reaches the bound; None when all have."""
    # The first look, at Python's numbers, takes half the time; NumPy rounds the bound to what it compares with.
    best = map(similarity.item, range(len(similarity)), favourites.tolist())
    if min(best) < min_similarity:
        passing: NDArray[np.bool_] = similarity.max(axis=1) >= min_similarity
        if not passing.all():
            return passing
    return None


def only_similar(
    scores: NDArray[np.floating], allowed: NDArray[np.bool_], images_per_sentence: int
) -> NDArray[np.int32]:
    """The assignment of highest sum among pairs that are allowed; UNASSIGNED where there is none left.

    A pair that is not allowed is worth as much as the least of the others, so that the highest sum has no reason
    to prefer it, and is undone.
    """
    worth = np.where(allowed, scores, scores[allowed].min())
    matched = best_sentences(worth, worth.argmax(axis=1), images_per_sentence, left_over=UNASSIGNED)
    matched[~allowed[np.arange(len(scores)), np.maximum(matched, 0)]] = UNASSIGNED
    return matched


def margins(scores: NDArray[np.floating], matched: NDArray[np.int32]) -> NDArray[np.floating]:
    """Score of the assigned sentence less the picture's highest other, [n_images]; there are at least two
    sentences. A picture without a sentence gets a number without meaning."""
    rows = np.arange(len(scores))
    columns = np.maximum(matched, 0)
    others = scores.copy()
    others[rows, columns] = -np.inf
    found: NDArray[np.floating] = scores[rows, columns] - others.max(axis=1)
    return found


def best_sentences(
    scores: NDArray[np.floating],
    favourites: NDArray[np.intp],
    images_per_sentence: int = 1,
    left_over: int | None = None,
) -> NDArray[np.int32]:
    """The assignment of highest sum; `favourites` are the best of each picture, the first of equals. Pictures left over
    go to these, unless `left_over` is given for them."""
    n_wanted = len(set(favourites.tolist()))
    if n_wanted == len(scores):  # no sum is higher than that of all the best
        return favourites.astype(np.int32)
    columns = useful_columns(scores, images_per_sentence) if n_wanted <= CROWDED * len(scores) else None
    slots = scores if columns is None else scores.take(columns, axis=1)
    if images_per_sentence > 1:
        slots = np.repeat(slots, images_per_sentence, axis=1)
    rows, chosen = linear_sum_assignment(slots, maximize=True)
    if images_per_sentence > 1:
        chosen //= images_per_sentence
    if columns is not None:
        chosen = columns.take(chosen)
    matched: NDArray[np.int32] = np.asarray(chosen, dtype=np.int32)
    if len(rows) < len(scores):
        over = favourites.copy() if left_over is None else np.full(len(scores), left_over)
        over[rows] = chosen
        matched = over.astype(np.int32)
    return matched


def useful_columns(scores: NDArray[np.floating], images_per_sentence: int = 1) -> NDArray[np.intp] | None:
    """Sentences that some assignment of highest sum makes do with, in their order; None for all.

    With m pictures and c of them per sentence, each picture needs its m / c best sentences only, rounded up: were
    it assigned to another, those would have a free place, the other m - 1 pictures taking one each, and it is at
    least as similar there. Of equals that are just good enough all are taken.
    """
    n_images, n_sentences = scores.shape
    n_best = -(-n_images // images_per_sentence)
    if n_best >= n_sentences or scores.size < PRUNED_FROM_CELLS:
        return None
    ranked = scores.copy()
    ranked.partition(n_sentences - n_best, axis=1)
    is_useful = np.logical_or.reduce(scores >= ranked[:, n_sentences - n_best, None], axis=0)
    return np.flatnonzero(is_useful)
