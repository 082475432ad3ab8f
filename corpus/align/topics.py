"""Topics: what documents show, as clusters of the mean directions of their pictures.

Goes in: unit vectors of documents [n, d]. Comes out: centroids, and for each document the nearest one. By k-means, as
DataComp's clusters of pictures (arXiv 2304.14108), on a sample. It begins with documents as far apart as
can be (Gonzalez 1985, Clustering to minimize the maximum intercluster distance): from documents at chance, a crowd that
shows the same becomes many topics and is over-represented in none (docs/noise.md).
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from corpus.vectors import unit

MOST_TOPICS = 256
DOCUMENTS_PER_TOPIC = 4  # at least, in the sample
ROUNDS = 20
EQUAL = 1e-4  # below what float16 keeps of a cosine

Vectors = NDArray[np.float32]


def centroids(sample: Vectors) -> Vectors:
    """Unit vectors [n_topics, d], MOST_TOPICS at most and one at least, of a sample; empty for an empty one."""
    n_topics = min(MOST_TOPICS, -(-len(sample) // DOCUMENTS_PER_TOPIC))
    if n_topics == 0:
        return sample
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # a cluster that loses all its documents stays where it was
        means, _ = kmeans2(sample, far_apart(sample, n_topics), iter=ROUNDS, minit="matrix")
    return unit(means)


def far_apart(sample: Vectors, n: int) -> Vectors:
    """The first of the sample, and each time the one least like all that were taken; fewer than n when the others are
    like one of them."""
    taken = [0]
    nearest_sim = sample @ sample[0]
    while len(taken) < n and nearest_sim.min() < 1 - EQUAL:
        taken.append(int(nearest_sim.argmin()))
        nearest_sim = np.maximum(nearest_sim, sample @ sample[taken[-1]])
    return sample[taken]


def nearest(vectors: Vectors, topics: Vectors) -> NDArray[np.int64]:
    """The topic of each vector, [n]: that of the highest cosine, of equals the first."""
    return np.asarray((vectors @ topics.T).argmax(axis=1))
