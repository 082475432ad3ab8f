"""Spreads of scores as text, one line per filter.

Goes in: `UnitSpreads`. Comes out: lines with a histogram of one character per bin.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from corpus.look.scores import PERCENTS, Spread, UnitSpreads
from corpus.look.words import bound_text, count_text, number_text

HEIGHTS = " ▁▂▃▄▅▆▇█"
NAME_COLUMNS, BOUND_COLUMNS, CELL_COLUMNS = 38, 25, 9


def format_spreads(unit: UnitSpreads, names: Collection[str] = ()) -> Iterator[str]:
    """The lines of one unit; of these filters alone, when some are named."""
    shown = [each for each in unit.spreads if not names or each.name in names]
    if not shown:
        return
    thinned = f", from one in {count_text(unit.stride)}" if unit.stride > 1 else ""
    yield f"{unit.unit}s: {count_text(unit.n_judged)} judged, {count_text(unit.n_kept)} pass{thinned}"
    heads = ["drops", "alone", *(f"{percent} %" if percent != 50 else "median" for percent in PERCENTS)]
    yield " " * (NAME_COLUMNS + BOUND_COLUMNS) + "".join(head.rjust(CELL_COLUMNS) for head in heads)
    yield from map(spread_line, shown)


def spread_line(spread: Spread) -> str:
    cells = [spread.n_dropped, spread.n_alone]
    head = f"  {spread.name}".ljust(NAME_COLUMNS) + bound_text(spread.bound).ljust(BOUND_COLUMNS)
    texts = [*map(count_text, cells), *map(number_text, spread.percentiles)]
    line = head + "".join(text.rjust(CELL_COLUMNS) for text in texts)
    return f"{line}  {bars(spread)}" if spread.percentiles else f"{line}  not measured"


def bars(spread: Spread) -> str:
    """A bin that holds anything is never blank."""
    highest = max(spread.counts)
    steps = len(HEIGHTS) - 1
    return "".join(HEIGHTS[-(-n * steps // highest)] for n in spread.counts)
