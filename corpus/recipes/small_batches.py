"""Rows of varying size as record batches that stay small.

Goes in: rows of a table. Comes out: batches of at most 256 rows and, but for a single larger row, 16 MiB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from corpus.columns import Row
from corpus.tables import TABLES

Batches = Iterator[pa.RecordBatch]
Tagged = Iterator[tuple[str, pa.RecordBatch]]

MAX_ROWS = 256
MAX_BYTES = 16 * 2**20


def small_batches(name: str, rows: Iterable[Row], row_bytes: Callable[[Row], int]) -> Tagged:
    """The rows in their order; `row_bytes` tells about how large one is."""
    schema = TABLES[name].schema
    gathered: list[Row] = []
    n_bytes = 0
    for row in rows:
        n_more = row_bytes(row)
        if gathered and (len(gathered) == MAX_ROWS or n_bytes + n_more > MAX_BYTES):
            yield name, pa.RecordBatch.from_pylist(gathered, schema=schema)
            gathered, n_bytes = [], 0
        gathered.append(row)
        n_bytes += n_more
    if gathered:
        yield name, pa.RecordBatch.from_pylist(gathered, schema=schema)
