"""HDFS as a file system of pyarrow's: through hdfs-native, which needs no Java, else through libhdfs.

Goes in: an hdfs:// URI. Comes out: the file system and the path in it. Unlike libhdfs, pyarrow's own client,
hdfs-native replaces a file in one step. It has an adapter for fsspec, and pyarrow one for that; between them a name
node that does not answer looks like an empty folder, so what lists and opens is asked of the client itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import pyarrow as pa
from pyarrow import fs


def locate(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system of `uri` and the path in it; without a host it is that of Hadoop's configuration, which
    hdfs-native reads from HADOOP_CONF_DIR. OSError when hdfs-native is not installed and libhdfs does not load."""
    host, _, path = uri.removeprefix("hdfs://").partition("/")
    return file_system(host), f"/{path}"


@cache
def file_system(host: str) -> fs.FileSystem:
    """One for all: with its last reference libhdfs closes a file system, and every stream that it has opened. It is the
    only reference to hdfs-native's client: fsspec would keep another and drop it in every forked process, which there
    waits for ever for threads that a fork does not bring."""
    try:
        import hdfs_native.fsspec
    except ImportError:
        return fs.FileSystem.from_uri(f"hdfs://{host}/")[0]
    return fs.PyFileSystem(Handler(hdfs_native.fsspec.HdfsFileSystem(host, skip_instance_cache=True)))


class Handler(fs.FSSpecHandler):  # type: ignore[misc]  # pyarrow comes without types
    """pyarrow's adapter for fsspec, but for what must not fail in silence."""

    @staticmethod
    def _create_file_info(path: str, info: Mapping[str, Any]) -> fs.FileInfo:
        found = {**info, "mtime": info["modification_time"] / 1000}
        return fs.FSSpecHandler._create_file_info(path, found)

    def get_file_info(self, paths: list[str]) -> list[fs.FileInfo]:
        with failures(self.fs.host):
            return super().get_file_info(paths)  # type: ignore[no-any-return]

    def get_file_info_selector(self, selector: fs.FileSelector) -> list[fs.FileInfo]:
        try:
            with failures(self.fs.host):
                found = list(self.fs.client.list_status(selector.base_dir, selector.recursive))
        except FileNotFoundError:
            if selector.allow_not_found:
                return []
            raise
        return [self._create_file_info(each.path, self.fs._convert_file_status(each)) for each in found]

    def delete_file(self, path: str) -> None:
        with failures(self.fs.host):
            self.fs.client.delete(path)

    def move(self, src: str, dest: str) -> None:
        with failures(self.fs.host):
            self.fs.client.rename(src, dest, overwrite=True)

    def open_input_file(self, path: str) -> pa.PythonFile:
        with failures(self.fs.host):
            return pa.PythonFile(self.fs.client.read(path), mode="r")

    def open_input_stream(self, path: str) -> pa.PythonFile:
        return self.open_input_file(path)

    def open_output_stream(self, path: str, metadata: Mapping[str, str]) -> pa.PythonFile:
        with failures(self.fs.host):
            return super().open_output_stream(path, metadata)


@contextmanager
def failures(host: str) -> Iterator[None]:
    """Failures as OSErrors in one line that names the host: hdfs-native has a RuntimeError for what the name node
    refuses, with a trace through Java, and names no host when there is no answer."""
    try:
        yield
    except (FileNotFoundError, FileExistsError):
        raise
    except (OSError, RuntimeError) as error:
        reason = re.split(r"\n|\\n", str(error), maxsplit=1)[0]
        refused = "AccessControlException" in reason
        raise (PermissionError if refused else OSError)(f"hdfs://{host}: {reason}") from None
