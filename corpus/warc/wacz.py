"""WACZ: a zip file with WARC files in its folder `archive`, beside their index and a description.

Goes in: the path of a WACZ file. Comes out: the addresses of the WARC files in it, `file.wacz#archive/name`, and
streams over them (WACZ 1.1.1, specs.webrecorder.net). Its index is not needed: each WARC file is read whole.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO, cast
from zipfile import BadZipFile, ZipFile

from corpus.errors import InputError

ENDING = ".wacz"
FOLDER = "archive/"
MEMBER_ENDINGS = (".warc", ".warc.gz", ".arc", ".arc.gz")
READ_ERRORS = (BadZipFile, zlib.error)
OPEN_ERRORS = (*READ_ERRORS, KeyError, NotImplementedError, RuntimeError)
"""What zipfile raises for files that are none or damaged, missing names, methods that it does not know, passwords."""


def members_of(path: str) -> list[str]:
    """The addresses of the WARC files within, sorted. Raises InputError when there are none."""
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, *OPEN_ERRORS) as error:
        raise InputError(f"cannot read WACZ file {path}: {error}") from None
    found = [name for name in names if name.startswith(FOLDER) and name.lower().endswith(MEMBER_ENDINGS)]
    if not found:
        raise InputError(f"WACZ file {path} holds no WARC file in {FOLDER}")
    return [f"{path}#{name}" for name in sorted(set(found))]


def is_member(address: str) -> bool:
    """Whether the address means a file within a WACZ file."""
    return f"{ENDING}#" in address


def open_member(address: str, offset: int) -> BinaryIO:
    """A stream over a WARC file within, from `offset` (bytes of that file) on. Raises OSError."""
    path, _, name = address.partition(f"{ENDING}#")
    try:
        with ZipFile(path + ENDING) as archive:  # the file stays open until the stream is closed
            stream = archive.open(name)
        stream.seek(offset)
    except OPEN_ERRORS as error:
        raise OSError(f"{address}: {error}") from None
    return cast(BinaryIO, stream)
