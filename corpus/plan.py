"""The plan of a build: which WARC files make which chunk.

Goes in: the WARC files given, and the plan that the output folder already holds. Comes out: a plan in which every chunk
made before is unchanged and new files stand in new chunks, so that what is done stays done.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.errors import OutputError
from corpus.storage import join, read_json, write_json

NAME = "plan.json"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some WARC files, the unit of resuming; `file_bytes` gives the size of local files, -1 for others."""

    name: str
    files: tuple[str, ...]
    file_bytes: tuple[int, ...]


def extend_plan(earlier: Sequence[Chunk], files: Sequence[str], files_per_chunk: int) -> list[Chunk]:
    """The earlier chunks, then new ones for the files that none of them holds. OutputError when an earlier chunk holds
    a file that is not among `files`: its rows would stand in the corpus unasked."""
    asked = {file: file for file in files}
    known = {file: None for chunk in earlier for file in chunk.files}  # a set that keeps their order
    foreign = [file for file in known if file not in asked]
    if foreign:
        raise OutputError(
            f"the output folder was built from {len(foreign)} other file(s), such as {foreign[0]}"
            f"{alike(foreign[0], files)}; give all of them again, or choose another --out"
        )
    fresh = [file for file in files if file not in known]
    same = [tuple(asked[file] for file in chunk.files) for chunk in earlier]  # a name is in memory once
    chunks = [Chunk(chunk.name, own, sizes(own)) for chunk, own in zip(earlier, same, strict=True)]
    for start in range(0, len(fresh), files_per_chunk):
        group = tuple(fresh[start : start + files_per_chunk])
        chunks.append(Chunk(f"c{len(chunks):05d}", group, sizes(group)))
    return chunks


def alike(foreign: str, files: Sequence[str]) -> str:
    """What is said where a file of that name was given by another path."""
    name = os.path.basename(foreign)
    given = next((file for file in files if os.path.basename(file) == name), None)
    return f" (not {given}: a file is known by its path as it was given first)" if given else ""


def sizes(files: Sequence[str]) -> tuple[int, ...]:
    return tuple(os.path.getsize(file) if os.path.isfile(file) else -1 for file in files)


def read_plan(out: str) -> list[Chunk]:
    """The plan in the output folder; empty in a new one."""
    value = read_json(join(out, NAME)) or {"chunks": []}
    return [
        Chunk(chunk["name"], tuple(chunk["files"]), tuple(chunk["file_bytes"])) for chunk in value["chunks"]
    ]


def write_plan(out: str, chunks: Sequence[Chunk]) -> None:
    write_json(
        join(out, NAME),
        {
            "chunks": [
                {"name": c.name, "files": list(c.files), "file_bytes": list(c.file_bytes)} for c in chunks
            ]
        },
    )
