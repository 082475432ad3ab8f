"""The funnel: what became of every file, page, sentence and picture, step by step, and whether it adds up.

Goes in: tallies, counted from written data, and seconds per table. Comes out: the rows of the table `funnel`,
and from these one waterfall per unit; or a DataError that names the table and the numbers that do not fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa

from corpus.columns import KEPT
from corpus.errors import DataError
from corpus.tables import TABLES
from corpus.tables.product import FUNNEL

FILE = "file"
PAGE = "page"
SENTENCE = "sentence"
IMAGE_REFERENCE = "image reference"
IMAGE_URL = "image URL"
IMAGE_CONTENT = "image content"


@dataclass(frozen=True)
class Tally:
    """How many units of `table` ended as `outcome`, and how many bytes they stand for."""

    unit: str
    table: str
    outcome: str
    n_rows: int
    n_bytes: int = 0


@dataclass(frozen=True)
class Link:
    """One table on the way of a unit. Where it `carries`, units dropped earlier stay in it under their old
    outcome; else it holds only the units that the table before kept."""

    table: str
    carries: bool = False


CHAINS: dict[str, tuple[Link, ...]] = {
    FILE: (Link("warc_files"),),
    PAGE: (
        Link("warc_files"),
        Link("documents"),
        Link("page_decisions", carries=True),
        Link("document_decisions", carries=True),
        Link("interleaved"),
    ),
    SENTENCE: (
        Link("documents"),
        Link("page_decisions", carries=True),
        Link("block_decisions"),
        Link("document_decisions"),
        Link("interleaved"),
    ),
    IMAGE_REFERENCE: (
        Link("documents"),
        Link("page_decisions", carries=True),
        Link("image_decisions"),
        Link("alignments"),
        Link("document_decisions"),
        Link("interleaved"),
    ),
    IMAGE_URL: (Link("image_urls"), Link("images")),
    IMAGE_CONTENT: (Link("image_contents"), Link("image_features")),
}
TALLY = ["unit", "table", "outcome", "n_rows", "n_bytes"]
TIMED_UNIT = {
    "documents": PAGE,
    "page_decisions": PAGE,
    "document_decisions": PAGE,
    "interleaved": PAGE,
    "warc_files": FILE,
}


@dataclass(frozen=True)
class Line:
    """Units of one step with one outcome; shares are of the step's and of the waterfall's input, 0 to 1."""

    outcome: str
    n_rows: int
    n_bytes: int
    share_of_step: float
    share_of_input: float

    @property
    def is_kept(self) -> bool:
        return self.outcome == KEPT


@dataclass(frozen=True)
class Step:
    """What one table did to the units that reached it: drops from the largest, then what was kept. `seconds`
    is None where the table's time stands with another unit or table."""

    table: str
    n_in: int
    lines: tuple[Line, ...]
    seconds: float | None


@dataclass(frozen=True)
class Waterfall:
    """The steps of one unit."""

    unit: str
    n_in: int
    steps: tuple[Step, ...]

    @property
    def n_kept(self) -> int:
        return sum(line.n_rows for line in self.steps[-1].lines if line.is_kept)


Counts = Mapping[tuple[str, str], Mapping[str, int]]


def add_tallies(tallies: Iterable[Tally]) -> list[Tally]:
    """Tallies of chunks or parts added up, in order of unit, table and outcome."""
    n_rows: Counter[tuple[str, str, str]] = Counter()
    n_bytes: Counter[tuple[str, str, str]] = Counter()
    for tally in tallies:
        key = (tally.unit, tally.table, tally.outcome)
        n_rows[key] += tally.n_rows
        n_bytes[key] += tally.n_bytes
    return [Tally(*key, n_rows=n_rows[key], n_bytes=n_bytes[key]) for key in sorted(n_rows)]


def counts_of(tallies: Iterable[Tally]) -> Counts:
    """Counts by outcome of each (unit, table)."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for tally in tallies:
        counts.setdefault((tally.unit, tally.table), Counter())[tally.outcome] += tally.n_rows
    return counts


def check_funnel(tallies: Iterable[Tally]) -> None:
    """Raise DataError where a table does not hold exactly what the one before left to it."""
    counts = counts_of(tallies)
    for unit, chain in CHAINS.items():
        for before, link in pairwise(chain):
            check_link(unit, before.table, link, counts)


def check_link(unit: str, before: str, link: Link, counts: Counts) -> None:
    earlier, later = counts.get((unit, before), {}), counts.get((unit, link.table), {})
    n_later = sum(later.values())
    held = f"{link.table} holds {n_later} {unit}s"
    if not link.carries:
        if n_later != earlier.get(KEPT, 0):
            raise mismatch(f"{held}, but {before} kept {earlier.get(KEPT, 0)}")
        return
    if n_later != sum(earlier.values()):
        raise mismatch(f"{held}, but {before} holds {sum(earlier.values())}")
    for outcome, n in earlier.items():
        n_carried = later.get(outcome, 0)
        if outcome != KEPT and n_carried != n:
            raise mismatch(f"{link.table} holds {n_carried} {unit}s as {outcome}, but {before} {n}")


def mismatch(what: str) -> DataError:
    remedy = "rows were lost or written twice: remove both tables and build again"
    return DataError(f"the funnel does not add up: {what}; {remedy}")


def waterfalls(funnel: pa.Table) -> list[Waterfall]:
    """One waterfall per unit, in the order of CHAINS, from the rows of the table `funnel`."""
    tallies, stage_seconds = tallies_in(funnel), seconds_in(funnel)
    return [
        waterfall(unit, [tally for tally in tallies if tally.unit == unit], stage_seconds) for unit in CHAINS
    ]


def tallies_in(funnel: pa.Table) -> list[Tally]:
    return [Tally(*(row[name] for name in TALLY)) for row in funnel.select(TALLY).to_pylist()]


def seconds_in(funnel: pa.Table) -> dict[str, float]:
    """Seconds by table, tables in the order in which they are made."""
    seconds = dict(zip(*(funnel.column(name).to_pylist() for name in ("table", "stage_s")), strict=True))
    return {table: seconds[table] for table in TABLES if table in seconds}


def waterfall(unit: str, tallies: Sequence[Tally], stage_seconds: Mapping[str, float]) -> Waterfall:
    n_input = sum(tally.n_rows for tally in tallies if tally.table == CHAINS[unit][0].table)
    steps, carried = [], set[str]()
    for link in CHAINS[unit]:
        held = [tally for tally in tallies if tally.table == link.table]
        fresh = [tally for tally in held if not (link.carries and tally.outcome in carried)]
        is_timed = TIMED_UNIT.get(link.table, unit) == unit
        steps.append(step(link.table, fresh, n_input, stage_seconds.get(link.table) if is_timed else None))
        carried |= {tally.outcome for tally in held if tally.outcome != KEPT}
    return Waterfall(unit, n_input, tuple(steps))


def step(table: str, tallies: Sequence[Tally], n_input: int, seconds: float | None) -> Step:
    """Outcomes that nothing met are left out, but for `kept`."""
    n_in = sum(tally.n_rows for tally in tallies)
    met = [tally for tally in tallies if tally.n_rows or tally.outcome == KEPT]
    met.sort(key=lambda tally: (tally.outcome == KEPT, -tally.n_rows, tally.outcome))
    lines = tuple(
        Line(
            tally.outcome,
            tally.n_rows,
            tally.n_bytes,
            share(tally.n_rows, n_in),
            share(tally.n_rows, n_input),
        )
        for tally in met
    )
    return Step(table, n_in, lines, seconds or None)


def share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def funnel_table(tallies: Iterable[Tally], stage_seconds: Mapping[str, float]) -> pa.Table:
    """The rows of the table `funnel`."""
    return pa.Table.from_pylist(
        [
            {
                "unit": tally.unit,
                "table": tally.table,
                "outcome": tally.outcome,
                "n_rows": tally.n_rows,
                "n_bytes": tally.n_bytes,
                "stage_s": stage_seconds.get(tally.table, 0.0),
            }
            for tally in add_tallies(tallies)
        ],
        schema=FUNNEL.schema,
    )
