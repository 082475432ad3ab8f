"""Which chunks a recipe has to make.

Goes in: a build and a recipe's tables. Comes out: what chunks are to be made from, and the names of those of which a
table is missing or was made from something else. A block of chunks is looked at at a time, so that memory does not
depend on how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corpus.config import digest
from corpus.plan import number_of
from corpus.spark.build import Build

MISSING = "missing"


def inputs_of(build: Build, tables: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What each of the chunks is to be made from: its WARC files, or the rows of its input tables."""
    if not tables:
        chunks = build.chunks.chosen([number_of(name) for name in names])
        return {
            chunk.name: dict(zip(chunk.files, map(str, chunk.file_bytes), strict=True)) for chunk in chunks
        }
    prints = [prints_of(build, table, names) for table in tables]
    return {
        name: dict(zip(tables, made_as, strict=True)) for name, *made_as in zip(names, *prints, strict=True)
    }


def inputs_of_all(build: Build, tables: Sequence[str]) -> dict[str, str]:
    """What a table that is made of all chunks at once is to be made from."""
    names = build.chunks.names
    return {table: digest(prints_of(build, table, names)) for table in tables}


def prints_of(build: Build, table: str, chunks: Sequence[str]) -> list[str]:
    return [each or MISSING for each in build.catalog.fingerprints(build.place(table), chunks)]


def not_done(build: Build, tables: Sequence[str], wanted: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The chunks of which one of these tables is missing, or made from other inputs."""
    made = [build.catalog.is_made_from(build.place(table), wanted) for table in tables]
    return [chunk for chunk, *each in zip(wanted, *made, strict=True) if not all(each)]
