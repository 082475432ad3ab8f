"""Rows and batches.

Goes in: batches, or rows with the chunk that they are filed under. Comes out: the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa

from corpus.columns import Row, filed_schema
from corpus.recipes.small_batches import MAX_ROWS, Batches, Tagged
from corpus.tables import TABLES


def rows_of(batches: Batches) -> Iterator[Row]:
    """Rows one by one."""
    for batch in batches:
        yield from batch.to_pylist()


def split_known(batch: pa.RecordBatch) -> tuple[list[Row], pa.RecordBatch]:
    """The finished rows in the column `before`, and the rows of the batch that have none."""
    if "before" not in batch.schema.names:
        return [], batch
    before = batch.column("before")
    return before.drop_null().to_pylist(), batch.filter(before.is_null())


def contents_of(batch: pa.RecordBatch) -> Iterator[tuple[str, bytes]]:
    """content_hash and bytes of each row, one picture at a time."""
    hashes, values = batch.column("content_hash"), batch.column("bytes")
    for index in range(batch.num_rows):
        yield hashes[index].as_py(), values[index].as_py()


def filed_batches(name: str, rows: Iterable[Row]) -> Tagged:
    """Rows as batches of the table and `chunk`; keys that the table does not know are left out."""
    source = iter(rows)
    while some := list(islice(source, MAX_ROWS)):
        yield name, pa.RecordBatch.from_pylist(some, schema=filed_schema(TABLES[name]))
