"""What a filter is: a name, a score, a source. The settings hold the bound; together they decide.

The name of a filter is its key in the settings, the name of its score and the drop reason, so that a reader of any of
the three finds the other two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpus.columns import KEPT, Row
from corpus.config import Filters


@dataclass(frozen=True)
class Filter:
    """A score of one row; None where it cannot be measured, which every bound passes. `source` is the paper, table or
    page that the rule and its default bound are from."""

    name: str
    score: Callable[[Row], float | None]
    source: str


def judge(filters: Sequence[Filter], bounds: Filters, row: Row) -> tuple[str, dict[str, float | None]]:
    """All scores of a row, and `kept` or the name of the first filter, in their order, whose bound it breaks."""
    scores = {each.name: each.score(row) for each in filters}
    for name, score in scores.items():
        if not getattr(bounds, name).passes(score):
            return name, scores
    return KEPT, scores
