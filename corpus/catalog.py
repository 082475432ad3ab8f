"""The catalog of a run: which chunks of tables are there and what their manifests say.

Goes in: a table, by its output folder, name and digest. Comes out: an `Entry` per finished chunk. A table is listed
once and what the listing shows is what exists: whoever writes chunks tells the catalog, and nobody else writes the
same table meanwhile. Manifests are read many at a time. Of a chunk twenty bytes stay in memory, enough to tell whether
it is done; entries are kept of the chunks looked at last, and read again of others, from segments where there are.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from corpus.entry import Common, Entry, Total, entry_of, total_of
from corpus.manifest import (
    NAME,
    Manifest,
    chunk_folder,
    clear_chunk,
    clear_others,
    read_manifest,
    table_folder,
    write_manifest,
)
from corpus.segments import FOLDER, SUFFIX, Stamp, read_segment, write_segment
from corpus.shelf import ABSENT, FOLDER_ONLY, READ, Shelf, hash_of
from corpus.storage import join, names_in, stamp_of, stamps_of

REQUESTS_AT_ONCE = 32
BLOCK = 1000
"""Chunks that are looked at together, and make a segment."""
SEGMENTS_AT_ONCE = 8
KEPT_ENTRIES = 20_000
"""Entries in memory, some 500 bytes each."""
Given = TypeVar("Given")
Made = TypeVar("Made")

Place = tuple[str, str, str]
"""A table: output folder, name, digest."""


class Catalog:
    """What is known of tables, for any number of threads."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.found: dict[tuple[str, str], list[str]] = {}
        self.numbers: dict[str, int] = {}
        self.shelves: dict[Place, Shelf] = {}
        self.latest: OrderedDict[tuple[Place, str], Entry] = OrderedDict()
        self.totals: dict[Place, tuple[Sequence[str], Total]] = {}
        self.common = Common()

    def entries(self, place: Place, chunks: Iterable[str] | None = None) -> dict[str, Entry]:
        """The entries of those of the chunks that are finished, or of all that are, in the order of the chunks: all of
        them in memory, so of many chunks `each` is for."""
        with self.lock:
            wanted = self.finished(place) if chunks is None else list(chunks)
            shelf = self.look_up(place, wanted)
            there = [chunk for chunk in wanted if shelf.prints[self.numbers[chunk]]]
            known = {chunk: self.latest[place, chunk] for chunk in there if (place, chunk) in self.latest}
            known |= self.read_again(place, [chunk for chunk in there if chunk not in known])
            return {chunk: known[chunk] for chunk in there if chunk in known}

    def each(self, place: Place, chunks: Sequence[str] | None = None) -> Iterator[Entry]:
        """The same one after the other."""
        wanted = self.finished(place) if chunks is None else chunks
        for block in in_blocks(wanted, SEGMENTS_AT_ONCE * BLOCK):
            yield from self.entries(place, block).values()

    def total(self, place: Place, chunks: Sequence[str]) -> Total:
        """The same added up, of chunks one `n_chunks` of which are finished."""
        with self.lock:
            known = self.totals.get(place)
            if known is None or known[0] != chunks:
                known = self.totals[place] = (chunks, total_of(place[1], self.each(place, chunks)))
            return known[1]

    def fingerprints(self, place: Place, chunks: Sequence[str]) -> list[str | None]:
        """Those of the chunks that are finished, None of others."""
        with self.lock:
            shelf = self.look_up(place, chunks)
            prints = [shelf.prints[self.numbers[chunk]] for chunk in chunks]
            return [f"{each:016x}" if each else None for each in prints]

    def is_made_from(self, place: Place, wanted: Mapping[str, Mapping[str, str]]) -> list[bool]:
        """Whether each chunk is finished and was made from these inputs."""
        with self.lock:
            shelf = self.look_up(place, list(wanted))
            at = [self.numbers[chunk] for chunk in wanted]
            return [
                bool(shelf.prints[number]) and shelf.inputs[number] == hash_of(inputs)
                for number, inputs in zip(at, wanted.values(), strict=True)
            ]

    def digests(self, out: str, table: str) -> list[str]:
        """Every digest that an output folder has of a table."""
        with self.lock:
            if (out, table) not in self.found:
                self.found[out, table] = names_in(join(out, "tables", table))
            return self.found[out, table]

    def finished(self, place: Place) -> list[str]:
        """Names of the chunks that are finished, sorted."""
        with self.lock:
            shelf = self.listed(place)
            there = [
                chunk
                for chunk, number in self.numbers.items()
                if number < len(shelf.where) and shelf.where[number] > ABSENT
            ]
            for block in in_blocks(there):
                self.look_up(place, block)
            return sorted(chunk for chunk in there if shelf.prints[self.numbers[chunk]])

    def clear(self, place: Place, chunks: Sequence[str]) -> None:
        """Remove what is there of chunks that are to be made."""
        with self.lock:
            shelf = self.listed(place)
            self.number(shelf, chunks)
            there = [chunk for chunk in chunks if shelf.where[self.numbers[chunk]] > ABSENT]
            for chunk in chunks:
                shelf.take(self.numbers[chunk], ABSENT)
                self.latest.pop((place, chunk), None)
            self.totals.pop(place, None)
        at_once(lambda chunk: clear_chunk(chunk_folder(*place, chunk)), there)

    def commit(self, place: Place, manifests: Sequence[Manifest]) -> None:
        """Remove what lies beside the parts of the manifests, then write these: the chunks are finished."""

        def write(manifest: Manifest) -> Entry:
            folder = chunk_folder(*place, manifest.chunk)
            clear_others(folder, manifest.parts)
            write_manifest(folder, manifest)
            return entry_of(manifest, self.common)

        written = at_once(write, manifests)
        with self.lock:
            self.keep(place, self.listed(place), written)
            self.totals.pop(place, None)

    def seal(self, place: Place, chunks: Sequence[str]) -> None:
        """Write a segment of these chunks if they are a whole block, all finished, and not sealed already."""
        with self.lock:
            shelf = self.look_up(place, chunks)
            where = {shelf.where[self.numbers[chunk]] for chunk in chunks}
            if len(chunks) < BLOCK or min(where) < READ or where.isdisjoint((READ,)):
                return
            entries = self.entries(place, chunks)
            stamps = at_once(lambda chunk: stamp_of(join(chunk_folder(*place, chunk), NAME)), chunks)
            sealed = [(entry, stamp) for entry, stamp in zip(entries.values(), stamps, strict=True) if stamp]
            if len(sealed) < len(chunks):
                return
            write_segment(table_folder(*place), chunks[0], sealed)
            segment = self.segment(shelf, chunks[0])
            for chunk in chunks:
                shelf.where[self.numbers[chunk]] = segment

    def look_up(self, place: Place, chunks: Sequence[str]) -> Shelf:
        """The shelf of a table on which is what is known of these chunks."""
        shelf = self.shelves.setdefault(place, Shelf())
        self.number(shelf, chunks)
        unread = [chunk for chunk in chunks if not shelf.prints[self.numbers[chunk]]]
        if len(unread) > 1:  # for one a listing would be a request more
            self.listed(place)
        if shelf.is_listed:
            unread = [chunk for chunk in unread if shelf.where[self.numbers[chunk]] == FOLDER_ONLY]
        for block in in_blocks(unread):
            found = at_once(partial(self.read, place), block)
            self.keep(place, shelf, [entry for entry in found if entry is not None])
        return shelf

    def listed(self, place: Place) -> Shelf:
        """The shelf of a table after it has been listed, and its segments read."""
        shelf = self.shelves.setdefault(place, Shelf())
        if not shelf.is_listed:
            folder = table_folder(*place)
            names = names_in(folder)
            chunks = [name.removeprefix("chunk=") for name in names if name.startswith("chunk=")]
            self.number(shelf, chunks)
            for number in (self.numbers[chunk] for chunk in chunks):
                if shelf.where[number] == ABSENT:
                    shelf.where[number] = FOLDER_ONLY
            shelf.is_listed = True
            if FOLDER in names:
                self.take_segments(place, shelf, folder)
        return shelf

    def take_segments(self, place: Place, shelf: Shelf, folder: str) -> None:
        """What segments say of the chunks whose manifests are as they were."""
        names = [
            name.removesuffix(SUFFIX) for name in names_in(join(folder, FOLDER)) if name.endswith(SUFFIX)
        ]
        stamps = stamps_of(folder, NAME)
        for some in in_blocks(names, SEGMENTS_AT_ONCE):
            for name, sealed in zip(some, at_once(partial(self.read_sealed, place), some), strict=True):
                segment = self.segment(shelf, name)
                sound = [entry for entry, stamp in sealed if stamps.get(f"chunk={entry.chunk}") == stamp]
                self.number(shelf, [entry.chunk for entry in sound])
                self.keep(place, shelf, sound, segment)

    def read_again(self, place: Place, chunks: Sequence[str]) -> dict[str, Entry]:
        """Entries of finished chunks that are not in memory any more: of several in one segment from there."""
        shelf = self.shelves[place]
        by_segment: dict[int, list[str]] = {}
        for chunk in chunks:
            by_segment.setdefault(shelf.where[self.numbers[chunk]], []).append(chunk)
        several = {at: set(some) for at, some in by_segment.items() if at > READ and len(some) > 1}
        read = at_once(partial(self.read_sealed, place), [shelf.segments[at] for at in several])
        found = {
            entry.chunk: entry
            for some, sealed in zip(several.values(), read, strict=True)
            for entry, _ in sealed
            if entry.chunk in some
        }
        rest = at_once(partial(self.read, place), [chunk for chunk in chunks if chunk not in found])
        found |= {entry.chunk: entry for entry in rest if entry is not None}
        self.remember(place, found.values())
        return found

    def read(self, place: Place, chunk: str) -> Entry | None:
        manifest = read_manifest(chunk_folder(*place, chunk))
        return None if manifest is None else entry_of(manifest, self.common)

    def read_sealed(self, place: Place, segment: str) -> list[tuple[Entry, Stamp]]:
        return read_segment(table_folder(*place), segment, self.common)

    def number(self, shelf: Shelf, chunks: Iterable[str]) -> None:
        """Give the chunks numbers and the shelf room for them."""
        for chunk in chunks:
            if chunk not in self.numbers:
                self.numbers[sys.intern(chunk)] = len(self.numbers)
        shelf.widen(len(self.numbers))

    def segment(self, shelf: Shelf, name: str) -> int:
        """The number of the segment of this name."""
        if name not in shelf.segments:
            shelf.segments.append(name)
        return shelf.segments.index(name)

    def keep(self, place: Place, shelf: Shelf, entries: Sequence[Entry], where: int = READ) -> None:
        self.number(shelf, [entry.chunk for entry in entries])
        for entry in entries:
            shelf.put(self.numbers[entry.chunk], where, entry)
        self.remember(place, entries)

    def remember(self, place: Place, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.latest[place, entry.chunk] = entry
            if len(self.latest) > KEPT_ENTRIES:
                self.latest.popitem(last=False)


def in_blocks(given: Sequence[Given], n: int = BLOCK) -> Iterator[Sequence[Given]]:
    """So many at a time."""
    return (given[start : start + n] for start in range(0, len(given), n))


def at_once(work: Callable[[Given], Made], given: Sequence[Given]) -> list[Made]:
    """`work` done for each in threads, results in order: what it waits for is the object store. Of a block the first
    error is raised when all have ended; what comes after the block is not begun."""
    if len(given) < 2:
        return [work(each) for each in given]
    with ThreadPoolExecutor(min(REQUESTS_AT_ONCE, len(given))) as pool:
        return [made for block in in_blocks(given) for made in pool.map(work, block)]
