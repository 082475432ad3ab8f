"""Row groups of one Parquet file in small batches.

Goes in: a file, which row groups, columns, an expression. Comes out: record batches in the order of the file. From
local disk a column is read through a buffer of a page, so memory holds batches and not row groups; an object store is
asked for all of a row group at once, in requests side by side. Of row groups in which no row fits, by their statistics
or by the columns that the expression names, nothing else is read: pictures are heavy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

ROWS_PER_BATCH = 64  # a row carries its pictures: a batch of pyarrow's own size may be gigabytes
BUFFER_BYTES = 2**20  # the size of a page, see corpus.publish.shards


def read_row_groups(
    filesystem: fs.FileSystem,
    path: str,
    columns: Sequence[str] | None = None,
    where: pc.Expression | None = None,
    numbers: Sequence[int] | None = None,
) -> Iterator[pa.RecordBatch]:
    """Batches of 1 to 64 rows with `columns`, or all, of the rows for which `where` is true."""
    fragment = ds.ParquetFileFormat().make_fragment(path, filesystem, row_groups=numbers)
    if where is not None:
        fragment = fragment.subset(filter=where, schema=fragment.physical_schema)
    names = None if columns is None else list(columns)
    with pq.ParquetFile(path, filesystem=filesystem, metadata=fragment.metadata, **how(filesystem)) as file:
        for number in (group.id for group in fragment.row_groups):
            fits = None if where is None else fitting(fragment.subset(row_group_ids=[number]), where)
            if fits is None or pc.any(fits).as_py():
                batches = file.iter_batches(ROWS_PER_BATCH, [number], names, use_threads=False)
                for batch in kept(batches, fits):
                    yield batch if names is None else batch.select(names)


def how(filesystem: fs.FileSystem) -> dict[str, Any]:
    """The options of ParquetFile for a file system."""
    is_local = isinstance(filesystem, fs.LocalFileSystem)
    return {"pre_buffer": not is_local, "buffer_size": BUFFER_BYTES if is_local else 0}


def fitting(row_group: ds.ParquetFileFragment, where: pc.Expression) -> pa.BooleanArray:
    """Of each row, whether it fits; only the columns that `where` names are read."""
    return row_group.to_table(columns={"fits": where})["fits"].combine_chunks()


def kept(batches: Iterator[pa.RecordBatch], fits: pa.BooleanArray | None) -> Iterator[pa.RecordBatch]:
    """The rows that fit; a row of which it is not known does not."""
    first = 0
    for batch in batches:
        found = batch if fits is None else batch.filter(fits.slice(first, batch.num_rows))
        first += batch.num_rows
        if found.num_rows:
            yield found
