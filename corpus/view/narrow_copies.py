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

FILES_AT_ONCE = 8
"""Each holds a row group of narrow columns."""


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
        schema = pa.schema([file.schema_arrow.field(name) for name in columns])
        with pq.ParquetWriter(copy, schema, compression="lz4") as writer:
            for group in range(file.num_row_groups):
                if left > 0:
                    rows = file.read_row_group(group, columns=columns).select(columns)[:left]
                    writer.write_table(rows)
                    left -= len(rows)
    return copy
