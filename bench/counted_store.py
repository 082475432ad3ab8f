"""An object store that counts what is asked of it: files on local disk, and the requests that S3 would have got.

Goes in: a folder, and how long a request takes. Comes out: a pyarrow file system that is not the local one, so that
`corpus.storage` treats it as it treats S3, and a tally by kind of request.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from pyarrow import fs

# What pyarrow 26's S3FileSystem sends for each call, counted at the server moto.
REQUESTS = {
    "found": {"read": 1},  # HEAD
    "missing": {"read": 1, "write": 1},  # HEAD, then a listing, which costs as much as a write
    "listing": {"write": 1},
    "open": {"read": 2},  # HEAD, GET
    "not opened": {"read": 1},  # HEAD
    "put": {"write": 3},  # begin, one piece, end: an upload in pieces, however small
    "move": {"write": 1},  # COPY within the store; DELETE is free
    "remove": {"read": 1, "write": 1},  # HEAD, PUT of the folder's mark; DELETE is free
    "remove folder": {
        "read": 1,
        "write": 3,
    },  # HEAD, listing, deletion of up to 1,000, PUT of the parent's mark
}


class CountedStore(fs.FileSystemHandler):  # type: ignore[misc]
    """Calls go to local disk and are counted by kind."""

    def __init__(self, root: str, base: Any = None) -> None:
        """`base` is what holds the objects instead of local files, such as an `ObjectTable`."""
        os.makedirs(root, exist_ok=True)
        self.base = base or fs.SubTreeFileSystem(root, fs.LocalFileSystem())
        self.calls: Counter[str] = Counter()
        self.request_s = 0.0
        self.lock = threading.Lock()

    def asked(self, call: str, n: int = 1) -> None:
        """Count a call, and wait as long as its requests take."""
        with self.lock:
            self.calls[call] += n
        if self.request_s:
            time.sleep(n * sum(REQUESTS[call].values()) * self.request_s)

    def requests(self) -> dict[str, int]:
        """Requests at the price of reading and at that of writing."""
        prices = ("read", "write")
        return {
            price: sum(n * REQUESTS[call].get(price, 0) for call, n in self.calls.items()) for price in prices
        }

    def get_type_name(self) -> str:
        return "counted"

    def normalize_path(self, path: str) -> str:
        return path

    def get_file_info(self, paths: list[str]) -> list[fs.FileInfo]:
        found = self.base.get_file_info(paths)
        for info in found:
            self.asked("found" if info.type == fs.FileType.File else "missing")
        return list(found)

    def get_file_info_selector(self, selector: fs.FileSelector) -> list[fs.FileInfo]:
        found = self.base.get_file_info(selector)
        n_told = sum(info.type == fs.FileType.File for info in found) if selector.recursive else len(found)
        self.asked("listing", 1 + n_told // 1000)
        return list(found)

    def open_input_stream(self, path: str) -> Any:
        return self.opened(self.base.open_input_stream, path)

    def open_input_file(self, path: str) -> Any:
        return self.opened(self.base.open_input_file, path)

    def opened(self, open_file: Callable[[str], Any], path: str) -> Any:
        try:
            file = open_file(path)
        except FileNotFoundError:
            self.asked("not opened")
            raise
        self.asked("open")
        return file

    def open_output_stream(self, path: str, metadata: Any) -> Any:
        self.asked("put")
        self.base.create_dir(os.path.dirname(path), recursive=True)
        return self.base.open_output_stream(path)

    def open_append_stream(self, path: str, metadata: Any) -> Any:
        raise NotImplementedError("object stores append nothing")

    def create_dir(self, path: str, recursive: bool) -> None:
        self.base.create_dir(path, recursive=recursive)

    def delete_file(self, path: str) -> None:
        self.asked("remove")
        self.base.delete_file(path)

    def delete_dir(self, path: str) -> None:
        self.asked("remove folder")
        self.base.delete_dir(path)

    def delete_dir_contents(self, path: str, missing_dir_ok: bool = False) -> None:
        raise NotImplementedError("nothing of ours empties folders")

    def delete_root_dir_contents(self) -> None:
        raise NotImplementedError("nothing of ours empties stores")

    def move(self, source: str, target: str) -> None:
        """The last step of writing one file; AssertionError for a folder, whose files would move one by one."""
        if self.base.get_file_info(source).type != fs.FileType.File:
            raise AssertionError(
                "a stage renamed a folder, which on an object store is neither whole nor cheap"
            )
        self.asked("move")
        self.base.move(source, target)

    def copy_file(self, source: str, target: str) -> None:
        raise AssertionError("a stage copied an object")

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__
