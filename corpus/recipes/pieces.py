"""What a process apart has read, as batches: a row comes from it as a message of Arrow and is joined with others as it
is, since to make Python's objects of it again takes several times as long.

Goes in: rows of several tables, and batches of one row. Comes out: batches of one table each, bounded in size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import pyarrow as pa

from corpus.columns import Row
from corpus.tables import TABLES

Piece: TypeAlias = Row | pa.RecordBatch
"""Of one table all are rows, or all are batches."""

ROWS_PER_BATCH = 64
BYTES_PER_BATCH = 16 * 2**20


def message_of(row: Row, table: str) -> bytes:
    """A row of the table as a message of Arrow. Its default allocator reserves a gibibyte at once, which the bound on
    the memory of a process apart may not let it have."""
    pool = pa.system_memory_pool()
    rows = pa.array([row], pa.struct(list(TABLES[table].schema)), memory_pool=pool)
    message = pa.RecordBatch.from_struct_array(rows).serialize(memory_pool=pool)
    return message.to_pybytes()  # type: ignore[no-any-return]


def batch_from(message: bytes, table: str) -> pa.RecordBatch:
    """The batch of one row in such a message, which it keeps in memory."""
    return pa.ipc.read_record_batch(pa.py_buffer(message), TABLES[table].schema)


def into_batches(pieces: Iterable[tuple[str, Piece]]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Pieces of several tables, each under its name, as batches of at most 64 rows and about 16 MiB; rows that are no
    batches are taken to be small."""
    waiting: dict[str, list[Piece]] = {}
    sizes: dict[str, int] = {}
    for name, piece in pieces:
        waiting.setdefault(name, []).append(piece)
        sizes[name] = sizes.get(name, 0) + (piece.nbytes if isinstance(piece, pa.RecordBatch) else 0)
        if len(waiting[name]) >= ROWS_PER_BATCH or sizes[name] >= BYTES_PER_BATCH:
            sizes[name] = 0
            yield name, joined(name, waiting.pop(name))
    for name, left in waiting.items():
        yield name, joined(name, left)


def joined(table: str, pieces: Sequence[Piece]) -> pa.RecordBatch:
    if isinstance(pieces[0], pa.RecordBatch):
        return pa.concat_batches(pieces)
    return pa.RecordBatch.from_pylist(pieces, schema=TABLES[table].schema)
