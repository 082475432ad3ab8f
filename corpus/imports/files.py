"""Files of lines as other corpora ship them: plain, compressed by gzip, or one file in a ZIP archive.

Goes in: a path or URI. Comes out: its lines, one in memory at a time.
"""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Any

import pyarrow as pa

from corpus.errors import InputError
from corpus.imports.mmc4 import Line
from corpus.storage import is_local, join, locate, read_bytes

READ_BYTES = 2**20
SUFFIXES = (".zip", ".gz", ".jsonl", ".json")


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """The stream of lines; InputError for an archive with more or fewer than one file."""
    filesystem, place = locate(path)
    with ExitStack() as stack:
        stream: Any = stack.enter_context(io.BufferedReader(filesystem.open_input_file(place), READ_BYTES))
        if path.endswith(".gz"):
            packed: Any = gzip.GzipFile(fileobj=stream)
            yield stack.enter_context(packed)
        elif stream.peek(2)[:2] == b"PK":
            archive = stack.enter_context(zipfile.ZipFile(stream))
            names = archive.namelist()
            if len(names) != 1:
                raise InputError(f"{path} holds {len(names)} files; it should hold one, of lines of JSON")
            yield stack.enter_context(archive.open(names[0]))
        else:
            yield stream


def lines_of(path: str) -> Iterator[Line]:
    """The lines with their offsets in what is uncompressed, bytes. Raises InputError."""
    offset = 0
    try:
        with opened(path) as stream:
            for data in stream:
                if data.strip():
                    yield Line(data, os.path.basename(path), offset)
                offset += len(data)
    except (OSError, EOFError, pa.ArrowInvalid, zipfile.BadZipFile) as error:
        raise InputError(f"{path} cannot be read at byte {offset} ({error}); get it anew") from None


def folder_of(path: str) -> str:
    """Where the pictures of a file lie unless told: beside it, in a folder of its name without endings."""
    for suffix in SUFFIXES:
        path = path.removesuffix(suffix)
    return path


def pictures_in(folder: str) -> Callable[[str], bytes | None]:
    """A function that gives the picture of a name; None when it is not there, or the name leads out of the folder."""

    def picture(name: str) -> bytes | None:
        if not name or name in (".", "..") or "/" in name or "\\" in name or "\0" in name:
            return None
        try:
            return read_bytes(join(folder, name))
        except OSError:
            if is_local(folder):  # a name that no file can have
                return None
            raise

    return picture
