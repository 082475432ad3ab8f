"""How many bytes a row carries, by its values alone.

Goes in: a record batch. Comes out: bytes per row. Arrow's own `nbytes` depends on how a batch was cut and on where its
buffers came from; row groups must end at the same row whoever wrote them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

LENGTH_BYTES = 4
"""What the length of a text or list is counted as."""


def row_bytes(batch: pa.RecordBatch) -> NDArray[np.int64]:
    """Bytes of each row, [n_rows]."""
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for values in batch.columns:
        total += value_bytes(values)
    return total


def value_bytes(values: pa.Array) -> NDArray[np.int64]:
    """Bytes of each value, [len(values)]."""
    kind = values.type
    if pa.types.is_map(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return list_bytes(values)
    if pa.types.is_struct(kind):
        total = np.zeros(len(values), dtype=np.int64)
        for child in values.flatten():
            total += value_bytes(child)
        return total
    if pa.types.is_boolean(kind) or pa.types.is_primitive(kind):
        return np.full(len(values), (kind.bit_width + 7) // 8, dtype=np.int64)
    lengths = pc.fill_null(pc.binary_length(values), 0)
    return np.asarray(lengths, dtype=np.int64) + LENGTH_BYTES


def list_bytes(values: pa.Array) -> NDArray[np.int64]:
    """Bytes of lists and of maps, which are lists of keys and items."""
    if pa.types.is_map(values.type):
        entries = pa.struct([values.type.key_field, values.type.item_field])
        values = values.cast(pa.list_(entries))
    lengths = np.asarray(pc.fill_null(pc.list_value_length(values), 0), dtype=np.int64)
    inner = np.concatenate([[0], np.cumsum(value_bytes(values.flatten()))])
    ends = np.cumsum(lengths)
    sums: NDArray[np.int64] = inner[ends] - inner[ends - lengths] + LENGTH_BYTES
    return sums
