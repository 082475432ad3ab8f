"""Document filters: judged after the assignment.

Goes in: a row with `document_id`, `n_sentences`, `n_images`, `n_contaminated` and `first_of_images` of a document.
Comes out: scores.
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


def document_contaminated(row: Row) -> float | None:
    """Number of its images that look like one of an evaluation set, those in dedup.flag_only left out; not measured
    where no picture is given."""
    return None if row["n_contaminated"] is None else float(row["n_contaminated"])


def document_image_set_copies(row: Row) -> float:
    """Number of its images when a document captured earlier has the same set of them, else 0."""
    is_copy = row["first_of_images"] not in (None, row["document_id"])
    return float(row["n_images"] if is_copy else 0)


DOCUMENT_FILTERS = (
    Filter("document_sentences", document_sentences, "MMC4-core asks for 4 to 40; the full set for any"),
    Filter("document_images", document_images, "OBELICS, table 3, and mOSCAR, section 3.1: 1 to 30"),
    Filter(
        "document_contaminated",
        document_contaminated,
        "mOSCAR, section 3.5: perceptual hashes of evaluation sets",
    ),
    Filter(
        "document_image_set_copies",
        document_image_set_copies,
        "OBELICS' code, build_obelics/11_02: one document per set of images",
    ),
)
