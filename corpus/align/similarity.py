"""The similarity matrix of one document.

Goes in: vectors of its pictures [n_images, d] and of its sentences [n_sentences, d]. Comes out: cosines
[n_images, n_sentences], the matrix that MMC4 publishes (arXiv 2304.06939, section 3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corpus.vectors import unit


def similarity_matrix(images: NDArray[np.floating], sentences: NDArray[np.floating]) -> NDArray[np.float32]:
    """Cosine of every picture with every sentence, -1 to 1; 0 with a vector of zeros.

    The vectors are made unit again, since packing as float16 moved their norms a little.
    """
    cosines: NDArray[np.float32] = unit(images) @ unit(sentences).T
    return cosines.clip(-1.0, 1.0)


def text_units(sentences: NDArray[np.floating], n_sentences: int) -> NDArray[np.float32]:
    """For each sentence, the unit mean direction of it and the n_sentences - 1 that follow, [n, d]; fewer at the end.

    What a picture shows may be told over two sentences; each unit is known by its first.
    """
    sums = vectors = unit(sentences)
    for step in range(1, min(n_sentences, len(vectors))):
        sums = sums + np.pad(vectors[step:], ((0, step), (0, 0)))
    return unit(sums) if n_sentences > 1 else vectors
