"""Where an export goes: a local folder, which appears at once, or an object store, where `export.json` comes last.

Goes in: a folder or URI. Comes out: a local folder to write in, and what sends to the store all that lies in it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from tempfile import TemporaryDirectory

from corpus.errors import OutputError
from corpus.storage import files_under, is_local, join, locate, put_file, remove_file, write_json

NAME = "export.json"
UNFINISHED = ".unfinished"
BEGUN = "_unfinished.json"
"""Stands in an object store while an export is under way: what lies beside it is of no use."""
SENT_AT_ONCE = 8

Place = tuple[str, Callable[[], None]]


def place_of(to: str) -> AbstractContextManager[Place]:
    """A local folder, and what is to be called when files in it are done. OutputError when the place is taken."""
    return local_place(locate(to)[1]) if is_local(to) else stored_place(to)


@contextmanager
def local_place(folder: str) -> Iterator[Place]:
    if os.path.isfile(folder):
        raise OutputError(f"{folder} is a file; choose an empty or new folder")
    if os.path.isdir(folder) and (names := sorted(os.listdir(folder))):
        held = "a finished export" if NAME in names else f"other things ({', '.join(names[:3])})"
        raise OutputError(f"{folder} holds {held}; choose an empty or new folder")
    unfinished = folder.rstrip("/") + UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    os.makedirs(unfinished)
    try:
        yield unfinished, lambda: None
    except Exception:  # of no use, and the disk may be full of it
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    if os.path.isdir(folder):  # empty, as was looked at
        os.rmdir(folder)
    os.rename(unfinished, folder)


@contextmanager
def stored_place(uri: str) -> Iterator[Place]:
    there = files_under(uri)
    if there and BEGUN not in there:
        raise OutputError(f"{uri} holds other things; choose an empty or new place")
    write_json(join(uri, BEGUN), {})
    for name in there:
        if name != BEGUN:
            remove_file(join(uri, name))
    with TemporaryDirectory(prefix="corpus-export-") as folder:
        yield folder, lambda: send(folder, uri)
    remove_file(join(uri, BEGUN))


def send(folder: str, uri: str) -> None:
    """Put all files of the folder at the URI and take them away here."""

    def put(name: str) -> None:
        path = os.path.join(folder, name)
        put_file(path, join(uri, name))
        os.remove(path)

    with ThreadPoolExecutor(SENT_AT_ONCE) as threads:
        list(threads.map(put, files_under(folder)))
