"""Segments: the entries of a thousand finished chunks of a table in one file, so that a build of many chunks that is
begun again reads a file instead of a thousand manifests.

Goes in: entries, each with the stamp of its manifest. Comes out: the same, from `_sealed/FIRST.segment` beside the
chunks (JSON, packed by gzip). A segment only repeats what manifests say: of a chunk whose manifest has another stamp
than it had, and of all chunks of a segment that cannot be read, the manifests are read as if there was none.
"""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from corpus.entry import Common, Entry
from corpus.storage import join, read_bytes, write_bytes

FOLDER = "_sealed"
SUFFIX = ".segment"  # by ".gz" pyarrow would unpack it, and fail where it is torn
FORM = 1
"""Raised when the form of the file changes: others are not read."""

Stamp = tuple[int, int]
"""Bytes of a manifest and when it was written, in whole seconds since 1970: object stores tell no more."""
Sealed = Sequence[tuple[Entry, Stamp]]

NAMES = tuple(field.name for field in fields(Entry))
SHARED = ("settings", "names", "counted")


def segment_uri(folder: str, name: str) -> str:
    """`folder` is that of a table's chunks."""
    return join(folder, FOLDER, name + SUFFIX)


def write_segment(folder: str, name: str, sealed: Sealed) -> None:
    """Entries of one table. What they have in common is written once."""
    common: dict[str, int] = {}
    numbers: dict[int, int] = {}  # by identity: entries in memory share what is equal already

    def number(value: Any) -> int:
        if id(value) not in numbers:
            text = json.dumps(value, sort_keys=True)
            numbers[id(value)] = common.setdefault(text, len(common))
        return numbers[id(value)]

    rows = []
    for entry, stamp in sealed:
        row = {name: getattr(entry, name) for name in NAMES} | {"tallies": list(entry.tallies)}
        row |= {key: number(row[key]) for key in SHARED}
        rows.append([*row.values(), stamp])
    shared = [json.loads(text) for text in common]
    told = {"form": FORM, "names": [*NAMES, "stamp"], "common": shared, "rows": rows}
    write_bytes(segment_uri(folder, name), gzip.compress(json.dumps(told).encode(), 1, mtime=0))


def read_segment(folder: str, name: str, common: Common) -> list[tuple[Entry, Stamp]]:
    """What it holds; nothing of one that is not there, torn or of another form."""
    data = read_bytes(segment_uri(folder, name))
    try:
        told = json.loads(gzip.decompress(data or b""))
        if told["form"] != FORM:
            return []
        held = [held_in_common(value, common) for value in told["common"]]
        return [entry_from(dict(zip(told["names"], row, strict=True)), held) for row in told["rows"]]
    except (zlib.error, OSError, EOFError, ValueError, TypeError, KeyError, IndexError):
        return []


def held_in_common(value: Any, common: Common) -> Any:
    """Lists were tuples before they were JSON."""
    if isinstance(value, list):
        value = tuple(tuple(each) if isinstance(each, list) else each for each in value)
    return common.once(value)


def entry_from(row: dict[str, Any], held: Sequence[Any]) -> tuple[Entry, Stamp]:
    n_bytes, second = row.pop("stamp")
    row |= {key: held[row[key]] for key in SHARED}
    for key in ("table", "digest", "chunk", "fingerprint"):
        row[key] = sys.intern(row[key])
    row["inputs"] = {sys.intern(name): sys.intern(made_as) for name, made_as in row["inputs"].items()}
    row["tallies"] = array("q", row["tallies"])
    return Entry(**row), (n_bytes, second)
