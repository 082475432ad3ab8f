"""Sentence filters: judged of kept sentences beside the pictures of their document, when the product is written.

Goes in: a row with `sentence_above`, an item of that column of alignments. Comes out: scores.
"""

from __future__ import annotations

from corpus.columns import Row
from corpus.filters.filter import Filter


def sentence_above(row: Row) -> float | None:
    """Share of up to 63 sentences of other documents in the language that are more like a picture of the document than
    the sentence is, for the picture of which that is least; not measured with fewer than eight. A sentence that a
    picture is matched with stays, whatever its score."""
    value: float | None = row["sentence_above"]
    return value


SENTENCE_FILTERS = (
    Filter(
        "sentence_above",
        sentence_above,
        "mOSCAR, section 3.6: its joint filter keeps a rank of 8 of 64, so at most 0.112, which took 35 % of its text; "
        "no bound by default",
    ),
)
