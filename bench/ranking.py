"""How well a matrix of scores finds links that are known, and how well an assignment does.

Goes in: scores [n_images, n_sentences] and links of the same shape. Comes out: numbers between 0 and 1.

AUC and p@1 are those of table 2 of MMC4 (after Hessel et al. 2019): per document, the area under the ROC curve of all
cells of the matrix, and whether its highest cell is a link, averaged over documents; documents in which no cell or
every cell is a link are left out. Pictures of which no link is known stay in the matrix, as there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.floating]
Links = NDArray[np.bool_]


def auc(scores: Floats, links: Links) -> float:
    """Chance that a link scores above what is none, ties counted half; NaN without both."""
    n_links = int(links.sum())
    n_others = links.size - n_links
    if not (n_links and n_others):
        return float("nan")
    ranks = rankdata(scores.ravel())[links.ravel()]
    return float((ranks.sum() - n_links * (n_links + 1) / 2) / (n_links * n_others))


def precision_at_1(scores: Floats, links: Links) -> float:
    """Chance that the highest cell, one of them if several are, is a link; NaN without both kinds."""
    if links.all() or not links.any():
        return float("nan")
    return float(links[scores == scores.max()].mean())


def share_right(matched: Sequence[NDArray[np.int32]], links: Sequence[Links]) -> float:
    """Share of the pictures with a link whose assigned sentence is linked to them, over all documents."""
    right = [
        bool(row[sentence])
        for sentences, each in zip(matched, links, strict=True)
        for sentence, row in zip(sentences, each, strict=True)
        if row.any()
    ]
    return float(np.mean(right))


def coverage(matched: Sequence[NDArray[np.int32]], links: Sequence[Links]) -> float:
    """Mean over documents of the share of their sentences that have a picture (MMC4, figure 4)."""
    return float(
        np.mean([len(set(own[own >= 0])) / each.shape[1] for own, each in zip(matched, links, strict=True)])
    )
