"""The files of evaluation sets.

Goes in: a file of texts (.txt, .jsonl, .parquet), a folder of pictures or a Parquet file with their bytes. Comes out:
texts, and bytes of pictures.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.errors import OutputError, SettingsError
from corpus.storage import files_under, join, locate, read_bytes, stamp_of, stamps_under

Value = TypeVar("Value")

ENDINGS = (".gz", ".txt", ".jsonl", ".parquet")
ROWS_PER_BATCH, PICTURES_PER_BATCH = 1_000, 64


def name_of(uri: str) -> str:
    """The last part of the path, without endings."""
    name = uri.rstrip("/").rpartition("/")[2]
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return name


def texts_in(uri: str) -> Iterator[str]:
    """The texts of a set, one after the other. SettingsError when it cannot be read."""
    plain = uri.removesuffix(".gz")
    with reading(uri):
        if plain.endswith(".parquet"):
            yield from values_in(rows_in(uri), str)
        elif plain.endswith(".jsonl"):
            for line in lines_of(uri):
                yield from values_in(json.loads(line), str) if line.strip() else ()
        elif plain.endswith(".txt"):
            yield from (line.rstrip("\n") for line in lines_of(uri) if line.strip())
        else:
            raise SettingsError(
                f"evaluation set {uri}: a file of texts ends in .txt, .jsonl or .parquet, or these and .gz"
            )


def pictures_in(uri: str) -> Iterator[bytes]:
    """The bytes of each file in a folder, or of each picture in a Parquet file. SettingsError when there are none."""
    if uri.endswith(".parquet"):
        with reading(uri):
            yield from values_in(rows_in(uri, PICTURES_PER_BATCH), bytes)
        return
    names = sorted(files_under(uri))
    if not names:
        raise SettingsError(
            f"evaluation set {uri} holds no file: give a folder of pictures or a .parquet file"
        )
    yield from (read_bytes(join(uri, name)) or b"" for name in names)


def stamps_of_set(uri: str) -> list[tuple[str, int, int]]:
    """Name, bytes and second of writing of the file, or of every file in the folder: other stamps, another set."""
    own = stamp_of(uri)
    return [("", *own)] if own else sorted((name, *stamp) for name, stamp in stamps_under(uri).items())


@contextmanager
def reading(uri: str) -> Iterator[None]:
    """Whatever is wrong with the file is a SettingsError that names it."""
    try:
        yield
    except FileNotFoundError:
        raise SettingsError(f"there is no evaluation set {uri}; give the path or URI of a file") from None
    except (pa.ArrowException, UnicodeDecodeError, json.JSONDecodeError, OSError, OutputError) as error:
        raise SettingsError(f"evaluation set {uri} cannot be read: {error}") from None


def lines_of(uri: str) -> Iterator[str]:
    """Lines of a file of any size, decompressed by Arrow where the name ends in .gz."""
    filesystem, path = locate(uri)
    with filesystem.open_input_stream(path) as stream:
        yield from io.TextIOWrapper(stream, encoding="utf-8-sig")


def rows_in(uri: str, n_rows: int = ROWS_PER_BATCH) -> Iterator[Any]:
    filesystem, path = locate(uri)
    packed = uri.endswith(".gz")  # of which any part is found only after those before it
    with filesystem.open_input_stream(path) if packed else filesystem.open_input_file(path) as file:
        for batch in pq.ParquetFile(io.BytesIO(file.read()) if packed else file).iter_batches(n_rows):
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
