"""Screening of texts: flagged words and evaluation sets in them, before any image is fetched.

Goes in: batches with document_id, language and sentences. Comes out: `page_screenings`, one row per document.
"""

from __future__ import annotations

from collections.abc import Iterator

from corpus.columns import Row
from corpus.config import Settings
from corpus.dedup.evaluation import load_index, shared_runs
from corpus.filters.flagged_words import flagged_share, read_flagged_words
from corpus.recipes.rows import rows_of
from corpus.recipes.small_batches import Batches, Tagged, small_batches


def screen_pages(batches: Batches, settings: Settings) -> Tagged:
    """`page_screenings`. SettingsError when a list cannot be read."""
    return small_batches("page_screenings", screened(batches, settings), lambda row: 64)


def screened(batches: Batches, settings: Settings) -> Iterator[Row]:
    dedup = settings.dedup
    for row in rows_of(batches):
        words = read_flagged_words(settings.flagged_words)
        sets = load_index(dedup.evaluation_index).texts if dedup.evaluation_texts else {}
        shared = shared_runs(row["sentences"], sets, dedup.evaluation_words)
        yield {
            "document_id": row["document_id"],
            "flagged_words": flagged_share(
                row["sentences"], words.lists.get(row["language"] or "", words.shared)
            ),
            "evaluation_sets": [{"name": name, "n": n} for name, n in shared.items()],
        }
