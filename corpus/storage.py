"""Files on local disk, S3, GCS or HDFS through pyarrow's file systems; HDFS through hdfs-native where it is installed.

Goes in: a local path or a URI. Comes out: bytes, JSON, names. A file written here is whole or absent: it is written
under another name and moved. On an object store the move is a copy made by the store, of at most 5 GB on S3: pyarrow
cannot give an upload up, and its streams put an object there also when their writer fails.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pyarrow as pa
from pyarrow import fs

from corpus import hdfs
from corpus.errors import OutputError

COPY_BYTES = 8 * 2**20
GCS_RETRY_S = 180  # as long as hdfs-native tries; by itself the client tries 900 s, also without credentials
LIBHDFS = (
    "; Hadoop's own client, libhdfs, needs ARROW_LIBHDFS_DIR, JAVA_HOME and CLASSPATH=$(hadoop classpath --glob); "
    "pip install 'interleaved-corpus[hdfs]' brings one that needs none of them"
)


def locate(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system of `uri` and the path in it; OutputError for a scheme that nothing here can open."""
    if "://" not in uri:
        return fs.LocalFileSystem(), os.path.abspath(uri)
    try:
        return hdfs.locate(uri) if uri.startswith("hdfs://") else fs.FileSystem.from_uri(address(uri))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        reason = str(error).partition("\n")[0]  # libhdfs goes on with every place where it looked for Java
        advice = LIBHDFS if uri.startswith("hdfs://") else ""
        raise OutputError(f"cannot open {uri}: {reason}{advice}") from None


def address(uri: str) -> str:
    """`uri` as pyarrow is to open it."""
    if uri.startswith("gs://") and "?" not in uri:
        return f"{uri}?retry_limit_seconds={GCS_RETRY_S}"
    return uri.replace("s3a://", "s3://", 1)


def join(folder: str, *names: str) -> str:
    """`folder/name/...`, for paths and URIs alike."""
    return "/".join([folder.rstrip("/"), *names])


@contextmanager
def writing(uri: str) -> Iterator[pa.NativeFile]:
    """A binary stream whose bytes appear at `uri`, all of them, when the block ends, and never when it raises or is
    killed: an earlier file there is replaced in one step, except by libhdfs."""
    filesystem, path = locate(uri)
    folder = path.rpartition("/")[0]
    if isinstance(filesystem, fs.LocalFileSystem):
        os.makedirs(folder, exist_ok=True)
    unfinished = f"{folder}/_{uuid.uuid4().hex}.unfinished"
    try:
        with filesystem.open_output_stream(unfinished) as stream:
            yield stream
        if filesystem.type_name == "hdfs" and filesystem.get_file_info(path).type == fs.FileType.File:
            filesystem.delete_file(path)  # libhdfs moves onto no other file
        filesystem.move(unfinished, path)
    except BaseException:
        if filesystem.get_file_info(unfinished).type == fs.FileType.File:
            filesystem.delete_file(unfinished)
        raise


def put_file(local: str, uri: str) -> None:
    """Put a copy of the finished file `local` at `uri`, as `writing` does."""
    with open(local, "rb") as source, writing(uri) as stream:
        shutil.copyfileobj(source, stream, COPY_BYTES)


def write_bytes(uri: str, data: bytes) -> None:
    with writing(uri) as stream:
        stream.write(data)


def read_bytes(uri: str) -> bytes | None:
    """The bytes at `uri`; None when there is no such file. Whether there is one is asked only when it does not open:
    that spares a request for each that does."""
    filesystem, path = locate(uri)
    try:
        with filesystem.open_input_stream(path) as stream:
            return bytes(stream.read())
    except FileNotFoundError:
        return None
    except OSError:  # libhdfs finds nothing where it may not look, or gets no answer
        if filesystem.type_name == "hdfs" or filesystem.get_file_info(path).type == fs.FileType.File:
            raise
        return None


def write_json(uri: str, value: Any) -> None:
    write_bytes(uri, (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())


def read_json(uri: str) -> Any:
    """The value of the JSON file at `uri`; None when there is no such file. OutputError when it is no JSON."""
    data = read_bytes(uri)
    if data is None:
        return None
    try:
        return json.loads(data)
    except ValueError as error:
        raise OutputError(
            f"{uri} is not the JSON it should be ({error}); remove it to have it made anew"
        ) from None


def listing(uri: str, all_levels: bool = True) -> Iterator[tuple[str, fs.FileInfo]]:
    """What is in a folder, and in its folders, by path relative to it; nothing when there is no such folder."""
    filesystem, path = locate(uri)
    n_prefix = len(path.rstrip("/")) + 1
    for info in filesystem.get_file_info(fs.FileSelector(path, allow_not_found=True, recursive=all_levels)):
        yield info.path[n_prefix:], info


def names_in(uri: str) -> list[str]:
    """Names of the files and folders directly in a folder, sorted; none when there is no such folder. Of one level
    pyarrow lists on GCS no folder but those with an object of their own, hence all levels there."""
    all_levels = locate(uri)[0].type_name == "gcs"
    return sorted({path.partition("/")[0] for path, _ in listing(uri, all_levels)})


def files_under(uri: str) -> dict[str, int]:
    """Bytes of every file in a folder and its folders, by path relative to it; none when there is no such folder."""
    return {path: info.size for path, info in listing(uri) if info.type == fs.FileType.File}


def stamps_under(uri: str) -> dict[str, tuple[int, int]]:
    """Bytes and whole second of writing of every file, by path relative to the folder."""
    return {path: stamp(info) for path, info in listing(uri) if info.type == fs.FileType.File}


def stamp_of(uri: str) -> tuple[int, int] | None:
    """The same of one file; None when it is not there."""
    filesystem, path = locate(uri)
    info = filesystem.get_file_info(path)
    return stamp(info) if info.type == fs.FileType.File else None


def stamp(info: fs.FileInfo) -> tuple[int, int]:
    return info.size, (info.mtime_ns or 0) // 10**9


def remove_file(uri: str) -> None:
    """Remove a file; nothing happens when it is not there."""
    filesystem, path = locate(uri)
    if filesystem.get_file_info(path).type == fs.FileType.File:
        filesystem.delete_file(path)


def is_folder(uri: str) -> bool:
    filesystem, path = locate(uri)
    return bool(filesystem.get_file_info(path).type == fs.FileType.Directory)


def remove_folder(uri: str) -> None:
    """Remove a folder and what is in it; nothing happens when it is not there."""
    filesystem, path = locate(uri)
    if filesystem.get_file_info(path).type == fs.FileType.Directory:
        with suppress(FileNotFoundError):  # on GCS, once all files are gone: the folder itself is no object
            filesystem.delete_dir(path)


def is_local(uri: str) -> bool:
    return isinstance(locate(uri)[0], fs.LocalFileSystem)


def opened(uri: str) -> str:
    """A path or URI by the name under which Spark opens it."""
    return "file://" + locate(uri)[1] if is_local(uri) else uri
