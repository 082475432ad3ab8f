"""How many documents were found to hold texts or pictures of evaluation sets.

Goes in: a scan of `document_decisions`. Comes out: counts per set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.columns import KEPT
from corpus.config import Settings
from corpus.dedup.evaluation_files import name_of
from corpus.look.scan import Scan
from corpus.look.words import count_text

CONTAMINATED = ("page_contaminated", "document_contaminated")


@dataclass(frozen=True)
class SetCount:
    """Documents in which something of a set was found: all, those dropped for it or another set, those kept."""

    name: str
    n_found: int
    n_dropped: int
    n_kept: int


def set_counts(scan: Scan, settings: Settings) -> list[SetCount]:
    """One per set of the settings, in their order, found or not."""
    counts: Counter[tuple[str, str]] = Counter()
    names = dict.fromkeys(map(name_of, (*settings.dedup.evaluation_texts, *settings.dedup.evaluation_images)))
    for batch in scan("document_decisions", ["outcome", "evaluation_sets"]) if names else ():
        for outcome, sets in zip(
            *(batch.column(name).to_pylist() for name in batch.schema.names), strict=True
        ):
            counts.update((name, outcome) for name in sets)
    return [
        SetCount(
            name,
            sum(n for (own, _), n in counts.items() if own == name),
            sum(counts[name, outcome] for outcome in CONTAMINATED),
            counts[name, KEPT],
        )
        for name in names
    ]


def set_lines(counts: Sequence[SetCount]) -> list[str]:
    return [
        f"evaluation set {each.name}: found in {count_text(each.n_found)} documents; "
        f"{count_text(each.n_dropped)} dropped as contaminated, {count_text(each.n_kept)} kept"
        for each in counts
    ]
