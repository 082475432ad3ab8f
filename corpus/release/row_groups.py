"""Row groups of one Parquet file in small batches.

Goes in: a file, which row groups, columns, an expression. Comes out: record batches in the order of the file. The file
is opened, and its footer read, once. What is wanted of a row group is read at once, in requests side by side, and
decoded batch by batch: memory holds it once as it lies in the file, and a few batches. Where single rows are looked
for, columns are read piece by piece instead, and memory holds a piece of each. Nothing is read behind the last row that
fits, and of row groups in which none does, by their statistics or by the columns that the expression names, nothing
else: pictures are heavy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

ROWS_PER_BATCH = 64  # a row carries its pictures: a batch of pyarrow's own size may be gigabytes
ROWS_PER_BATCH_OF_SINGLE = 8
PIECE_BYTES = 4 * 2**20
"""Of a column: enough that an object store's answer takes longer to come than to begin."""


@dataclass(frozen=True)
class OpenFile:
    """An open Parquet file and what its footer says."""

    filesystem: fs.FileSystem
    path: str
    stream: pa.NativeFile
    fragment: ds.ParquetFileFragment

    def for_one_thread(self) -> pa.NativeFile:
        """A stream that does not make others wait: one written in Python, as that of hdfs-native, reads one range after
        the other."""
        if isinstance(self.filesystem, fs.PyFileSystem):
            return self.filesystem.open_input_file(self.path)
        return self.stream


def open_file(filesystem: fs.FileSystem, path: str) -> OpenFile:
    stream = filesystem.open_input_file(path)
    fragment = ds.ParquetFileFormat().make_fragment(stream)
    fragment.ensure_complete_metadata()
    return OpenFile(filesystem, path, stream, fragment)


def row_groups(
    file: OpenFile,
    columns: Sequence[str] | None = None,
    where: pc.Expression | None = None,
    numbers: Sequence[int] | None = None,
    single: bool = False,
) -> Iterator[Iterator[pa.RecordBatch]]:
    """Of each row group that may hold one of the rows for which `where` is true, these rows with `columns`, or all, in
    batches of 1 to 64 rows. Columns may be paths in the file, such as image_info.list.element.width_px. Nothing is read
    before the first batch is asked for. `single` says that hardly a row is among them."""
    fragment = file.fragment
    if numbers is not None:
        fragment = fragment.subset(row_group_ids=numbers)
    if where is not None:
        fragment = fragment.subset(filter=where, schema=fragment.physical_schema)
    names = None if columns is None else list(columns)
    for group in fragment.row_groups:
        yield read_row_group(file, fragment.subset(row_group_ids=[group.id]), names, where, single)


def read_row_group(
    file: OpenFile,
    row_group: ds.ParquetFileFragment,
    names: list[str] | None,
    where: pc.Expression | None,
    single: bool,
) -> Iterator[pa.RecordBatch]:
    fits = None if where is None else fitting(row_group, where)
    columns = None if names is None else list(dict.fromkeys(name.partition(".")[0] for name in names))
    if fits is None or fits.true_count:
        numbers = [group.id for group in row_group.row_groups]
        how = {"buffer_size": PIECE_BYTES, "pre_buffer": False} if single else {"pre_buffer": True}
        n_rows = ROWS_PER_BATCH_OF_SINGLE if single else ROWS_PER_BATCH
        parquet = pq.ParquetFile(file.for_one_thread(), metadata=file.fragment.metadata, **how)
        for batch in kept(parquet.iter_batches(n_rows, numbers, names, use_threads=False), fits):
            yield batch if columns is None else batch.select(columns)


def fitting(row_group: ds.ParquetFileFragment, where: pc.Expression) -> pa.BooleanArray:
    """Of each row, whether it fits; only the columns that `where` names are read."""
    return row_group.to_table(columns={"fits": where})["fits"].combine_chunks()


def kept(batches: Iterator[pa.RecordBatch], fits: pa.BooleanArray | None) -> Iterator[pa.RecordBatch]:
    """The rows that fit; a row of which it is not known does not. What follows the last of them is not read."""
    if fits is None:
        yield from batches
        return
    first, n_left = 0, fits.true_count
    while n_left:
        batch = next(batches)
        found = batch.filter(fits.slice(first, batch.num_rows))
        first += batch.num_rows
        n_left -= found.num_rows
        if found.num_rows:
            yield found
