"""Made-up outcomes of a build whose funnel adds up, so that accounting for millions of them can be checked.

Goes in: how many units a part begins with. Comes out: what the part of each table counts.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from corpus.columns import KEPT
from corpus.look.funnel import CHAINS
from corpus.look.tallies import ITEM_UNITS, OUTCOMES, ROW_UNITS
from corpus.manifest import Count, Part

FEWEST, DIFFERENT = 1000, 64
BYTES_EACH = 1000


def made_up_part(table: str, chunk: str, number: int) -> Part:
    """What a task would have told of a part; how much is in it follows from chunk and number."""
    name = f"part-{number:05d}.parquet"
    sha256 = hashlib.sha256(f"{table} {chunk} {name}".encode()).hexdigest()
    counts = made_up_counts(units_in(chunk, number)).get(table, (Count("", KEPT, FEWEST, 0),))
    n_rows = sum(count.n for count in counts if not count.item)
    return Part(table, chunk, name, n_rows, 10**8, sha256, tuple(counts))


def units_in(chunk: str, number: int) -> int:
    return FEWEST + int(hashlib.sha256(f"{chunk} {number}".encode()).hexdigest(), 16) % DIFFERENT


@lru_cache(maxsize=DIFFERENT)
def made_up_counts(n_units: int) -> dict[str, Sequence[Count]]:
    """Counts by table. Of every unit the first table of its chain gets so many, and each on the way drops a tenth."""
    counts: dict[str, list[Count]] = defaultdict(list)
    for unit, chain in CHAINS.items():
        held = {KEPT: n_units}
        for link in chain:
            item = item_of(unit, link.table)
            n_dropped = 0 if (link.table, item) in OUTCOMES else held[KEPT] // 10
            carried = held if link.carries else {}
            held = {**carried, KEPT: held[KEPT] - n_dropped, f"dropped_by_{link.table}": n_dropped}
            counts[link.table] += [Count(item, outcome, n, n * BYTES_EACH) for outcome, n in held.items()]
    return dict(counts)


def item_of(unit: str, table: str) -> str:
    """The list column whose items of this unit a table counts; empty where its rows are the unit."""
    if ROW_UNITS.get(table) == unit:
        return ""
    return next(item for (name, item), of in ITEM_UNITS.items() if (name, of) == (table, unit))
