"""Buckets: rows on local disk, each near the others of its shard, before they are put in order.

Goes in: rows in any order, and a function that tells the shard and place of each. Comes out: shard by shard, its rows
in the order of the release. Memory holds `WAITING_BYTES` of rows while they are filed, and ids while they are read: a
bucket is mapped, not loaded. The disk holds the release once.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from types import TracebackType

import pyarrow as pa

from corpus.publish.row_bytes import row_bytes

WAITING_BYTES = 128 * 2**20
MAX_BUCKETS = 64

Slot = tuple[int, int]
"""Shard, and place in the order of the release."""


class Buckets:
    """Rows in at most 64 files of a folder, each for a range of shards. Use it as a context manager."""

    def __init__(
        self,
        folder: str,
        schema: pa.Schema,
        n_shards: int,
        slots: Callable[[pa.RecordBatch], Sequence[Slot]],
        done: frozenset[int] = frozenset(),
    ) -> None:
        self.folder = folder
        self.schema = schema
        self.n_shards = n_shards
        self.slots = slots
        self.done = done
        self.writers: dict[int, pa.RecordBatchStreamWriter] = {}
        self.open_files = ExitStack()
        self.waiting: dict[int, list[pa.RecordBatch]] = defaultdict(list)
        self.n_waiting_bytes = 0

    def __enter__(self) -> Buckets:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open_files.close()

    def add(self, batch: pa.RecordBatch) -> None:
        """File the rows of `batch`, but for those whose shard is done."""
        sizes = row_bytes(batch)
        for at, (shard, _) in enumerate(self.slots(batch)):
            if shard not in self.done:
                self.waiting[shard * self.n_buckets // self.n_shards].append(batch.slice(at, 1))
                self.n_waiting_bytes += int(sizes[at])
        if self.n_waiting_bytes >= WAITING_BYTES:
            self.spill()

    @property
    def n_buckets(self) -> int:
        return min(self.n_shards, MAX_BUCKETS)

    def spill(self) -> None:
        """Write what waits."""
        for bucket, rows in self.waiting.items():
            if bucket not in self.writers:
                sink = self.open_files.enter_context(pa.OSFile(self.path(bucket), "wb"))
                self.writers[bucket] = self.open_files.enter_context(pa.ipc.new_stream(sink, self.schema))
            table = pa.Table.from_batches(rows).combine_chunks()
            self.writers[bucket].write_table(table.replace_schema_metadata(self.schema.metadata))
        self.waiting.clear()
        self.n_waiting_bytes = 0

    def path(self, bucket: int) -> str:
        return os.path.join(self.folder, f"bucket-{bucket:02d}.arrow")

    def shards(self) -> Iterator[tuple[int, Iterator[pa.RecordBatch]]]:
        """Every shard that has rows, in order, with its rows one by one; nothing can be added afterwards."""
        self.spill()
        self.open_files.close()
        for bucket in sorted(self.writers):
            batches = list(pa.ipc.open_stream(pa.memory_map(self.path(bucket))))
            for shard, rows in groupby(self.ordered(batches), key=lambda row: row[0]):
                yield shard, (batches[number].slice(at, 1) for _, _, _, number, at in rows)
            os.unlink(self.path(bucket))

    def ordered(self, batches: Sequence[pa.RecordBatch]) -> list[tuple[int, int, str, int, int]]:
        """(shard, place, document_id, batch, row) of every row, sorted."""
        order = []
        for number, batch in enumerate(batches):
            ids = batch.column("document_id").to_pylist()
            for at, ((shard, place), document_id) in enumerate(zip(self.slots(batch), ids, strict=True)):
                order.append((shard, place, document_id, number, at))
        order.sort()
        return order
