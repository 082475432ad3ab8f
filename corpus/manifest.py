"""Manifests: what was written, from what, under which settings. Written last, so its presence means done.

A table of a build lies at `OUT/tables/TABLE/DIGEST/chunk=CHUNK/part-*.parquet`; beside the parts of a chunk stands
`_manifest.json` with files, rows, sha256, counts and the fingerprints of its inputs. Readers follow manifests, so what
a killed task left behind is never read.
"""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from corpus import __version__
from corpus.columns import Table
from corpus.config import Settings, digest
from corpus.overrides import flat
from corpus.storage import join, names_in, read_json, remove_file, remove_folder, write_json
from corpus.tables import TABLES

NAME = "_manifest.json"


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows of a part (`item` empty), or items of its list column `item`, had this outcome, or what its column
    of counts `item` adds up to; and how many bytes the rows say they stand for."""

    item: str
    outcome: str
    n: int
    n_bytes: int


@dataclass(frozen=True)
class Part:
    """One Parquet file of a table."""

    table: str
    chunk: str
    name: str
    n_rows: int
    file_bytes: int
    sha256: str
    counts: tuple[Count, ...]


@dataclass(frozen=True)
class Manifest:
    """What is known of one chunk of one table. `forgotten` counts by request and file the rows that `corpus
    forget` changed or took out since the chunk was made, and `made_as` is the fingerprint that it had before.
    `core_s` and `gpu_s` are what the tasks of its job took of both."""

    table: str
    chunk: str
    digest: str
    version: str
    settings: Mapping[str, Any]
    inputs: Mapping[str, str]
    elapsed_s: float
    parts: tuple[Part, ...]
    made_as: str = ""
    forgotten: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    core_s: float = 0.0
    gpu_s: float = 0.0

    @property
    def n_rows(self) -> int:
        return sum(part.n_rows for part in self.parts)

    @property
    def fingerprint(self) -> str:
        """Hash of the bytes of all parts as they were made: equal fingerprints mean equal rows, but for what was
        forgotten since, which is taken out of every table, so that none is stale for it."""
        return (
            self.made_as
            or hashlib.sha256("".join(part.sha256 for part in self.parts).encode()).hexdigest()[:16]
        )


def shaping(table: Table, settings: Settings) -> dict[str, Any]:
    """The settings that shape `table`."""
    known = flat(settings)
    return {key: known[key] for key in matching(tuple(sorted(known)), table.sections)}


@lru_cache(maxsize=len(TABLES))
def matching(keys: tuple[str, ...], sections: tuple[str, ...]) -> tuple[str, ...]:
    """The keys that one of the patterns matches: the same for every manifest of a table."""
    return tuple(key for key in keys if any(fnmatch.fnmatchcase(key, pattern) for pattern in sections))


def table_digests(settings: Settings, identities: Mapping[str, str]) -> dict[str, str]:
    """The digest of every table: of its revision and schema, the settings that shape it, its inputs' digests, and,
    where `identities` names the table, the identity of what else shapes it (the encoder's weights)."""
    digests: dict[str, str] = {}
    for name, table in TABLES.items():
        digests[name] = digest(
            [
                name,
                table.revision,
                table.schema.to_string(show_field_metadata=False),
                shaping(table, settings),
                identities.get(name, ""),
                [digests[source] for source in table.inputs],
            ]
        )
    return digests


def table_folder(out: str, table: str, table_digest: str) -> str:
    return join(out, "tables", table, table_digest)


def chunk_folder(out: str, table: str, table_digest: str, chunk: str) -> str:
    return join(table_folder(out, table, table_digest), f"chunk={chunk}")


def clear_chunk(folder: str) -> None:
    """Remove what is there of a chunk, its manifest first: whatever is left when this is killed does not look whole."""
    remove_file(join(folder, NAME))
    remove_folder(folder)


def clear_others(folder: str, parts: Sequence[Part]) -> None:
    """Remove what tasks that were killed or came second left in the folder of a chunk beside these parts."""
    for name in set(names_in(folder)) - {part.name for part in parts}:
        remove_file(join(folder, name))


def write_manifest(folder: str, manifest: Manifest) -> None:
    write_json(join(folder, NAME), told_by(manifest))


def told_by(manifest: Manifest) -> dict[str, Any]:
    """What the file holds."""
    counts = [[asdict(count) for count in part.counts] for part in manifest.parts]
    parts = [{**vars(part), "counts": own} for part, own in zip(manifest.parts, counts, strict=True)]
    return {**vars(manifest), "parts": parts}


def read_manifest(folder: str) -> Manifest | None:
    """The manifest in `folder`; None when its chunk is not done."""
    value = read_json(join(folder, NAME))
    if value is None:
        return None
    parts = tuple(
        Part(**{**part, "counts": tuple(Count(**count) for count in part["counts"])})
        for part in value["parts"]
    )
    return Manifest(**{**value, "parts": parts})


def new_manifest(
    table: Table,
    folder: tuple[str, str],
    settings: Settings,
    inputs: Mapping[str, str],
    parts: Sequence[Part],
    elapsed_s: float,
) -> Manifest:
    """The manifest of a chunk just written; `folder` is (digest, chunk)."""
    table_digest, chunk = folder
    return Manifest(
        table=table.name,
        chunk=chunk,
        digest=table_digest,
        version=__version__,
        settings=shaping(table, settings),
        inputs=dict(inputs),
        elapsed_s=round(elapsed_s, 3),
        parts=tuple(sorted(parts, key=lambda part: part.name)),
    )
