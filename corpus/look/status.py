"""How far a build is, seen from any machine: nothing is asked of Spark, nothing is written.

Goes in: the folder or URI of a build under way or finished. Comes out: a `Status`. Read are `plan.json`, `running.json`
or `build.json`, one listing per table, and of each table the newest manifests. A chunk counts as done when its manifest
is there; whether its inputs changed since is found by the build alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from corpus.catalog import Place, at_once
from corpus.columns import CORPUS, KEPT
from corpus.errors import InputError
from corpus.history import BUILD, RUNNING, is_under_way
from corpus.manifest import Manifest, chunk_folder, read_manifest, table_folder
from corpus.plan import chunk_name, read_plan
from corpus.storage import join, read_json
from corpus.table_listing import LISTINGS_AT_ONCE, list_table
from corpus.tables import TABLES
from corpus.tables.product import FUNNEL

FINISHED, UNDER_WAY, STALLED, UNFINISHED = "finished", "under way", "stalled", "unfinished"
TOLD_FAILURES = ("warc_files", "documents", "images", "image_features")
SLOWEST = 5
RATE_CHUNKS = 100
"""Chunks over which a rate is told: the newest ones, since settings and machines change on the way."""

Times = Mapping[str, float]


class Listed(NamedTuple):
    """Chunks of a table that are finished, and when those told of were written, the newest first."""

    n_done: int
    times: Times


@dataclass(frozen=True)
class Prices:
    """What an hour costs of everything that runs while the build does, and of the stages that run on something else."""

    currency: str
    per_hour: float
    stage_per_hour: Mapping[str, float]


@dataclass(frozen=True)
class TableStatus:
    """One table: chunks done of all, rows, counts and rate as far as manifests were read, `n_read` of them. `left_s` is
    None where no rate is known yet, `busy_s` the time in which at least one of its chunks was worked on."""

    table: str
    n_done: int
    n_chunks: int
    n_read: int
    n_rows: int
    rows_per_s: float | None
    left_s: float | None
    busy_s: float
    failures: Mapping[str, int]
    slowest: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Status:
    """A build: its state, its tables in order, seconds since something of it was written, and what it cost so far."""

    out: str
    state: str
    stage: str | None
    begun: str | None
    idle_s: float | None
    tables: tuple[TableStatus, ...]
    cost: float | None
    currency: str | None

    @property
    def left_s(self) -> float | None:
        """Seconds left of the tables that are begun; None when none of them is under way."""
        known = [table.left_s for table in self.tables if table.left_s]
        return sum(known) if known else None


def read_status(
    out: str, newest: int = 500, stalled_after_s: float = 3600.0, prices: Prices | None = None
) -> Status:
    """The status of the build at `out`, from the `newest` manifests of each table, or from all with 0. InputError when
    there is no build."""
    n_chunks = len(read_plan(out))
    running, build = read_json(join(out, RUNNING)), read_json(join(out, BUILD))
    told = running or build
    if not n_chunks or told is None:
        raise InputError(
            f"{out} has no plan.json, or neither {RUNNING} nor {BUILD}: no build was begun there"
        )
    names = [
        name for name in TABLES if name in told["digests"] and name != FUNNEL.name
    ]  # an older build has fewer
    places = [(out, name, told["digests"][name]) for name in names]
    listed = at_once(lambda place: newest_of(place, n_chunks, newest), places, LISTINGS_AT_ONCE)
    tables = tuple(
        table_status(place[1], newest_manifests(place, found.times), found, n_chunks)
        for place, found in zip(places, listed, strict=True)
    )
    written = [at for found in listed for at in found.times.values()]
    idle_s = time.time() - max(written) if written else None
    is_whole = all(table.n_done == table.n_chunks for table in tables)
    return Status(
        out=out,
        state=state_of(told, build, is_whole, idle_s, stalled_after_s),
        stage=told.get("stage"),
        begun=told.get("begun"),
        idle_s=idle_s,
        tables=tables,
        cost=cost_of(tables, prices) if prices else None,
        currency=prices.currency if prices else None,
    )


def state_of(
    told: Mapping[str, Any],
    build: Mapping[str, Any] | None,
    is_whole: bool,
    idle_s: float | None,
    stalled_after_s: float,
) -> str:
    """Finished: all tables are there and `build.json` names them; stalled: the build did not say that it ended, and has
    written nothing for so long."""
    if told.get("begun") and is_under_way(told):
        return UNDER_WAY if idle_s is None or idle_s < stalled_after_s else STALLED
    is_told = build is not None and build["digests"] == told["digests"]
    return FINISHED if is_whole and is_told else UNFINISHED


def newest_of(place: Place, n_chunks: int, newest: int) -> Listed:
    """How many chunks of a table are finished, and the times of the `newest` ones, or with 0 of all; by one listing."""
    found = list_table(table_folder(*place))
    numbers, times = found.manifests[found.manifests < n_chunks], found.written_ns[found.manifests < n_chunks]
    last = np.lexsort((numbers, times))[::-1][: newest or None]
    names = map(chunk_name, numbers[last].tolist())
    return Listed(len(numbers), dict(zip(names, (times[last] / 1e9).tolist(), strict=True)))


def newest_manifests(place: Place, times: Times) -> list[Manifest]:
    """The manifests written last, the last one first; one that was cleared since it was listed is left out."""
    read = at_once(lambda chunk: read_manifest(chunk_folder(*place, chunk)), list(times))
    return [manifest for manifest in read if manifest is not None]


def table_status(table: str, manifests: Sequence[Manifest], found: Listed, n_chunks: int) -> TableStatus:
    times = found.times
    chunks_per_s = chunk_rate(manifests, times, TABLES[table].scope == CORPUS)
    n_rows, n_left = sum(manifest.n_rows for manifest in manifests), n_chunks - found.n_done
    rate = chunks_per_s * n_rows / len(manifests) if chunks_per_s else None
    return TableStatus(
        table=table,
        n_done=found.n_done,
        n_chunks=n_chunks,
        n_read=len(manifests),
        n_rows=n_rows,
        rows_per_s=rate,
        left_s=n_left / chunks_per_s if chunks_per_s else None,
        busy_s=busy_s(manifests, times, TABLES[table].scope == CORPUS)
        * found.n_done
        / max(len(manifests), 1),
        failures=failures_of(manifests) if table in TOLD_FAILURES else {},
        slowest=slowest_of(manifests) if TABLES[table].scope != CORPUS else (),
    )


def chunk_rate(manifests: Sequence[Manifest], times: Times, corpus_wide: bool) -> float | None:
    """Chunks per second of the time in which the newest ones were worked on."""
    latest = manifests[:RATE_CHUNKS]
    seconds = busy_s(latest, times, corpus_wide)
    return len(latest) / seconds if seconds else None


def busy_s(manifests: Iterable[Manifest], times: Times, corpus_wide: bool) -> float:
    """Seconds in which at least one of the chunks was worked on: chunks run side by side, and a build may pause. One
    job makes all chunks of a corpus-wide table, and each tells its share of the time."""
    if corpus_wide:
        return sum(manifest.elapsed_s for manifest in manifests)
    spans = sorted((times[each.chunk] - each.elapsed_s, times[each.chunk]) for each in manifests)
    total, until = 0.0, float("-inf")
    for begun, ended in spans:
        total += max(0.0, ended - max(begun, until))
        until = max(until, ended)
    return total


def failures_of(manifests: Iterable[Manifest]) -> dict[str, int]:
    """Rows by outcome but `kept`, commonest first."""
    counts: Counter[str] = Counter()
    for manifest in manifests:
        for count in (count for part in manifest.parts for count in part.counts):
            if not count.item and count.outcome != KEPT:
                counts[count.outcome] += count.n
    return dict(counts.most_common())


def slowest_of(manifests: Sequence[Manifest]) -> tuple[tuple[str, float], ...]:
    ranked = sorted(manifests, key=lambda manifest: -manifest.elapsed_s)
    return tuple((each.chunk, each.elapsed_s) for each in ranked[:SLOWEST] if each.elapsed_s)


def cost_of(tables: Iterable[TableStatus], prices: Prices) -> float:
    """Hours in which a table was worked on, times what its hour costs; waiting between tables is not counted."""
    return sum(
        table.busy_s / 3600 * prices.stage_per_hour.get(table.table, prices.per_hour) for table in tables
    )
