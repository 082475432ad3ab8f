"""The leaf columns of Parquet files, and how each is compressed.

Goes in: an Arrow schema. Comes out: the paths of its leaves as Parquet names them, with their codecs.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq


def codecs(schema: pa.Schema) -> dict[str, str]:
    """The codec of each leaf. Pictures are compressed already: doing it again costs time and gains about nothing."""
    return {leaf: "none" if leaf.endswith("bytes") else "zstd" for leaf in leaves(schema)}


def leaves(schema: pa.Schema) -> list[str]:
    """Paths of the leaf columns as Parquet names them."""
    shape = pq.ParquetFile(pa.BufferReader(empty_file(schema))).schema
    return [shape.column(index).path for index in range(len(shape.names))]


def empty_file(schema: pa.Schema) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), sink)
    return sink.getvalue()
