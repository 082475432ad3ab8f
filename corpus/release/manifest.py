"""The manifest of a release: the one file that says which files make it up, written last.

Goes in: a folder or URI. Comes out: a `ReleaseManifest`, of which everything else about a release follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from corpus.errors import DataError, InputError
from corpus.release.order import Order, order_of
from corpus.storage import join, read_json, write_json

NAME = "manifest.json"
FORMAT = 1
UNFINISHED = "_publish"
"""Folder with notes of a publication under way; gone when it is done."""


@dataclass(frozen=True)
class ShardFile:
    """A Parquet file of a release: `path` is relative to it; `group` is `train` or a licence, `number` the place of the
    file among the `n_shards` of its group, `row_groups` the rows of each row group; `begin` is the place at which it
    begins when rows stand in the order of a column."""

    path: str
    group: str
    number: int
    n_shards: int
    row_groups: tuple[int, ...]
    rows: int
    images: int
    bytes: int
    sha256: str
    begin: int | None = None


@dataclass(frozen=True)
class Paper:
    """A file beside the data: card, settings, funnel and the like."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ReleaseManifest:
    """What a release is. `release` is the digest of all that its rows and their order follow from, `columns` pairs each
    column with its Arrow type, `choice` and `sizes` are what was asked for, `build` what it was made from."""

    format: int
    version: str
    release: str
    rows: int
    images: int
    bytes: int
    choice: Mapping[str, Any]
    sizes: Mapping[str, int]
    columns: Mapping[str, str]
    build: Mapping[str, Any]
    files: tuple[ShardFile, ...]
    papers: tuple[Paper, ...]

    @property
    def sizes_by_path(self) -> dict[str, int]:
        """The bytes of everything it names."""
        sizes = {file.path: file.bytes for file in self.files}
        return sizes | {paper.path: paper.bytes for paper in self.papers}

    @property
    def seed(self) -> int:
        return int(self.choice["seed"])

    def order(self, schema: pa.Schema) -> Order:
        """The order in which its rows, which have this schema, stand."""
        return order_of(self.seed, self.choice.get("order_by"), schema)


def columns_of(schema: pa.Schema) -> dict[str, str]:
    """Each column with its type, as Arrow writes it, nulls allowed or not."""
    return {field.name: f"{field.type}{'' if field.nullable else ' not null'}" for field in schema}


def write_release_manifest(uri: str, manifest: ReleaseManifest) -> None:
    write_json(join(uri, NAME), asdict(manifest))


def find_release_manifest(uri: str) -> ReleaseManifest | None:
    """The manifest at `uri`; None when there is none, DataError when it is not one that this version knows."""
    value = read_json(join(uri, NAME))
    if value is None:
        return None
    try:
        if value["format"] != FORMAT:
            raise DataError(
                f"{uri}/{NAME} has format {value['format']}, this version knows {FORMAT}; update it"
            )
        files = tuple(shard_file(file) for file in value["files"])
        papers = tuple(Paper(**paper) for paper in value["papers"])
        return ReleaseManifest(**{**value, "files": files, "papers": papers})
    except (KeyError, TypeError) as error:
        raise DataError(f"{uri}/{NAME} is no manifest of a release ({error}); get it anew") from None


def shard_file(value: Mapping[str, Any]) -> ShardFile:
    return ShardFile(**{**value, "row_groups": tuple(value["row_groups"])})


def read_release_manifest(uri: str) -> ReleaseManifest:
    """The manifest at `uri`; InputError when there is none."""
    manifest = find_release_manifest(uri)
    if manifest is None:
        raise InputError(
            f"{uri} has no {NAME}: it is no release, or publishing it was not finished; run it again"
        )
    return manifest
