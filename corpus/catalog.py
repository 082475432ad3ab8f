"""The catalog of a run: which chunks of tables are there and what their manifests say, each looked up once.

Goes in: a table, by its output folder, name and digest. Comes out: an `Entry` per finished chunk. A table is listed
once and what the listing shows is what exists: whoever writes chunks tells the catalog, and nobody else writes the
same table meanwhile. Manifests are read many at a time, and kept of each is what grows with chunks, not with parts.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from corpus.manifest import (
    Count,
    Manifest,
    Part,
    chunk_folder,
    clear_chunk,
    clear_others,
    read_manifest,
    write_manifest,
)
from corpus.storage import join, names_in

REQUESTS_AT_ONCE = 32
Given = TypeVar("Given")
Made = TypeVar("Made")

Place = tuple[str, str, str]
"""A table: output folder, name, digest."""


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


class Catalog:
    """What is known of tables, for any number of threads. What many chunks have in common (settings, inputs, names of
    parts) is in memory once."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.found: dict[tuple[str, str], list[str]] = {}
        self.listed: dict[Place, set[str]] = {}
        self.known: dict[Place, dict[str, Entry]] = {}
        self.shared: dict[bytes, Any] = {}

    def entries(self, place: Place, chunks: Iterable[str] | None = None) -> dict[str, Entry]:
        """The entries of those of the chunks that are finished, or of all that are, in the order of the chunks."""
        with self.lock:
            wanted = sorted(self.chunks(place)) if chunks is None else list(chunks)
            known = self.known.setdefault(place, {})
            missing = [chunk for chunk in wanted if chunk not in known]
            if len(missing) > 1:  # for one a listing would be a request more
                missing = [chunk for chunk in missing if chunk in self.chunks(place)]
            found = at_once(lambda chunk: self.read(place, chunk), missing)
            known |= {entry.chunk: entry for entry in found if entry is not None}
            return {chunk: known[chunk] for chunk in wanted if chunk in known}

    def read(self, place: Place, chunk: str) -> Entry | None:
        manifest = read_manifest(chunk_folder(*place, chunk))
        return None if manifest is None else self.entry(manifest)

    def digests(self, out: str, table: str) -> list[str]:
        """Every digest that an output folder has of a table."""
        with self.lock:
            if (out, table) not in self.found:
                self.found[out, table] = names_in(join(out, "tables", table))
            return self.found[out, table]

    def chunks(self, place: Place) -> set[str]:
        """Names of the chunks that have a folder, finished or not."""
        with self.lock:
            if place not in self.listed:
                out, table, table_digest = place
                names = names_in(join(out, "tables", table, table_digest))
                self.listed[place] = {name.removeprefix("chunk=") for name in names}
            return self.listed[place]

    def clear(self, place: Place, chunks: Sequence[str]) -> None:
        """Remove what is there of chunks that are to be made."""
        with self.lock:
            there = [chunk for chunk in chunks if chunk in self.chunks(place)]
            for chunk in chunks:
                self.known.setdefault(place, {}).pop(chunk, None)
        at_once(lambda chunk: clear_chunk(chunk_folder(*place, chunk)), there)

    def commit(self, place: Place, manifests: Sequence[Manifest]) -> None:
        """Remove what lies beside the parts of the manifests, then write these: the chunks are finished."""

        def write(manifest: Manifest) -> Entry:
            folder = chunk_folder(*place, manifest.chunk)
            clear_others(folder, manifest.parts)
            write_manifest(folder, manifest)
            return self.entry(manifest)

        written = at_once(write, manifests)
        with self.lock:
            self.chunks(place).update(entry.chunk for entry in written)
            self.known.setdefault(place, {}).update({entry.chunk: entry for entry in written})

    def entry(self, manifest: Manifest) -> Entry:
        counts = added_up(manifest.parts)
        return Entry(
            table=sys.intern(manifest.table),
            digest=sys.intern(manifest.digest),
            chunk=sys.intern(manifest.chunk),
            settings=self.once(manifest.settings),
            inputs={sys.intern(name): sys.intern(made_as) for name, made_as in manifest.inputs.items()},
            fingerprint=sys.intern(manifest.fingerprint),
            elapsed_s=manifest.elapsed_s,
            core_s=manifest.core_s,
            gpu_s=manifest.gpu_s,
            names=self.once(tuple(part.name for part in manifest.parts)),
            n_rows=manifest.n_rows,
            n_bytes=sum(part.file_bytes for part in manifest.parts),
            counted=self.once(tuple((count.item, count.outcome) for count in counts)),
            tallies=array("q", [count.n for count in counts] + [count.n_bytes for count in counts]),
        )

    def once(self, value: Any) -> Any:
        """The value, or an equal one that is in memory already."""
        canonical = json.dumps(value, sort_keys=True).encode()
        return self.shared.setdefault(hashlib.sha256(canonical).digest(), value)


def added_up(parts: Iterable[Part]) -> tuple[Count, ...]:
    """The counts of parts by item and outcome, in their order."""
    n: Counter[tuple[str, str]] = Counter()
    n_bytes: Counter[tuple[str, str]] = Counter()
    for count in (count for part in parts for count in part.counts):
        key = (sys.intern(count.item), sys.intern(count.outcome))
        n[key] += count.n
        n_bytes[key] += count.n_bytes
    return tuple(Count(*key, n=n[key], n_bytes=n_bytes[key]) for key in sorted(n))


def at_once(work: Callable[[Given], Made], given: Sequence[Given]) -> list[Made]:
    """`work` done for each in threads, results in order: what it waits for is the object store. The first error is
    raised when all have ended."""
    if len(given) < 2:
        return [work(each) for each in given]
    with ThreadPoolExecutor(min(REQUESTS_AT_ONCE, len(given))) as pool:
        return list(pool.map(work, given))
