"""Millions of small objects in one SQLite file: what an object store holds, without a file and a folder for each.

Goes in: a path on local disk. Comes out: a file system as `CountedStore` puts in front of local files. Objects are
listed in the order of their names, a folder is what names have in common, and little of it is in memory.
"""

from __future__ import annotations

import io
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from pyarrow import fs

LAST = chr(0x10FFFF)
CACHE_KIB = 256
ROWS_AT_ONCE = 10_000


class ObjectTable:
    """As much of pyarrow's interface as `CountedStore` asks for. One thread at a time is let in."""

    def __init__(self, path: str) -> None:
        self.lock = threading.Lock()
        self.rows = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        for line in (f"cache_size = -{CACHE_KIB}", "journal_mode = off", "synchronous = off"):
            self.rows.execute(f"PRAGMA {line}")
        self.rows.execute(
            "CREATE TABLE IF NOT EXISTS object (path TEXT PRIMARY KEY, data BLOB, written_s REAL) WITHOUT ROWID"
        )

    def ask(self, query: str, *values: Any) -> list[Any]:
        with self.lock:
            return self.rows.execute(query, values).fetchall()

    def get_file_info(self, asked: str | list[str] | fs.FileSelector) -> Any:
        if isinstance(asked, fs.FileSelector):
            prefix = asked.base_dir.rstrip("/") + "/"
            return list(self.under(prefix) if asked.recursive else self.directly_in(prefix))
        if isinstance(asked, str):
            return self.info(asked)
        return [self.info(path) for path in asked]

    def info(self, path: str) -> fs.FileInfo:
        found = self.ask("SELECT path, length(data), written_s FROM object WHERE path = ?", path)
        if found:
            return info_of(*found[0])
        is_folder = self.ask(
            "SELECT 1 FROM object WHERE path > ? AND path < ? LIMIT 1", path + "/", path + "0"
        )
        return fs.FileInfo(path, fs.FileType.Directory if is_folder else fs.FileType.NotFound)

    def under(self, prefix: str) -> Iterator[fs.FileInfo]:
        """Objects and folders, as pyarrow lists an object store."""
        after, told = prefix, set[str]()
        while found := self.ask(
            "SELECT path, length(data), written_s FROM object WHERE path > ? AND path < ? ORDER BY path LIMIT ?",
            after, prefix + LAST, ROWS_AT_ONCE,
        ):  # fmt: skip
            for row in found:
                folder = row[0].rpartition("/")[0]
                if len(folder) > len(prefix) and folder not in told:
                    told = {folder}  # the last one alone: names come in order
                    yield fs.FileInfo(folder, fs.FileType.Directory)
                yield info_of(*row)
            after = found[-1][0]

    def directly_in(self, prefix: str) -> Iterator[fs.FileInfo]:
        after = prefix
        query = "SELECT path, length(data), written_s FROM object WHERE path > ? AND path < ? ORDER BY path LIMIT 1"
        while found := self.ask(query, after, prefix + LAST):
            name, slash, _ = found[0][0][len(prefix) :].partition("/")
            yield fs.FileInfo(prefix + name, fs.FileType.Directory) if slash else info_of(*found[0])
            after = prefix + name + "/" + LAST if slash else found[0][0]

    def open_input_stream(self, path: str) -> Any:
        return pa.BufferReader(self.data(path))

    open_input_file = open_input_stream

    def data(self, path: str) -> bytes:
        found = self.ask("SELECT data FROM object WHERE path = ?", path)
        if not found:
            raise FileNotFoundError(path)
        return bytes(found[0][0])

    def open_output_stream(self, path: str) -> Any:
        return pa.PythonFile(Upload(self, path), mode="w")

    def put(self, path: str, data: bytes) -> None:
        self.ask("INSERT OR REPLACE INTO object VALUES (?, ?, ?)", path, data, time.time())

    def put_all(self, objects: list[tuple[str, bytes, float]]) -> None:
        """Many at once: path, bytes, when written."""
        with self.lock:
            self.rows.execute("BEGIN")
            self.rows.executemany("INSERT OR REPLACE INTO object VALUES (?, ?, ?)", objects)
            self.rows.execute("COMMIT")

    def move(self, source: str, target: str) -> None:
        self.ask(
            "UPDATE OR REPLACE object SET path = ?, written_s = ? WHERE path = ?", target, time.time(), source
        )

    def create_dir(self, path: str, recursive: bool) -> None:
        """Nothing: a folder is there when an object is in it."""

    def delete_file(self, path: str) -> None:
        self.ask("DELETE FROM object WHERE path = ?", path)

    def delete_dir(self, path: str) -> None:
        self.ask("DELETE FROM object WHERE path > ? AND path < ?", path + "/", path + "0")


class Upload(io.BytesIO):
    """Bytes that become an object when they are closed."""

    def __init__(self, table: ObjectTable, path: str) -> None:
        super().__init__()
        self.table, self.path = table, path

    def close(self) -> None:
        if not self.closed:
            self.table.put(self.path, self.getvalue())
        super().close()


def info_of(path: str, n_bytes: int, written_s: float) -> fs.FileInfo:
    return fs.FileInfo(path, fs.FileType.File, size=n_bytes, mtime_ns=int(written_s * 1e9))
