"""Whether the joint filter tells sentences without a picture: part of `python -m bench.noise`.

Goes in: documents of the sample with gold and vectors. Comes out: ROC-AUC of telling sentences that a picture was drawn
after from the others, and what mOSCAR's bound takes of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bench.gold import Document
from bench.separation import separation
from corpus.align.noise import least_share_above
from corpus.vectors import unit

N_NEGATIVES = 63
MOST_ABOVE = 7 / 63  # mOSCAR, section 3.6: a rank of 8 of 64


def sentence_rows(documents: Sequence[Document], random: np.random.Generator) -> Iterator[str]:
    """The table."""
    above, best, has_picture = [], [], []
    for document in documents:
        assert document.vectors is not None
        pictures, sentences = (unit(each) for each in document.vectors)
        others = [
            other.vectors[1]
            for other in documents
            if other is not document and other.language == document.language and other.vectors is not None
        ]
        drawn = unit(random.permutation(np.concatenate(others))[:N_NEGATIVES])
        above.append(least_share_above(pictures @ sentences.T, pictures @ drawn.T))
        best.append((pictures @ sentences.T).max(axis=0))
        has_picture.append(document.gold.any(axis=0))
    is_shown, shares = np.concatenate(has_picture), np.concatenate(above)
    taken = shares > MOST_ABOVE
    yield f"| sentences | {len(is_shown)}, of them {is_shown.sum()} with a picture |"
    yield "|---|---|"
    yield f"| ROC-AUC of sentence_above | {separation(-shares, ~is_shown):.3f} |"
    yield f"| ROC-AUC of the best cosine | {separation(np.concatenate(best), ~is_shown):.3f} |"
    yield f"| taken by mOSCAR's bound without a picture | {taken[~is_shown].mean():.1%} |"
    yield f"| taken by it with a picture | {taken[is_shown].mean():.1%} |"
