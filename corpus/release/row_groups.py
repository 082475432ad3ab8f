"""Row groups of one Parquet file in small batches.

Goes in: a file, which row groups, columns, an expression. Comes out: record batches in the order of the file. What is
wanted of a row group is read at once, in requests side by side, and decoded batch by batch: memory holds it once as it
lies in the file, and a few batches. Of row groups in which no row fits, by their statistics or by the columns that the
expression names, nothing else is read: pictures are heavy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

ROWS_PER_BATCH = 64  # a row carries its pictures: a batch of pyarrow's own size may be gigabytes


def row_groups(
    filesystem: fs.FileSystem,
    path: str,
    columns: Sequence[str] | None = None,
    where: pc.Expression | None = None,
    numbers: Sequence[int] | None = None,
) -> Iterator[Iterator[pa.RecordBatch]]:
    """Of each row group that may hold one of the rows for which `where` is true, these rows with `columns`, or all, in
    batches of 1 to 64 rows. Nothing but the footer is read before the first batch is asked for."""
    fragment = ds.ParquetFileFormat().make_fragment(path, filesystem, row_groups=numbers)
    if where is not None:
        fragment = fragment.subset(filter=where, schema=fragment.physical_schema)
    names = None if columns is None else list(columns)
    for group in fragment.row_groups:
        yield read_row_group(filesystem, fragment.subset(row_group_ids=[group.id]), names, where)


def read_row_group(
    filesystem: fs.FileSystem,
    row_group: ds.ParquetFileFragment,
    names: list[str] | None,
    where: pc.Expression | None,
) -> Iterator[pa.RecordBatch]:
    fits = None if where is None else fitting(row_group, where)
    if fits is None or pc.any(fits).as_py():
        numbers = [group.id for group in row_group.row_groups]
        with pq.ParquetFile(
            row_group.path, filesystem=filesystem, metadata=row_group.metadata, pre_buffer=True
        ) as file:
            for batch in kept(file.iter_batches(ROWS_PER_BATCH, numbers, names, use_threads=False), fits):
                yield batch if names is None else batch.select(names)


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
