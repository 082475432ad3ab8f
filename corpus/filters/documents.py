"""Document filters: judged after the assignment.

Goes in: a row with `n_sentences`, `n_images` and `shuffle_z` of a document. Comes out: scores.
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


def document_shuffle_z(row: Row) -> float | None:
    """By how many standard deviations the pairs beat a random pairing of the same pictures and sentences; not measured
    with fewer than two pairs."""
    value: float | None = row["shuffle_z"]
    return value


DOCUMENT_FILTERS = (
    Filter("document_sentences", document_sentences, "MMC4-core asks for 4 to 40; the full set for any"),
    Filter("document_images", document_images, "OBELICS, table 3, and mOSCAR, section 3.1: 1 to 30"),
    Filter(
        "document_shuffle_z", document_shuffle_z, "docs/noise.md: tells pages whose pictures were exchanged"
    ),
)
