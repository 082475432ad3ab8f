"""What is kept of a manifest, and what those of many chunks add up to.

Goes in: manifests. Comes out: an `Entry` per chunk, without what it says of single parts, and a `Total` per table,
whose size depends on neither chunks nor parts.
"""

from __future__ import annotations

import hashlib
import json
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import add
from typing import Any

from corpus.manifest import Count, Manifest, Part

MOST_SHARED = 10_000
"""Values that are looked up for an equal one: more of them are no longer common to chunks."""
PIECE_BYTES = 10 * 2**20
"""What pyarrow sends of a file at a time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of a manifest: all but what it says of single parts. `names` are those of the parts, `n_bytes` is
    what their files hold, `counts` are added up over them; kept are their (item, outcome), the same of many chunks, and
    their n, then their n_bytes."""

    table: str
    digest: str
    chunk: str
    settings: Mapping[str, Any]
    inputs: Mapping[str, str]
    fingerprint: str
    elapsed_s: float
    core_s: float
    gpu_s: float
    names: tuple[str, ...]
    n_rows: int
    n_bytes: int
    counted: tuple[tuple[str, str], ...]
    tallies: array[int]

    @property
    def counts(self) -> tuple[Count, ...]:
        n = len(self.counted)
        return (
            tuple(map(Count, *zip(*self.counted, strict=True), self.tallies[:n], self.tallies[n:]))
            if n
            else ()
        )


class Common:
    """What many chunks have in common (settings, names of parts), in memory once."""

    def __init__(self) -> None:
        self.values: dict[bytes, Any] = {}

    def once(self, value: Any) -> Any:
        """The value, or an equal one that is in memory already."""
        if len(self.values) >= MOST_SHARED:
            self.values.clear()
        canonical = json.dumps(value, sort_keys=True).encode()
        return self.values.setdefault(hashlib.sha256(canonical).digest(), value)


def entry_of(manifest: Manifest, common: Common) -> Entry:
    counts = added_up(manifest.parts)
    return Entry(
        table=sys.intern(manifest.table),
        digest=sys.intern(manifest.digest),
        chunk=sys.intern(manifest.chunk),
        settings=common.once(manifest.settings),
        inputs={sys.intern(name): sys.intern(made_as) for name, made_as in manifest.inputs.items()},
        fingerprint=manifest.fingerprint,
        elapsed_s=manifest.elapsed_s,
        core_s=manifest.core_s,
        gpu_s=manifest.gpu_s,
        names=common.once(tuple(part.name for part in manifest.parts)),
        n_rows=manifest.n_rows,
        n_bytes=sum(part.file_bytes for part in manifest.parts),
        counted=common.once(tuple((count.item, count.outcome) for count in counts)),
        tallies=array("q", [count.n for count in counts] + [count.n_bytes for count in counts]),
    )


def added_up(parts: Iterable[Part]) -> tuple[Count, ...]:
    """The counts of parts by item and outcome, in their order."""
    return summed(count for part in parts for count in part.counts)


@dataclass(frozen=True, slots=True)
class Total:
    """Entries of a table added up. `n_pieces` are the pieces of PIECE_BYTES in which their files were sent, `n_files`
    the inputs of those whose tasks' time was told, `core_s` the time of tasks that had no GPU."""

    table: str
    n_chunks: int
    n_parts: int
    n_pieces: int
    n_files: int
    n_rows: int
    n_bytes: int
    elapsed_s: float
    core_s: float
    gpu_s: float
    counts: tuple[Count, ...]


ADDED = tuple(field.name for field in fields(Total) if field.name not in ("table", "counts"))


def total_of(table: str, entries: Iterable[Entry]) -> Total:
    """One pass over the entries, of which none is kept."""
    added: dict[str, Any] = {name: 0.0 if name.endswith("_s") else 0 for name in ADDED}
    tallies: dict[tuple[tuple[str, str], ...], Sequence[int]] = {}
    for entry in entries:
        added["n_chunks"] += 1
        added["n_parts"] += len(entry.names)
        added["n_pieces"] += entry.n_bytes // PIECE_BYTES + len(entry.names)
        added["n_files"] += len(entry.inputs) if entry.core_s else 0
        added["n_rows"] += entry.n_rows
        added["n_bytes"] += entry.n_bytes
        added["elapsed_s"] += entry.elapsed_s
        added["gpu_s" if entry.gpu_s else "core_s"] += entry.gpu_s or entry.core_s
        before = tallies.get(entry.counted)
        tallies[entry.counted] = list(map(add, before, entry.tallies)) if before else entry.tallies
    counts = [
        Count(item, outcome, n, n_bytes)
        for counted, sums in tallies.items()
        for (item, outcome), n, n_bytes in zip(
            counted, sums[: len(counted)], sums[len(counted) :], strict=True
        )
    ]
    return Total(table, **added, counts=summed(counts))


def plus(total: Total, other: Total) -> Total:
    """Of the chunks of both."""
    added = {name: getattr(total, name) + getattr(other, name) for name in ADDED}
    return Total(total.table, **added, counts=summed([*total.counts, *other.counts]))


def total_from(told: Mapping[str, Any]) -> Total:
    """A total from what `dataclasses.asdict` makes of it."""
    return Total(**{**told, "counts": tuple(Count(**count) for count in told["counts"])})


def summed(counts: Iterable[Count]) -> tuple[Count, ...]:
    """Counts added up by item and outcome, in their order."""
    n: Counter[tuple[str, str]] = Counter()
    n_bytes: Counter[tuple[str, str]] = Counter()
    for count in counts:
        key = (sys.intern(count.item), sys.intern(count.outcome))
        n[key] += count.n
        n_bytes[key] += count.n_bytes
    return tuple(Count(*key, n=n[key], n_bytes=n_bytes[key]) for key in sorted(n))
