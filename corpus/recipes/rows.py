"""Rows of corpus-wide tables, each filed under its chunk.

Goes in: batches, or rows with their `chunk`. Comes out: the other.
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


def filed_batches(name: str, rows: Iterable[Row]) -> Tagged:
    """Rows as batches of the table and `chunk`; keys that the table does not know are left out."""
    source = iter(rows)
    while some := list(islice(source, MAX_ROWS)):
        yield name, pa.RecordBatch.from_pylist(some, schema=filed_schema(TABLES[name]))
