"""Document filters: judged after the assignment.

Goes in: a row with `n_sentences` and `n_images` of a document. Comes out: scores.
"""

from __future__ import annotations

from corpus.columns import Row
from corpus.filters.filter import Filter


def document_sentences(row: Row) -> float:
    """Number of sentences."""
    return float(row["n_sentences"])


def document_images(row: Row) -> float:
    """Number of images that have a sentence."""
    return float(row["n_images"])


DOCUMENT_FILTERS = (
    Filter("document_sentences", document_sentences, "MMC4-core asks for 4 to 40; the full set for any"),
    Filter("document_images", document_images, "OBELICS, table 3, and mOSCAR, section 3.1: 1 to 30"),
)
