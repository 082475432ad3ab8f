"""How good an assignment is, picture by picture.

Goes in: the similarity matrix [n_images, n_sentences] and the assignment [n_images]. Comes out: per picture
its similarity with the sentence assigned, its most similar sentence, and its margin, NaN standing for "not
defined".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.align.assignment import margins


@dataclass(frozen=True)
class Measures:
    """Arrays [n_images] of one document.

    `matched_sim`: cosine with the sentence assigned; NaN for a dropped picture. `best_text_index`,
    `best_sim`: the most similar sentence (the first of equals) and the cosine with it. `margin`:
    `matched_sim` less the highest other cosine of the picture, negative when it likes another sentence
    better; NaN when dropped or with a single sentence.
    """

    matched_sim: NDArray[np.float32]
    best_text_index: NDArray[np.int32]
    best_sim: NDArray[np.float32]
    margin: NDArray[np.float32]


def measure(similarity: NDArray[np.float32], matched: NDArray[np.int32]) -> Measures:
    """The measures of an assignment out of `assign`."""
    rows = np.arange(len(similarity))
    dropped = matched < 0
    best = similarity.argmax(axis=1)
    matched_sim = np.where(dropped, np.float32(np.nan), similarity[rows, np.maximum(matched, 0)])
    margin = np.full_like(matched_sim, np.nan)
    if similarity.shape[1] > 1:
        margin = np.where(dropped, np.float32(np.nan), margins(similarity, matched))
    return Measures(matched_sim, best.astype(np.int32), similarity[rows, best], margin)
