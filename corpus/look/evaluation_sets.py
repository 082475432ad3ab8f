"""How many documents were found to hold texts or pictures of evaluation sets.

Goes in: the tables of a build. Comes out: counts per set, from the manifests of `document_decisions`; its rows are read
only where they were written before manifests counted sets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.columns import KEPT
from corpus.config import Settings
from corpus.dedup.evaluation_files import name_of
from corpus.look.scan import Scan
from corpus.look.stored import Stored
from corpus.look.words import count_text
from corpus.manifest import Count
from corpus.tables.product import DOCUMENT_DECISIONS

CONTAMINATED = ("page_contaminated", "document_contaminated")
(COLUMN,) = DOCUMENT_DECISIONS.values


@dataclass(frozen=True)
class SetCount:
    """Documents in which something of a set was found: all, those dropped for it or another set, those kept."""

    name: str
    n_found: int
    n_dropped: int
    n_kept: int


def set_counts(stored: Stored, settings: Settings) -> list[SetCount]:
    """One per set of the settings, in their order, found or not."""
    dedup = settings.dedup
    names = list(dict.fromkeys(map(name_of, (*dedup.evaluation_texts, *dedup.evaluation_images))))
    if not names:
        return []
    total = stored.total(DOCUMENT_DECISIONS.name)
    n_counted = sum(count.n for count in total.counts if count.item == COLUMN)
    counts = from_counts(total.counts) if n_counted == total.n_rows else from_rows(stored)
    return [
        SetCount(
            name,
            sum(n for (own, _), n in counts.items() if own == name),
            sum(counts[name, outcome] for outcome in CONTAMINATED),
            counts[name, KEPT],
        )
        for name in names
    ]


def from_counts(counts: Iterable[Count]) -> Counter[tuple[str, str]]:
    """Documents by set and outcome."""
    own = f"{COLUMN}="
    return Counter(
        {
            (count.item.removeprefix(own), count.outcome): count.n
            for count in counts
            if count.item.startswith(own)
        }
    )


def from_rows(scan: Scan) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for batch in scan(DOCUMENT_DECISIONS.name, ["outcome", COLUMN]):
        columns = (batch.column(name).to_pylist() for name in batch.schema.names)
        for outcome, sets in zip(*columns, strict=True):
            counts.update((name, outcome) for name in sets)
    return counts


def set_lines(counts: Sequence[SetCount]) -> list[str]:
    return [
        f"evaluation set {each.name}: found in {count_text(each.n_found)} documents; "
        f"{count_text(each.n_dropped)} dropped as contaminated, {count_text(each.n_kept)} kept"
        for each in counts
    ]
