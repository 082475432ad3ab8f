"""The product read back: from a finished build, or from a release.

Goes in: a folder with `build.json` (a build) or `manifest.json` (a release), columns, an expression. Comes out: Arrow
record batches of the files that it names, in its order. What else lies there is never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from corpus.errors import DataError, InputError
from corpus.history import BUILD
from corpus.release.abreast import N_THREADS, abreast
from corpus.release.row_groups import open_file, row_groups
from corpus.storage import join, locate, read_json

RELEASE = "manifest.json"
BATCHES_AHEAD = 4


def read(
    uri: str, columns: Sequence[str] | None = None, where: pc.Expression | None = None
) -> Iterator[pa.RecordBatch]:
    """Batches of 1 to 64 rows with `columns`, or all, of the rows for which `where` is true. See `corpus.open`."""
    paths = [path for path, _ in product_files(uri)]
    filesystem, _ = locate(uri)
    if paths:
        names = pq.read_schema(paths[0], filesystem=filesystem).names
        unknown = [name for name in columns or () if name not in names]
        if unknown:
            raise InputError(f"{uri} has no columns {unknown}; it has {names}")
    return read_files(filesystem, paths, columns, where)


def read_files(
    filesystem: fs.FileSystem,
    paths: Sequence[str],
    columns: Sequence[str] | None = None,
    where: pc.Expression | None = None,
) -> Iterator[pa.RecordBatch]:
    """Batches of 1 to 64 rows of some files, one after the other, a few of two row groups in memory at a time; the next
    files are opened meanwhile."""
    files = abreast((map(partial(open_file, filesystem), [path]) for path in paths), N_THREADS, 1)
    sources = (each for file in files for each in row_groups(file, columns, where))
    return abreast(sources, N_THREADS, BATCHES_AHEAD)


def product_files(uri: str) -> list[tuple[str, int | None]]:
    """Paths in the file system of `uri`, with bytes where they are told; InputError when `uri` is neither a build nor a
    release, DataError when a file is named but not there, of another size, or outside the folder."""
    build, release = read_json(join(uri, BUILD)), read_json(join(uri, RELEASE))
    if build is None and release is None:
        raise InputError(
            f"{uri} has neither {BUILD} nor {RELEASE}: it is no release, or its build is not finished"
        )
    named = build_files(build) if build is not None else release_files(release)
    filesystem, root = locate(uri)
    outside = [name for name, _ in named if name.startswith("/") or ".." in PurePosixPath(name).parts]
    if outside:
        raise DataError(f"{uri} names files outside its folder: {outside[0]}")
    files = [(join(root, name), n_bytes) for name, n_bytes in named]
    infos = filesystem.get_file_info([path for path, _ in files])  # asked side by side of an object store
    for (path, n_bytes), info in zip(files, infos, strict=True):
        if info.type != fs.FileType.File:
            raise DataError(f"{uri} names {path}, which is not there; get it anew")
        if n_bytes not in (None, info.size):
            raise DataError(f"{uri} names {path} with {n_bytes} bytes, but it has {info.size}; get it anew")
    return files


def build_files(build: Mapping[str, Any]) -> list[tuple[str, int | None]]:
    return [(name, None) for name in build["interleaved"]]


def release_files(release: Mapping[str, Any]) -> list[tuple[str, int | None]]:
    return [(file["path"], file["bytes"]) for file in release["files"]]
