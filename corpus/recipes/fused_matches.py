"""Where kept pictures would stand if their page had a say: the placement `fused`.

Goes in: a document with its page: `page_sentences`, which of them `is_kept`, `blocks` and `image_references`. Comes
out: what the page adds to each cosine, and by picture the sentence that both together assign. The matching itself, and
what it drops, stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.align.assignment import assign
from corpus.align.evidence import evidence, page_facts
from corpus.columns import KEPT, Row
from corpus.config import Evidence
from corpus.recipes.tier_matches import KEEP_ALL


def page_matrix(row: Row, images: Sequence[Row], weight: float, weights: Evidence) -> NDArray[np.float32]:
    """What the page says of each of its images, in page order, and each kept sentence, at the scale of cosines:
    `weight` times log-odds, [n_images, n_kept_sentences]."""
    references = {each["dom_index"]: each for each in row["image_references"]}
    owned = [references[image["dom_index"]] for image in images]
    facts = page_facts(row["page_sentences"], row["blocks"], owned)
    found: NDArray[np.float32] = np.float32(weight) * evidence(facts, weights)[:, row["is_kept"]]
    return found


def fused_matches(row: Row, images_per_sentence: int) -> dict[int, int]:
    """By dom_index, the sentence of every kept picture by the sums of `similarity_matrix` and `page_matrix`."""
    kept = [at for at, image in enumerate(row["aligned"]) if image["outcome"] == KEPT]
    similarity, page = (
        np.asarray([row[name][at] for at in kept], dtype=np.float32)
        for name in ("similarity_matrix", "page_matrix")
    )
    matched = assign(
        similarity, KEEP_ALL, images_per_sentence=images_per_sentence, scores=similarity + page
    ).tolist()
    return {row["aligned"][at]["dom_index"]: sentence for at, sentence in zip(kept, matched, strict=True)}
