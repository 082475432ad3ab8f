"""How many documents are in each tier, and which tiers are not decided.

Goes in: a scan of `document_decisions`. Comes out: a line per tier.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from corpus.columns import KEPT
from corpus.config import Settings
from corpus.filters.tiers import TIERS
from corpus.look.scan import Scan
from corpus.look.words import count_text

NO_HIGH_SIMILARITY = (
    "this encoder has no bound for pairs of high similarity, so give one that suits its scale as "
    "tiers.high_similarity"
)
NO_FACES = "faces were not looked for on all pictures"


@dataclass(frozen=True)
class TierCount:
    """Kept documents inside of a tier, and those of which it is not decided."""

    tier: str
    n_in: int
    n_undecided: int


def tier_counts(scan: Scan) -> list[TierCount]:
    """Every tier, over the kept documents."""
    counts: Counter[tuple[str, bool | None]] = Counter()
    names = [f"in_{tier}" for tier in TIERS]
    for batch in scan("document_decisions", ["outcome", *names]):
        outcomes = batch.column("outcome").to_pylist()
        for tier, name in zip(TIERS, names, strict=True):
            answers = zip(outcomes, batch.column(name).to_pylist(), strict=True)
            counts.update((tier, answer) for outcome, answer in answers if outcome == KEPT)
    return [TierCount(tier, counts[tier, True], counts[tier, None]) for tier in TIERS]


def tier_text(counted: TierCount, settings: Settings) -> str:
    """One line: how many, and why not of all."""
    text = f"{counted.tier.replace('_', '-')}: {count_text(counted.n_in)} documents"
    if not counted.n_undecided:
        return text
    lacks_high = counted.tier != "ff" and settings.tiers.high_similarity is None
    reasons = [NO_HIGH_SIMILARITY] * lacks_high + [NO_FACES] * (counted.tier != "core")
    return f"{text}, {count_text(counted.n_undecided)} not decided: {'; '.join(reasons)}"
