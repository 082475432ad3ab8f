"""The catalog of a run: which chunks of tables are there and what their manifests say.

Goes in: a table, by its output folder, name and digest. Comes out: an `Entry` per finished chunk. A table is listed
once and what the listing shows is what exists: whoever writes chunks tells the catalog, and nobody else writes the
same table meanwhile. Manifests are read many at a time. Of a chunk nine bytes stay in memory, enough to tell whether
it is done; entries are kept of the chunks looked at last, and read again of others, from segments where there are.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial, reduce
from itertools import chain, compress
from typing import TypeVar

import numpy as np
import pyarrow as pa

from corpus.entry import Common, Entry, Total, entry_of, plus, total_of
from corpus.malloc import give_back
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
from corpus.plan import chunk_name, number_of
from corpus.segments import (
    FOLDER,
    entries_in,
    inputs_in,
    segment_in,
    segment_uri,
    stamps_in,
    total_in,
    write_segment,
)
from corpus.shelf import FOLDER_ONLY, READ, SEALED, Prints, Shelf, hash_of, numbers_of
from corpus.storage import join, names_in, read_bytes, stamp_of
from corpus.table_listing import LISTINGS_AT_ONCE, TableListing, list_table, numbers_in

REQUESTS_AT_ONCE = 32
BLOCK = 1000
"""Chunks that are looked at together, and make a segment."""
ENTRY_BLOCKS = 8
"""Blocks of which all entries are in memory, some 500 bytes each."""
SEGMENTS_AT_ONCE = REQUESTS_AT_ONCE // LISTINGS_AT_ONCE
KEPT_ENTRIES = 20_000
Given = TypeVar("Given")
Made = TypeVar("Made")

Place = tuple[str, str, str]
"""A table: output folder, name, digest."""


class Catalog:
    """What is known of tables, for any number of threads."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.found: dict[tuple[str, str], list[str]] = {}
        self.shelves: dict[Place, Shelf] = {}
        self.latest: OrderedDict[tuple[Place, str], Entry] = OrderedDict()
        self.totals: dict[Place, tuple[int, Total]] = {}
        self.common = Common()

    def look_through(self, places: Sequence[Place], n_chunks: int) -> None:
        """List these tables, of so many chunks each, and read their segments, several side by side."""
        at_once(lambda place: self.listed(place, n_chunks), places, LISTINGS_AT_ONCE)
        give_back()

    def entries(self, place: Place, chunks: Iterable[str] | None = None) -> dict[str, Entry]:
        """The entries of those of the chunks that are finished, or of all that are, in the order of the chunks: all of
        them in memory, so of many chunks `each` is for."""
        with self.lock:
            wanted = self.finished(place) if chunks is None else list(chunks)
            there = list(compress(wanted, self.prints(place, wanted)))
            known = {chunk: self.latest[place, chunk] for chunk in there if (place, chunk) in self.latest}
            known |= self.read_again(place, [chunk for chunk in there if chunk not in known])
            return {chunk: known[chunk] for chunk in there if chunk in known}

    def each(self, place: Place, chunks: Sequence[str] | None = None) -> Iterator[Entry]:
        """The same one after the other."""
        wanted = self.finished(place) if chunks is None else chunks
        for blocks in in_blocks(wanted, ENTRY_BLOCKS * BLOCK):
            yield from self.entries(place, blocks).values()

    def total(self, place: Place, chunks: Sequence[str]) -> Total:
        """The same added up, of chunks one `n_chunks` of which are finished."""
        with self.lock:
            known = self.totals.get(place)
            if known is None or known[0] != hash(tuple(chunks)):
                total = total_of(place[1], ())
                for blocks in in_blocks(list(in_blocks(chunks)), REQUESTS_AT_ONCE):
                    total = reduce(plus, self.totals_of(place, blocks), total)
                known = self.totals[place] = hash(tuple(chunks)), total
            return known[1]

    def totals_of(self, place: Place, blocks: Sequence[Sequence[str]]) -> Iterator[Total]:
        """That of each block: of a segment as it says, of others by their entries."""
        sealed = [block[0] for block in blocks if self.is_segment(place, block)]
        segments = zip(sealed, read_segments(place, sealed), strict=True)
        totals = {name: total_in(segment) for name, segment in segments if len(segment)}
        for block in blocks:
            yield totals.get(block[0]) or total_of(place[1], self.each(place, block))

    def fingerprints(self, place: Place, chunks: Sequence[str]) -> list[str | None]:
        """Those of the chunks that are finished, None of others."""
        with self.lock:
            return [f"{each:016x}" if each else None for each in self.prints(place, chunks).tolist()]

    def is_made_from(self, place: Place, wanted: Mapping[str, Mapping[str, str]]) -> list[bool]:
        """Whether each chunk is finished and was made from these inputs."""
        with self.lock:
            chunks = list(wanted)
            sealed_from = self.look_up(place, chunks).sealed_from(numbers_of(chunks))
            if sealed_from is not None and sealed_from == hash_of(wanted.values()):
                return [True] * len(chunks)
            found = self.entries(place, chunks)
            return [chunk in found and found[chunk].inputs == inputs for chunk, inputs in wanted.items()]

    def digests(self, out: str, table: str) -> list[str]:
        """Every digest that an output folder has of a table."""
        with self.lock:
            if (out, table) not in self.found:
                self.found[out, table] = names_in(join(out, "tables", table))
            return self.found[out, table]

    def finished(self, place: Place) -> list[str]:
        """Names of the chunks that are finished, in the order of their numbers."""
        with self.lock:
            there = list(map(chunk_name, np.flatnonzero(self.listed(place).where).tolist()))
            is_finished = chain.from_iterable(self.prints(place, block) for block in in_blocks(there))
            return list(compress(there, is_finished))

    def clear(self, place: Place, chunks: Sequence[str]) -> None:
        """Remove what is there of chunks that are to be made."""
        with self.lock:
            shelf, numbers = self.listed(place), numbers_of(chunks)
            shelf.widen(numbers)
            there = list(compress(chunks, shelf.where[numbers]))
            shelf.take(numbers)
            for chunk in chunks:
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
            shelf, numbers = self.look_up(place, chunks), numbers_of(chunks)
            where = set(shelf.where[numbers].tolist())
            if len(chunks) < BLOCK or READ not in where or not where <= {READ, SEALED}:
                return
            entries = self.entries(place, chunks)
            stamps = at_once(lambda chunk: stamp_of(join(chunk_folder(*place, chunk), NAME)), chunks)
            sealed = [(entry, stamp) for entry, stamp in zip(entries.values(), stamps, strict=True) if stamp]
            if len(sealed) < len(chunks):
                return
            write_segment(table_folder(*place), chunks[0], sealed)
            shelf.seal(numbers, hash_of(entry.inputs for entry, _ in sealed))

    def prints(self, place: Place, chunks: Sequence[str]) -> Prints:
        """The fingerprints of the chunks, 0 of those that are not finished."""
        return self.look_up(place, chunks).prints[numbers_of(chunks)]

    def is_segment(self, place: Place, chunks: Sequence[str]) -> bool:
        return self.look_up(place, chunks).sealed_from(numbers_of(chunks)) is not None

    def look_up(self, place: Place, chunks: Sequence[str]) -> Shelf:
        """The shelf of a table on which is what is known of these chunks."""
        shelf, numbers = self.shelves.setdefault(place, Shelf()), numbers_of(chunks)
        shelf.widen(numbers)
        unread = shelf.prints[numbers] == 0
        if unread.sum() > 1:  # for one a listing would be a request more
            self.listed(place, len(chunks))
        if shelf.is_listed:
            unread = (shelf.prints[numbers] == 0) & (shelf.where[numbers] == FOLDER_ONLY)
        for block in in_blocks(list(compress(chunks, unread))):
            found = at_once(partial(self.read, place), block)
            self.keep(place, shelf, [entry for entry in found if entry is not None])
        return shelf

    def listed(self, place: Place, n_chunks: int = 0) -> Shelf:
        """The shelf of a table after it has been listed, and its segments read. A table of so many chunks that it may
        have segments is listed with all its files, others by the names of the chunks first, which are fewer."""
        shelf, folder = self.shelves.setdefault(place, Shelf()), table_folder(*place)
        with shelf.lock:
            if not shelf.is_listed:
                names = names_in(folder) if n_chunks < BLOCK else [FOLDER]
                shelf.put_folders(numbers_in(names))
                if FOLDER in names:
                    self.take_segments(place, shelf, list_table(folder))
                shelf.is_listed = True
        return shelf

    def take_segments(self, place: Place, shelf: Shelf, found: TableListing) -> None:
        """What segments say of the chunks whose manifests are as they were."""
        shelf.put_folders(found.folders)
        stamps = found.stamps()
        for names in in_blocks(found.segments, SEGMENTS_AT_ONCE):
            for segment in filter(len, read_segments(place, names)):
                numbers = numbers_of(segment["chunk"].to_pylist())
                is_sound = (stamps.take(numbers, 0, mode="clip") == stamps_in(segment)).all(1)
                shelf.put(numbers[is_sound], SEALED, segment["fingerprint"].to_numpy()[is_sound])
                if is_sound.all():
                    shelf.seal(numbers, hash_of(inputs_in(segment)))

    def read_again(self, place: Place, chunks: Sequence[str]) -> dict[str, Entry]:
        """Entries of finished chunks that are not in memory any more: of several in one segment from there."""
        is_sealed = self.shelves[place].where[numbers_of(chunks)] == SEALED
        by_segment: dict[str, set[str]] = {}
        for chunk in compress(chunks, is_sealed):
            by_segment.setdefault(chunk_name(number_of(chunk) // BLOCK * BLOCK), set()).add(chunk)
        several = {name: some for name, some in by_segment.items() if len(some) > 1}
        found = {
            entry.chunk: entry
            for some, segment in zip(several.values(), read_segments(place, list(several)), strict=True)
            for entry in entries_in(segment, self.common)
            if entry.chunk in some
        }
        rest = at_once(partial(self.read, place), [chunk for chunk in chunks if chunk not in found])
        found |= {entry.chunk: entry for entry in rest if entry is not None}
        self.remember(place, found.values())
        return found

    def read(self, place: Place, chunk: str) -> Entry | None:
        manifest = read_manifest(chunk_folder(*place, chunk))
        return None if manifest is None else entry_of(manifest, self.common)

    def keep(self, place: Place, shelf: Shelf, entries: Sequence[Entry]) -> None:
        prints = np.array([int(entry.fingerprint, 16) for entry in entries], np.uint64)
        shelf.put(numbers_of([entry.chunk for entry in entries]), READ, prints)
        self.remember(place, entries)

    def remember(self, place: Place, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.latest[place, entry.chunk] = entry
            if len(self.latest) > KEPT_ENTRIES:
                self.latest.popitem(last=False)


def read_segments(place: Place, names: Sequence[str]) -> Iterator[pa.Table]:
    """Read in threads, unpacked in this one: each thread keeps some of the memory that it had."""
    folder = table_folder(*place)
    return map(segment_in, at_once(lambda name: read_bytes(segment_uri(folder, name)), names))


def in_blocks(given: Sequence[Given], n: int = BLOCK) -> Iterator[Sequence[Given]]:
    """So many at a time."""
    return (given[start : start + n] for start in range(0, len(given), n))


def at_once(
    work: Callable[[Given], Made], given: Sequence[Given], n_threads: int = REQUESTS_AT_ONCE
) -> list[Made]:
    """`work` done for each in threads, results in order: what it waits for is the object store. Of a block the first
    error is raised when all have ended; what comes after the block is not begun."""
    if len(given) < 2:
        return [work(each) for each in given]
    with ThreadPoolExecutor(min(n_threads, len(given))) as pool:
        return [made for block in in_blocks(given) for made in pool.map(work, block)]
