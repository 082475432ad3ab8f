"""Files of lines as other corpora ship them: plain, compressed by gzip, or one file in a ZIP archive.

Goes in: a local path. Comes out: its lines, one in memory at a time.
"""

from __future__ import annotations

import gzip
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, cast

from corpus.errors import InputError
from corpus.imports.mmc4 import Line

SUFFIXES = (".zip", ".gz", ".jsonl", ".json")


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """The stream of lines; InputError for an archive with more or fewer than one file."""
    if path.endswith(".gz"):
        with gzip.open(path) as packed:
            yield cast(IO[bytes], packed)
        return
    if not zipfile.is_zipfile(path):
        with open(path, "rb") as plain:
            yield plain
        return
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(names) != 1:
            raise InputError(f"{path} holds {len(names)} files; it should hold one, of lines of JSON")
        with archive.open(names[0]) as member:
            yield member


def lines_of(path: str) -> Iterator[Line]:
    """The lines with their offsets in what is uncompressed, bytes. Raises InputError."""
    offset = 0
    try:
        with opened(path) as stream:
            for data in stream:
                if data.strip():
                    yield Line(data, os.path.basename(path), offset)
                offset += len(data)
    except (OSError, EOFError, zipfile.BadZipFile) as error:
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
            with open(os.path.join(folder, name), "rb") as stream:
                return stream.read()
        except OSError:
            return None

    return picture
