"""Leaving out sentences that no picture of their document is like: the side of a joint filter that takes text.

Goes in: a document of the product with its alignment. Comes out: the same without these sentences, everything that
counts sentences counted anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from corpus.columns import KEPT, Row
from corpus.config import Filters
from corpus.filters.filter import judge
from corpus.filters.sentences import SENTENCE_FILTERS

PLACES = ("matched_text_index", "best_text_index")
MATRICES = ("similarity_matrix", "page_matrix")


def without_far_sentences(row: Row, bounds: Filters) -> dict[str, Any]:
    """The row with `far_sentences`, places among all kept sentences of those that are left out."""
    held = {image["matched_text_index"] for image in row["aligned"] if image["outcome"] == KEPT}
    judged = enumerate(row["sentence_above"] or ())
    far = [at for at, value in judged if at not in held and is_far(value, bounds)]
    if not far:
        return {**row, "far_sentences": []}
    left = sorted(set(range(len(row["sentences"]))) - set(far))
    number = {at: place for place, at in enumerate(left)}
    return {
        **row,
        "sentences": [row["sentences"][at] for at in left],
        "aligned": [renumbered(image, number, left) for image in row["aligned"]],
        **{name: [[cells[at] for at in left] for cells in row[name]] for name in MATRICES},
        "far_sentences": far,
    }


def is_far(value: float | None, bounds: Filters) -> bool:
    return judge(SENTENCE_FILTERS, bounds, {"sentence_above": value})[0] != KEPT


def renumbered(image: Row, number: Mapping[int, int], left: Sequence[int]) -> dict[str, Any]:
    """A picture of the alignment among the sentences that are left; -1 for one that is not among them."""
    before = sum(at < image["dom_text_index"] for at in left)
    return {**image, **{name: number.get(image[name], -1) for name in PLACES}, "dom_text_index": before}
