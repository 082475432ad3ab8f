"""The one check of batches that leave a step, and the split of corpus-wide batches by chunk.

Spark's mapInArrow binds columns by position and believes null flags, and Parquet readers believe the schema of the
first file: so names, order, types and nulls are checked here, before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from corpus.columns import Table
from corpus.errors import DataError


def check_batch(table: Table, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch itself; DataError when it is not one of `table`: what differs, where, and the first offending row."""
    if batch.schema.names != table.schema.names:
        raise DataError(f"{table.name}: columns are {batch.schema.names}, should be {table.schema.names}")
    for field, values in zip(table.schema, batch.columns, strict=True):
        if not values.type.equals(field.type):
            raise DataError(f"{table.name}.{field.name}: type is {values.type}, should be {field.type}")
        check_nulls(f"{table.name}.{field.name}", field, values)
    return batch


def check_nulls(path: str, field: pa.Field, values: pa.Array) -> None:
    """DataError when `values`, or the fields of structs in it, are null where their field promises otherwise."""
    if not field.nullable and values.null_count:
        row = pc.index(values.is_null(), True).as_py()
        raise DataError(f"{path}: null in row {row} of the batch, though the column promises none")
    if pa.types.is_list(values.type) and pa.types.is_struct(values.type.value_type):
        check_struct(path, values.flatten())
    elif pa.types.is_struct(values.type):
        check_struct(path, values)


def check_struct(path: str, values: pa.StructArray) -> None:
    for index, field in enumerate(values.type):
        check_nulls(f"{path}.{field.name}", field, values.field(index))


def split_by_chunk(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Runs of equal `chunk`, which is the last column, each without that column."""
    chunks = batch.column("chunk")
    rows = batch.drop_columns(["chunk"])
    runs = pc.run_end_encode(chunks.cast(pa.string()))
    start = 0
    for end, chunk in zip(runs.run_ends.to_pylist(), runs.values.to_pylist(), strict=True):
        yield chunk, rows.slice(start, end - start)
        start = end
