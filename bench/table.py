"""The table of results as text.

Goes in: timings. Comes out: lines of cells, and the table with its columns aligned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from statistics import median

from bench.timing import Timing, median_cpu_ratio, median_cpu_s, median_rate, median_ratio

NONE = "-"


@dataclass(frozen=True)
class Line:
    """The cells of one line. `ratio` says how many times as fast ours is or, of the build, how many times as dear."""

    what: str
    ours: str
    our_cpu_s: str = NONE
    beside: str = NONE
    theirs: str = NONE
    their_cpu_s: str = NONE
    ratio: str = NONE
    cpu_ratio: str = NONE


HEADER = Line("", "ours", "CPU s", "beside", "theirs", "CPU s", "ratio", "CPU ratio")
LEFT = (0, 3)
"""Columns of words; the others are numbers and end at the same place."""


def number(value: float) -> str:
    """Three digits, more before the point, one for what is under a tenth."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.1g}"


def rate_lines(verb: str, unit: str, what: str, timings: Mapping[str, Sequence[Timing]]) -> list[Line]:
    """Our rate, the first of `timings`, beside each of the others; what is the same is said once."""
    (_, ours), *others = timings.items()
    lines: list[Line] = []
    for name, theirs in others:
        first = not lines
        lines.append(
            Line(
                f"{verb} {ours[0].n:,} {unit} {what}" if first else "",
                f"{number(median_rate(ours))} {unit}/s" if first else "",
                number(median_cpu_s(ours)) if first else "",
                name if theirs[0].n == ours[0].n else f"{name}: {theirs[0].n:,} {unit}",
                f"{number(median_rate(theirs))} {unit}/s",
                number(median_cpu_s(theirs)),
                number(median_ratio(ours, theirs)),
                number(median_cpu_ratio(ours, theirs)),
            )
        )
    return lines


def core_line(unit: str, timings: Mapping[str, Sequence[Timing]]) -> Line:
    """Our rate per second of core time beside that of the other."""
    (_, ours), (name, theirs) = timings.items()
    rates = [
        f"{number(median(each.n / each.cpu_s for each in own))} {unit}/s per core" for own in (ours, theirs)
    ]
    return Line("", rates[0], beside=name, theirs=rates[1], cpu_ratio=number(median_cpu_ratio(ours, theirs)))


def step_lines(verb: str, unit: str, n: int, steps: Mapping[str, float]) -> list[Line]:
    """Milliseconds per unit of each step, and its share; the last of `steps` (seconds) is the whole."""
    *_, whole_s = steps.values()
    lines = [Line(f"{verb} {n:,} {unit}s, step by step", "")]
    for name, own_s in steps.items():
        share = f"{number(1000 * own_s / n)} ms/{unit} {100 * own_s / whole_s:3.0f} %"
        lines.append(Line(f"  {name}", share))
    return lines


def growth_lines(sizes: Sequence[tuple[int, float]]) -> list[Line]:
    """CPU milliseconds per page in files of several sizes: the same when time grows as the file does."""
    return [
        Line(
            f"extract one file of {n_pages:,} pages",
            f"{number(1000 * cpu_s / n_pages)} ms/page",
            number(cpu_s),
        )
        for n_pages, cpu_s in sizes
    ]


def seconds(value_s: float, whole_s: float) -> str:
    """Seconds and their share of the whole."""
    return f"{number(value_s)} s {100 * value_s / whole_s:3.0f} %"


def verdict(value_s: float, bound_s: float) -> str:
    """Whether a time is within its bound."""
    return "pass" if value_s <= bound_s else "FAIL"


def format_table(lines: Sequence[Line]) -> str:
    rows = [[str(cell) for cell in astuple(line)] for line in (HEADER, *lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    text = [
        "  ".join(
            cell.ljust(width) if index in LEFT else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    rule = "-" * max(map(len, text))
    return "\n".join([text[0], rule, *text[1:]])
