"""Some columns of Parquet files, on local disk.

Goes in: URIs and columns. Comes out: paths, of the files themselves where they are on local disk, of narrow copies of
those in an object store.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.storage import is_local, locate

FILES_AT_ONCE = 4
"""Each holds narrow columns of a row group as they lie in the file."""
ROWS_PER_BATCH = 8_192


@dataclass(frozen=True)
class Narrow:
    """What is wanted of a file: some columns, and of its rows the first `n_rows` or all."""

    uri: str
    columns: Sequence[str]
    n_rows: int | None = None


def on_disk(wanted: Sequence[Narrow], folder: str) -> list[str]:
    """A path for each; files that are on local disk may hold more than what is wanted."""
    with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
        return list(pool.map(lambda each: each_on_disk(each, folder), wanted))


def each_on_disk(wanted: Narrow, folder: str) -> str:
    filesystem, path = locate(wanted.uri)
    if is_local(wanted.uri):
        return path
    copy, columns = f"{folder}/{uuid.uuid4().hex}.parquet", list(wanted.columns)
    with pq.ParquetFile(path, filesystem=filesystem, pre_buffer=True) as file:
        left = file.metadata.num_rows if wanted.n_rows is None else wanted.n_rows
        groups = range(file.num_row_groups)
        batches = (batch for group in groups for batch in file.iter_batches(ROWS_PER_BATCH, [group], columns))
        schema = pa.schema([file.schema_arrow.field(name) for name in columns])
        with pq.ParquetWriter(copy, schema, compression="lz4") as writer:
            while left > 0 and (batch := next(batches, None)) is not None:
                writer.write_batch(batch.select(columns)[:left])
                left -= batch.num_rows
    return copy
