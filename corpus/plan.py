"""The plan of a build: which WARC files make which chunk.

Goes in: the WARC files given, and the plan that the output folder already holds. Comes out: a plan in which every chunk
made before is unchanged and new files stand in new chunks, so that what is done stays done.
"""

from __future__ import annotations

import io
import json
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import overload

import pyarrow as pa
import pyarrow.compute as pc

from corpus.errors import OutputError
from corpus.storage import join, read_bytes, writing

NAME = "plan.json"
FIRST, LAST = b'{"chunks": [\n', b"]}\n"
"""The lines before and after those of the chunks; together they are JSON. A plan in another form is read whole."""
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some WARC files, the unit of resuming; `file_bytes` gives the size of local files, -1 for others."""

    name: str
    files: tuple[str, ...]
    file_bytes: tuple[int, ...]


@dataclass(frozen=True)
class Plan(Sequence[Chunk]):
    """The chunks of a build, the n-th of which has the number n. Arrow holds them, a list of files for each: in memory
    a file is its name and its size."""

    files: pa.ListArray
    file_bytes: pa.ListArray

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(map(chunk_name, range(len(self))))

    def __len__(self) -> int:
        return len(self.files)

    @overload
    def __getitem__(self, at: int) -> Chunk: ...
    @overload
    def __getitem__(self, at: slice) -> list[Chunk]: ...
    def __getitem__(self, at: int | slice) -> Chunk | list[Chunk]:
        chosen = range(len(self))[at]
        return self.chosen([chosen])[0] if isinstance(chosen, int) else self.chosen(chosen)

    def chosen(self, numbers: Sequence[int]) -> list[Chunk]:
        at = pa.array(numbers, pa.int64())
        held = (lists.take(at).to_pylist() for lists in (self.files, self.file_bytes))
        rows = zip(numbers, *held, strict=True)
        return [Chunk(chunk_name(number), tuple(files), tuple(sizes)) for number, files, sizes in rows]

    def __iter__(self) -> Iterator[Chunk]:
        for start in range(0, len(self), AT_ONCE):
            yield from self[start : start + AT_ONCE]


def chunk_name(number: int) -> str:
    return f"c{number:05d}"


def number_of(chunk: str) -> int:
    return int(chunk[1:])


def plan_of(chunks: Iterable[Chunk]) -> Plan:
    """OutputError when one has another name than its place gives it."""
    files, sizes, ends = [pa.array([], pa.string())], array("q"), array("q", [0])
    left = enumerate(chunks)
    while block := list(islice(left, AT_ONCE)):
        for number, chunk in block:
            if chunk.name != chunk_name(number):
                raise OutputError(f"chunk {chunk.name} of the plan stands where {chunk_name(number)} should")
            sizes.extend(chunk.file_bytes)
            ends.append(len(sizes))
        files.append(pa.array([file for _, chunk in block for file in chunk.files], pa.string()))
    return planned(pa.concat_arrays(files), pa.array(sizes, pa.int64()), ends)


def planned(files: pa.Array, sizes: pa.Array, ends: Sequence[int]) -> Plan:
    """`ends` begin with 0."""
    offsets = pa.array(ends, pa.int32())
    return Plan(pa.ListArray.from_arrays(offsets, files), pa.ListArray.from_arrays(offsets, sizes))


def extend_plan(earlier: Plan, files: Sequence[str], files_per_chunk: int) -> Plan:
    """The earlier chunks, then new ones for the files that none of them holds. OutputError when an earlier chunk holds
    a file that is not among `files`: its rows would stand in the corpus unasked."""
    asked, known = pa.array(files, pa.string()), earlier.files.flatten()
    foreign = known.filter(pc.invert(pc.is_in(known, asked)))
    if len(foreign):
        other = foreign[0].as_py()
        raise OutputError(
            f"the output folder was built from {len(foreign)} other file(s), such as {other}"
            f"{alike(other, files)}; give all of them again, or choose another --out"
        )
    every = pa.concat_arrays([known, asked.filter(pc.invert(pc.is_in(asked, known)))])
    begun = range(len(known), len(every), files_per_chunk)
    ends = [*earlier.files.offsets.to_pylist(), *begun[1:], *([len(every)] if begun else [])]
    return planned(every, pa.array((size_of(file.as_py()) for file in every), pa.int64()), ends)


def alike(foreign: str, files: Sequence[str]) -> str:
    """What is said where a file of that name was given by another path."""
    name = os.path.basename(foreign)
    given = next((file for file in files if os.path.basename(file) == name), None)
    return f" (not {given}: a file is known by its path as it was given first)" if given else ""


def size_of(file: str) -> int:
    return os.path.getsize(file) if os.path.isfile(file) else -1


def read_plan(out: str) -> Plan:
    """The plan in the output folder; empty in a new one. OutputError when the file is no plan."""
    uri = join(out, NAME)
    data = read_bytes(uri)
    try:
        return plan_of(() if data is None else chunks_in(data))
    except (ValueError, TypeError, KeyError) as error:
        raise OutputError(
            f"{uri} is not the plan it should be ({error}); remove it to have it made anew"
        ) from None


def chunks_in(data: bytes) -> Iterator[Chunk]:
    """Line by line, so that no more than a line is in memory as Python's objects."""
    if data.startswith(FIRST) and data.endswith(LAST):
        rows = (json.loads(line.rstrip(b",\n")) for line in islice(io.BytesIO(data), 1, None) if line != LAST)
    else:
        rows = iter(json.loads(data)["chunks"])
    return (Chunk(row["name"], tuple(row["files"]), tuple(row["file_bytes"])) for row in rows)


def write_plan(out: str, chunks: Iterable[Chunk]) -> None:
    with writing(join(out, NAME)) as stream:
        stream.write(FIRST)
        for number, chunk in enumerate(chunks):
            line = json.dumps(asdict(chunk), ensure_ascii=False)
            stream.write((",\n" * bool(number) + line).encode())
        stream.write(b"\n" + LAST)
