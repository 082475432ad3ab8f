"""Page filters: judged before any image is fetched, because bytes cost the most.

Goes in: a row with `is_url_copy`, `is_text_copy`, `n_sentences` and `text_scores` of a page. Comes out: scores.
"""

from __future__ import annotations

from corpus.columns import Row
from corpus.filters.filter import Filter
from corpus.filters.text import TEXT_FILTERS


def page_url_copies(row: Row) -> float:
    """1 when an earlier capture of the same URL is in the crawl, else 0."""
    return float(row["is_url_copy"])


def page_text_copies(row: Row) -> float | None:
    """1 when an earlier page has the same text, else 0; not measured on copies of a URL."""
    return None if row["is_text_copy"] is None else float(row["is_text_copy"])


def page_sentences(row: Row) -> float:
    """Number of sentences."""
    return float(row["n_sentences"])


PAGE_FILTERS = (
    Filter("page_url_copies", page_url_copies, "OBELICS, section A.1.5: one document per URL"),
    Filter("page_text_copies", page_text_copies, "C4 and mOSCAR, section 3.3: exact document duplicates"),
    Filter("page_sentences", page_sentences, "an image needs a sentence to stand at"),
    *TEXT_FILTERS,
)
