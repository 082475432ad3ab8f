"""Whether the bias of a topic tells a crowd of documents that show the same: part of `python -m bench.noise`.

Goes in: the pictures of documents. Comes out: ROC-AUC of the topic's bias, per share of all documents that the
crowd was made. A document of the crowd shows three of the twenty pictures that are most like one, drawn anew each
round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.separation import separation
from corpus.align.topics import centroids, nearest
from corpus.vectors import unit

N_ALIKE = 20
N_SHOWN = 3

Vectors = NDArray[np.float32]


def bias_rows(
    documents: Sequence[Vectors], shares: Sequence[float], n_rounds: int, random: np.random.Generator
) -> Iterator[str]:
    """The table: how well the bias tells the crowd, and its mean in the crowd and in the others."""
    yield "| share of the crowd | ROC-AUC of topic_bias | mean in the crowd | mean elsewhere |"
    yield "|---|---|---|---|"
    for share in shares:
        rounds = [told(documents, share, random) for _ in range(n_rounds)]
        yield f"| {share:.0%} | " + " | ".join(f"{value:.3f}" for value in np.mean(rounds, axis=0)) + " |"


def told(
    documents: Sequence[Vectors], share: float, random: np.random.Generator
) -> tuple[float, float, float]:
    """The figures of one round."""
    pictures = np.concatenate(documents)
    alike = np.argsort(-pictures @ pictures[random.integers(len(pictures))])[:N_ALIKE]
    n_crowd = round(share / (1 - share) * len(documents))
    crowd = [pictures[random.choice(alike, N_SHOWN, replace=False)] for _ in range(n_crowd)]
    means = unit(np.array([each.mean(axis=0) for each in (*documents, *crowd)]))
    order = random.permutation(len(means))
    is_crowd = (np.arange(len(means)) >= len(documents))[order]
    bias = topic_bias(means[order])
    return separation(-bias, is_crowd), bias[is_crowd].mean(), bias[~is_crowd].mean()


def topic_bias(means: Vectors) -> NDArray[np.float64]:
    """As `corpus.recipes.document_groups` has it, of documents by the mean of their pictures, [n]."""
    topics = nearest(means, centroids(means))
    counts = np.bincount(topics)
    return np.asarray(np.log(counts[topics] * np.count_nonzero(counts) / len(means)))
