"""The files of a release: whether they are there, whole, no more and no fewer, and of the columns that were promised.

Goes in: the manifest and what lies there. Comes out: faults.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.release.abreast import abreast
from corpus.release.manifest import NAME, UNFINISHED, Paper, ReleaseManifest, ShardFile, columns_of
from corpus.storage import join, locate
from corpus.validate.fault import GET_ANEW, Fault

READ_BYTES = 8 * 2**20
PIECES_AT_ONCE = 4


def check_totals(manifest: ReleaseManifest) -> Iterator[Fault]:
    """Whether the manifest adds up."""
    for name in ("rows", "images", "bytes"):
        said, counted = getattr(manifest, name), sum(getattr(file, name) for file in manifest.files)
        if said != counted:
            yield Fault(NAME, None, f"says {said} {name}, but its files have {counted}", GET_ANEW)


def check_listing(manifest: ReleaseManifest, there: Mapping[str, int]) -> Iterator[Fault]:
    """Files that are missing, that nothing names, or whose size differs; hidden ones, as version control keeps them,
    are nobody's."""
    named = manifest.sizes_by_path
    for path, size in named.items():
        if path not in there:
            yield Fault(path, None, f"is named by {NAME}, but is not there", GET_ANEW)
        elif there[path] != size:
            yield Fault(path, None, f"has {there[path]} bytes, but {NAME} says {size}", GET_ANEW)
    for path in sorted(there.keys() - named.keys() - {NAME}):
        if path.startswith(f"{UNFINISHED}/"):
            yield Fault(path, None, "was left by a publication that did not end", "run it again")
        elif not any(part.startswith(".") for part in path.split("/")):
            yield Fault(path, None, f"is not named by {NAME}, but readers may take it in", "remove it")


def check_content(uri: str, file: ShardFile | Paper, copy: IO[bytes] | None = None) -> Iterator[Fault]:
    """Whether the bytes are those that were written; they are put into `copy`."""
    sha256 = hashlib.sha256()
    for data in pieces(join(uri, file.path)):
        sha256.update(data)
        if copy is not None:
            copy.write(data)
    if sha256.hexdigest() != file.sha256:
        what = f"has sha256 {sha256.hexdigest()[:12]}..., but {NAME} says {file.sha256[:12]}...: bytes were changed"
        yield Fault(file.path, None, what, GET_ANEW)


def pieces(uri: str) -> Iterator[bytes]:
    """The bytes of a file in order. Several pieces are asked for at a time: a store takes longer to answer than to
    send one."""
    filesystem, path = locate(uri)
    with filesystem.open_input_file(path) as stream:
        reads = (map(partial(stream.read_at, READ_BYTES), [at]) for at in range(0, stream.size(), READ_BYTES))
        yield from abreast(reads, PIECES_AT_ONCE, 1, PIECES_AT_ONCE)


def check_shape(manifest: ReleaseManifest, file: ShardFile, parquet: pq.ParquetFile) -> Iterator[Fault]:
    """Whether the footer tells of the rows and columns that were promised."""
    n_rows = parquet.metadata.num_rows
    if n_rows != file.rows:
        yield Fault(file.path, None, f"has {n_rows} rows, but {NAME} says {file.rows}", GET_ANEW)
    metadata = parquet.metadata
    row_groups = tuple(metadata.row_group(at).num_rows for at in range(metadata.num_row_groups))
    if n_rows == file.rows and row_groups != file.row_groups:
        what = f"has row groups of {row_groups} rows, but {NAME} says {file.row_groups}"
        yield Fault(file.path, None, what, GET_ANEW)
    yield from check_columns(manifest, file, parquet.schema_arrow)


def check_columns(manifest: ReleaseManifest, file: ShardFile, schema: pa.Schema) -> Iterator[Fault]:
    found, said = columns_of(schema), dict(manifest.columns)
    for name in said.keys() - found.keys():
        yield Fault(file.path, None, f"has no column {name}", GET_ANEW)
    for name in found.keys() - said.keys():
        yield Fault(file.path, None, f"has a column {name} that {NAME} does not name", GET_ANEW)
    for name in said.keys() & found.keys():
        if found[name] != said[name]:
            what = f"column {name} is of type {found[name]}, but {NAME} says {said[name]}"
            yield Fault(file.path, None, what, GET_ANEW)
