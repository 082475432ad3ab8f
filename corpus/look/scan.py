"""Reading the tables of a build for people: a few columns, row by row, and seeded samples of what is there.

Goes in: a `Scan`, the only edge to storage. Comes out: rows as mappings. Memory grows with what is shown,
never with the build: a sample is the rows whose seeded hash is smallest, whatever the order of rows, parts
and chunks.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Protocol

import pyarrow as pa

from corpus.columns import Row


class Scan(Protocol):
    """Rows of one table of a build, in batches that hold `columns` in the order asked for. A column may be a path in
    the file, such as image_info.list.element.matched_sim: the column image_info then holds at least that.

    With `ids`, only rows whose first key column, `TABLES[table].key[0]`, is one of them.
    Batches of `images` and `interleaved` carry pictures and have to be small.
    """

    def __call__(
        self, table: str, columns: Sequence[str], ids: Collection[str] | None = None
    ) -> Iterable[pa.RecordBatch]: ...


def rows(scan: Scan, table: str, columns: Sequence[str], ids: Collection[str] | None = None) -> Iterator[Row]:
    """Rows one by one; nothing is read when `ids` is empty."""
    if ids is not None and not ids:
        return
    for batch in scan(table, columns, ids):
        for index in range(batch.num_rows):
            yield batch.slice(index, 1).to_pylist()[0]


def sample(
    batches: Iterable[pa.RecordBatch], group: str, identity: Sequence[str], n: int, seed: int
) -> dict[str, list[Row]]:
    """At most `n` rows for each value of the column `group`, those with the smallest hash of seed and
    `identity` columns; values in alphabetical order, null as the empty text."""
    heaps: dict[str, list[tuple[int, str, Row]]] = {}
    for batch in batches:
        names = zip(*(batch.column(column).to_pylist() for column in identity), strict=True)
        groups = batch.column(group).to_pylist()
        for index, (value, name) in enumerate(zip(groups, names, strict=True)):
            push(
                heaps.setdefault(value or "", []), " ".join(map(str, name)), batch.slice(index, 1), (n, seed)
            )
    return {
        value: [row for _, _, row in sorted(heaps[value], key=lambda entry: (-entry[0], entry[1]))]
        for value in sorted(heaps)
    }


def push(heap: list[tuple[int, str, Row]], name: str, row: pa.RecordBatch, size: tuple[int, int]) -> None:
    """Put a batch of one row among the `n` smallest hashes; the heap holds them negated, largest first."""
    n, seed = size
    key = -seeded_hash(name, seed)
    if len(heap) < n:
        heapq.heappush(heap, (key, name, row.to_pylist()[0]))
    elif (key, name) > heap[0][:2]:
        heapq.heapreplace(heap, (key, name, row.to_pylist()[0]))


def seeded_hash(name: str, seed: int) -> int:
    """A 64-bit number, the same for the same name and seed on every machine."""
    return int.from_bytes(blake2b(f"{seed}:{name}".encode(), digest_size=8).digest(), "big")
