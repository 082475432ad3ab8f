"""Shards of an export as they are written: tar, lines of JSON with pictures beside them, Parquet, MDS.

Goes in: records of one format. Comes out: files in a local folder. Records of a shard are on disk, or in memory up to
the size of a row group or an MDS shard. The same records make the same bytes: nothing in a file tells when it was made.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.exports.mds import mds_head
from corpus.publish.shards import form

ROW_GROUP_BYTES = 64 * 2**20


class Shard(Protocol):
    """A file that is being written."""

    n_bytes: int

    def add(self, record: Any) -> None: ...
    def close(self) -> None: ...


class TarShard:
    """Samples, each a key and parts; `offsets` says where each sample begins and, once closed, where the last ends."""

    def __init__(self, path: str) -> None:
        self.tar = tarfile.open(path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115  closed by close()
        self.offsets: list[int] = []
        self.n_bytes = 0

    def add(self, record: tuple[str, Mapping[str, bytes]]) -> None:
        key, parts = record
        self.offsets.append(self.tar.offset)
        for name, data in parts.items():
            member = tarfile.TarInfo(f"{key}.{name}")
            member.size = len(data)
            self.tar.addfile(member, io.BytesIO(data))
        self.n_bytes = self.tar.offset

    def close(self) -> None:
        self.offsets.append(self.tar.offset)
        self.tar.close()


class LineShard:
    """Lines of JSON and, in a folder of the same name, the pictures that they name."""

    def __init__(self, path: str) -> None:
        self.stream = open(path, "wb")  # noqa: SIM115  closed by close()
        self.pictures = path.removesuffix(".jsonl")
        self.n_bytes = 0

    def add(self, record: tuple[bytes, Mapping[str, bytes]]) -> None:
        line, pictures = record
        self.n_bytes += self.stream.write(line + b"\n")
        for name, data in pictures.items():
            os.makedirs(self.pictures, exist_ok=True)
            with open(os.path.join(self.pictures, name), "wb") as stream:
                self.n_bytes += stream.write(data)

    def close(self) -> None:
        self.stream.close()


class ParquetShard:
    """Rows in row groups of about 64 MiB; the rows of a document are never parted."""

    def __init__(self, path: str, schema: pa.Schema) -> None:
        self.writer = pq.ParquetWriter(path, schema, **form(schema))
        self.schema = schema
        self.waiting: list[dict[str, Any]] = []
        self.n_waiting_bytes = 0
        self.n_bytes = 0

    def add(self, record: tuple[Sequence[dict[str, Any]], int]) -> None:
        """Rows, and how many bytes they are about."""
        rows, n_bytes = record
        self.waiting += rows
        self.n_waiting_bytes += n_bytes
        self.n_bytes += n_bytes
        if self.n_waiting_bytes >= ROW_GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        self.writer.write_batch(
            pa.RecordBatch.from_pylist(self.waiting, schema=self.schema),
            row_group_size=max(1, len(self.waiting)),
        )
        self.waiting, self.n_waiting_bytes = [], 0

    def close(self) -> None:
        if self.waiting:
            self.flush()
        self.writer.close()


class MdsShard:
    """Samples, kept until the shard is whole: their offsets stand before them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.samples: list[bytes] = []
        self.n_bytes = 0

    def add(self, record: bytes) -> None:
        self.samples.append(record)
        self.n_bytes += len(record)

    def close(self) -> None:
        with open(self.path, "wb") as stream:
            stream.write(mds_head(list(map(len, self.samples))))
            stream.writelines(self.samples)
