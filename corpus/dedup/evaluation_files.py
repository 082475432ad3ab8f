"""The files of evaluation sets.

Goes in: a file of texts (.txt, .jsonl, .parquet), a folder of pictures or a Parquet file with their bytes. Comes out:
texts, and bytes of pictures.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.errors import OutputError, SettingsError
from corpus.storage import files_under, join, read_bytes

Value = TypeVar("Value")

ENDINGS = (".gz", ".txt", ".jsonl", ".parquet")
ROWS_PER_BATCH = 1_000


def name_of(uri: str) -> str:
    """The last part of the path, without endings."""
    name = uri.rstrip("/").rpartition("/")[2]
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return name


def texts_in(uri: str) -> Iterator[str]:
    """The texts of a set. SettingsError when it cannot be read."""
    data = content(uri)  # decompressed by Arrow where the name ends in .gz
    plain = uri.removesuffix(".gz")
    try:
        if plain.endswith(".parquet"):
            yield from values_in(rows_in(data), str)
        elif plain.endswith(".jsonl"):
            for line in data.decode("utf-8-sig").splitlines():
                yield from values_in(json.loads(line), str) if line.strip() else ()
        elif plain.endswith(".txt"):
            yield from filter(str.strip, data.decode("utf-8-sig").splitlines())
        else:
            raise SettingsError(
                f"evaluation set {uri}: a file of texts ends in .txt, .jsonl or .parquet, or these and .gz"
            )
    except (pa.ArrowException, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SettingsError(f"evaluation set {uri} cannot be read: {error}") from None


def pictures_in(uri: str) -> Iterator[bytes]:
    """The bytes of each file in a folder, or of each picture in a Parquet file. SettingsError when there are none."""
    if uri.endswith(".parquet"):
        try:
            yield from values_in(rows_in(content(uri)), bytes)
        except pa.ArrowException as error:
            raise SettingsError(f"evaluation set {uri} cannot be read: {error}") from None
        return
    names = sorted(files_under(uri))
    if not names:
        raise SettingsError(
            f"evaluation set {uri} holds no file: give a folder of pictures or a .parquet file"
        )
    yield from (read_bytes(join(uri, name)) or b"" for name in names)


def content(uri: str) -> bytes:
    try:
        data = read_bytes(uri)
    except (OSError, OutputError) as error:
        raise SettingsError(f"evaluation set {uri} cannot be read: {error}") from None
    if data is None:
        raise SettingsError(f"there is no evaluation set {uri}; give the path or URI of a file")
    return data


def rows_in(data: bytes) -> Iterator[Any]:
    for batch in pq.ParquetFile(io.BytesIO(data)).iter_batches(ROWS_PER_BATCH):
        yield from batch.to_pylist()


def values_in(value: Any, kind: type[Value]) -> Iterator[Value]:
    """Every value of the kind inside mappings and lists."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from values_in(each, kind)
    elif isinstance(value, (list, Iterator)):
        for each in value:
            yield from values_in(each, kind)
