"""Shards: the Parquet files of a release, each written whole or not at all.

Goes in: the rows of a shard, in order. Comes out: a file at its URI and what the manifest says of it. Row groups end by
the bytes of their rows, so equal rows make equal files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.errors import DataError
from corpus.parquet_leaves import codecs
from corpus.publish.row_bytes import row_bytes
from corpus.release.huggingface import features_metadata

VALUES_PER_PAGE_CHECK = 64
"""Arrow looks at the size of a page after so many values: with its own 1,024 all pictures of a row group would share
one page, and none could be read alone."""
PAGE_BYTES = 2**20


def shard_path(release: str, group: str, number: int, n_shards: int) -> str:
    """Hugging Face's name for a shard, in a folder of this release alone: an older one beside it stays whole."""
    return f"data/{release}/{group}-{number:05d}-of-{n_shards:05d}.parquet"


def write_shard(
    rows: Iterable[pa.RecordBatch], schema: pa.Schema, path: str, row_group_bytes: int
) -> tuple[tuple[int, ...], int]:
    """Write rows, given in batches of any size, to a local file; the rows of each row group, and how many pictures.
    DataError when a document comes twice."""
    schema = published_schema(schema)
    row_groups, n_images = [], 0
    with pq.ParquetWriter(path, schema, **form(schema)) as writer:
        for batches in row_groups_of(rows, row_group_bytes):
            table = pa.Table.from_batches(batches).replace_schema_metadata(schema.metadata).combine_chunks()
            writer.write_table(table, row_group_size=table.num_rows)
            row_groups.append(table.num_rows)
            n_images += pc.sum(pc.list_value_length(table["images"])).as_py() or 0
    return tuple(row_groups), n_images


def row_groups_of(rows: Iterable[pa.RecordBatch], row_group_bytes: int) -> Iterator[list[pa.RecordBatch]]:
    """Rows one by one, gathered until the next would make the row group too large."""
    waiting: list[pa.RecordBatch] = []
    n_waiting = 0
    for batch in once(rows):
        for at, n_bytes in enumerate(row_bytes(batch)):
            if waiting and n_waiting + n_bytes > row_group_bytes:
                yield waiting
                waiting, n_waiting = [], 0
            waiting.append(batch.slice(at, 1))
            n_waiting += int(n_bytes)
    if waiting:
        yield waiting


def once(rows: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows; copies of a document, which stand next to each other, are a DataError."""
    before = None
    for batch in rows:
        for document_id in batch.column("document_id").to_pylist():
            if document_id == before:
                raise DataError(
                    f"document_id {document_id} stands in the build twice; build the corpus again"
                )
            before = document_id
        yield batch


def published_schema(schema: pa.Schema) -> pa.Schema:
    """The schema as the files of a release carry it: with the features that Hugging Face reads."""
    metadata = {**(schema.metadata or {}), b"huggingface": features_metadata(schema).encode()}
    return schema.with_metadata(metadata)


def form(schema: pa.Schema) -> dict[str, object]:
    """How Parquet is written: text by Zstandard, pictures as they are, small pages with an index."""
    by_leaf = codecs(schema)
    return {
        "compression": by_leaf,
        "use_dictionary": [leaf for leaf, codec in by_leaf.items() if codec != "none"],
        "write_page_index": True,
        "data_page_size": PAGE_BYTES,
        "write_batch_size": VALUES_PER_PAGE_CHECK,
        "write_page_checksum": True,
    }


def file_sha256(path: str) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
