"""Segments: the entries of a thousand finished chunks of a table in one file, so that a build of many chunks that is
begun again reads a file instead of a thousand manifests.

Goes in: entries, each with the stamp of its manifest. Comes out: the same, or their sum, from `_sealed/FIRST.segment`
beside the chunks (a stream of Arrow, packed by gzip, which has a checksum). A segment only repeats what manifests say:
of a chunk whose manifest has another stamp than it had, and of all chunks of a segment that cannot be read, the
manifests are read as if there was none.
"""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpus.entry import Common, Entry, Total, total_from, total_of
from corpus.storage import join, write_bytes

FOLDER = "_sealed"
SUFFIX = ".segment"  # by ".gz" pyarrow would unpack it, and fail where it is torn
COMMON = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("table", COMMON),
        ("digest", COMMON),
        ("chunk", pa.string()),
        ("settings", COMMON),
        ("inputs", pa.string()),
        ("fingerprint", pa.uint64()),
        ("elapsed_s", pa.float64()),
        ("core_s", pa.float64()),
        ("gpu_s", pa.float64()),
        ("names", COMMON),
        ("n_rows", pa.int64()),
        ("n_bytes", pa.int64()),
        ("counted", COMMON),
        ("tallies", pa.list_(pa.int64())),
        ("manifest_bytes", pa.int64()),
        ("written_s", pa.int64()),
    ]
)
"""The fields of an entry, then the stamp; files of another schema are not read. What is no plain value is JSON."""
SHARED = ("settings", "names", "counted")
STAMP = ("manifest_bytes", "written_s")
TOTAL = b"total"

Stamp = tuple[int, int]
"""Bytes of a manifest and when it was written, in whole seconds since 1970: object stores tell no more."""
Sealed = Sequence[tuple[Entry, Stamp]]


def segment_uri(folder: str, name: str) -> str:
    """`folder` is that of a table's chunks."""
    return join(folder, FOLDER, name + SUFFIX)


def write_segment(folder: str, name: str, sealed: Sealed) -> None:
    """Entries of one table, with what they add up to."""
    rows = [row_of(entry, stamp) for entry, stamp in sealed]
    total = total_of(sealed[0][0].table, (entry for entry, _ in sealed))
    held = pa.Table.from_pylist(rows, SCHEMA.with_metadata({TOTAL: json.dumps(asdict(total))}))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, held.schema) as stream:
        stream.write_table(held)
    write_bytes(segment_uri(folder, name), gzip.compress(sink.getvalue(), 1, mtime=0))


def row_of(entry: Entry, stamp: Stamp) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in SCHEMA.names if hasattr(entry, name)}
    row |= {name: json.dumps(row[name], sort_keys=True) for name in (*SHARED, "inputs")}
    row |= {"fingerprint": int(entry.fingerprint, 16), "tallies": entry.tallies.tolist()}
    return row | dict(zip(STAMP, stamp, strict=True))


def segment_in(data: bytes | None) -> pa.Table:
    """What a file holds; nothing of one that is not there, torn or of another form."""
    try:
        held = pa.ipc.open_stream(gzip.decompress(data or b"")).read_all()
    except (zlib.error, OSError, EOFError, pa.ArrowInvalid):
        return SCHEMA.empty_table()
    return held if held.schema.equals(SCHEMA) else SCHEMA.empty_table()


def total_in(segment: pa.Table) -> Total:
    """What its entries, one at least, add up to."""
    return total_from(json.loads(segment.schema.metadata[TOTAL]))


def stamps_in(segment: pa.Table) -> npt.NDArray[np.int64]:
    """A row per chunk."""
    return np.stack([segment[name].to_numpy() for name in STAMP], 1)


def inputs_in(segment: pa.Table) -> Iterator[Mapping[str, str]]:
    return map(json.loads, segment["inputs"].to_pylist())


def entries_in(segment: pa.Table, common: Common) -> list[Entry]:
    held = {
        name: {text: held_in_common(json.loads(text), common) for text in segment[name].unique().to_pylist()}
        for name in SHARED
    }
    return [entry_from(row, held) for row in segment.drop_columns(STAMP).to_pylist()]


def held_in_common(value: Any, common: Common) -> Any:
    """Lists were tuples before they were JSON."""
    if isinstance(value, list):
        value = tuple(tuple(each) if isinstance(each, list) else each for each in value)
    return common.once(value)


def entry_from(row: dict[str, Any], held: Mapping[str, Mapping[str, Any]]) -> Entry:
    row |= {name: held[name][row[name]] for name in SHARED}
    for key in ("table", "digest", "chunk"):
        row[key] = sys.intern(row[key])
    inputs = json.loads(row["inputs"])
    row["inputs"] = {sys.intern(name): sys.intern(made_as) for name, made_as in inputs.items()}
    row |= {"fingerprint": f"{row['fingerprint']:016x}", "tallies": array("q", row["tallies"])}
    return Entry(**row)
