"""Topics: what documents show, as clusters of the mean directions of their pictures.

Goes in: unit vectors of documents [n, d]. Comes out: centroids, and for each document the nearest one. By k-means, as
DataComp's clusters of pictures (arXiv 2304.14108, section 4.3), on a sample.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from corpus.vectors import unit

MOST_TOPICS = 256
DOCUMENTS_PER_TOPIC = 8  # at least, in the sample
ROUNDS = 20

Vectors = NDArray[np.float32]


def centroids(sample: Vectors) -> Vectors:
    """Unit vectors [n_topics, d], MOST_TOPICS at most and one at least, of a sample whose order is chance: its first
    rows are where the clusters begin. Empty for an empty sample."""
    n_topics = min(MOST_TOPICS, -(-len(sample) // DOCUMENTS_PER_TOPIC))
    if n_topics == 0:
        return sample
    _, first = np.unique(
        sample, axis=0, return_index=True
    )  # equal ones would make clusters without a document
    start = sample[np.sort(first)[:n_topics]]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # a cluster that loses all its documents stays where it was
        means, _ = kmeans2(sample, start, iter=ROUNDS, minit="matrix")
    return unit(means)


def nearest(vectors: Vectors, topics: Vectors) -> NDArray[np.int64]:
    """The topic of each vector, [n]: that of the highest cosine, of equals the first."""
    return np.asarray((vectors @ topics.T).argmax(axis=1))
