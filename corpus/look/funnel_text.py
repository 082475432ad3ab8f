"""The funnel as text, for the end of a build.

Goes in: the rows of the table `funnel`. Comes out: a table of at most 100 columns, one block per unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from corpus.look.funnel import Line, Step, Waterfall, seconds_in, waterfalls
from corpus.look.words import bytes_text, count_text, seconds_text, share_text

NAME_COLUMNS = 36
CELL_COLUMNS = (15, 10, 10, 10, 14)
HEADS = ("count", "of step", "of input", "bytes", "time")


def format_funnel(funnel: pa.Table) -> str:
    """All waterfalls, then the time of the tables that stand in none of them."""
    shown = waterfalls(funnel)
    blocks = ["\n".join(unit_lines(waterfall)) for waterfall in shown]
    return "\n\n".join([*blocks, time_line(shown, seconds_in(funnel))])


def unit_lines(waterfall: Waterfall) -> list[str]:
    lines = [text_line(waterfall.unit, HEADS)]
    for step in waterfall.steps:
        lines.append(step_line(step))
        if any(not line.is_kept for line in step.lines):
            lines.extend(outcome_line(line) for line in step.lines)
    return lines


def step_line(step: Step) -> str:
    """The step as a whole; one that dropped nothing has no other line, so its shares stand here."""
    n_bytes = sum(line.n_bytes for line in step.lines)
    shares = shares_of(step.lines[0]) if len(step.lines) == 1 and step.lines[0].is_kept else ("", "")
    seconds = "" if step.seconds is None else seconds_text(step.seconds)
    cells = (count_text(step.n_in), *shares, bytes_text(n_bytes) if n_bytes else "", seconds)
    return text_line(f"  {step.table}", cells)


def outcome_line(line: Line) -> str:
    n_bytes = bytes_text(line.n_bytes) if line.n_bytes else ""
    return text_line(f"    {line.outcome}", (count_text(line.n_rows), *shares_of(line), n_bytes, ""))


def shares_of(line: Line) -> tuple[str, str]:
    return share_text(line.share_of_step), share_text(line.share_of_input)


def text_line(name: str, cells: Sequence[str]) -> str:
    """Name on the left, cells on the right; a long name is cut so that columns stay aligned."""
    shown = name if len(name) <= NAME_COLUMNS else name[: NAME_COLUMNS - 1] + "…"
    padded = (cell.rjust(width) for cell, width in zip(cells, CELL_COLUMNS, strict=True))
    return (shown.ljust(NAME_COLUMNS) + "".join(padded)).rstrip()


def time_line(waterfalls: Sequence[Waterfall], stage_seconds: Mapping[str, float]) -> str:
    shown = {step.table for waterfall in waterfalls for step in waterfall.steps if step.seconds is not None}
    others = [
        f"{table} {seconds_text(seconds)}"
        for table, seconds in stage_seconds.items()
        if seconds and table not in shown
    ]
    total = f"time in all: {seconds_text(sum(stage_seconds.values()))}"
    return f"{total}; of it {', '.join(others)}" if others else total
