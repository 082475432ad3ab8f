"""Single rows of a finished build, found by value without Spark.

Goes in: the folder of a build, a table, columns, an expression. Comes out: rows. Parquet statistics spare the row
groups that cannot hold one, and columns that carry pictures are read only when they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Protocol

import pyarrow.compute as pc

from corpus.catalog import at_once
from corpus.columns import Row
from corpus.config import Settings
from corpus.errors import InputError
from corpus.history import BUILD, BUILDS
from corpus.look.stored import Stored
from corpus.overrides import settings_from_flat
from corpus.release.row_groups import open_file, row_groups
from corpus.storage import join, locate, read_json

FILE = "__filename"  # no column has this name


class Find(Protocol):
    """The rows of a table for which `where` is true, with `columns`; FILE among them is the part a row is from. Given a
    chunk, of that alone: what tables say of one document, they say in the same chunk."""

    def __call__(
        self, table: str, columns: Sequence[str], where: pc.Expression, chunk: str | None = None
    ) -> list[Row]: ...


def open_build(out: str) -> tuple[Stored, Settings]:
    """The tables of a finished build and the settings it was made with: of the last one in the folder `out`, or of the
    one that `OUT/builds/DIGEST.json` tells of. InputError when there is none."""
    told, folder = told_by(out)
    build = read_json(told)
    if build is None:
        if folder != out:
            raise InputError(f"{folder} has no {told.removeprefix(folder)[1:]}: it knows no such build")
        raise InputError(f"{folder} has no {BUILD}: it is no build, or one that is not finished")
    return Stored(folder, build["digests"], tuple(build["chunks"])), settings_from_flat(build["settings"])


def told_by(out: str) -> tuple[str, str]:
    """The file that tells of a build, and its folder."""
    folder, _, name = out.rpartition(f"/{BUILDS}/")
    if folder and name.endswith(".json"):
        return out, folder
    return join(out, BUILD), out


def finder(stored: Stored) -> Find:
    """Finds rows in the tables of a build where they lie. Of a row group whose statistics allow a match, the columns of
    `where` are read first, and the others only when there is one: pictures are heavy. Files are read side by side."""

    @cache
    def part_uris(table: str, chunk: str | None) -> list[str]:
        return (stored if chunk is None else replace(stored, chunks=(chunk,))).part_uris(table)

    def find(table: str, columns: Sequence[str], where: pc.Expression, chunk: str | None = None) -> list[Row]:
        work = partial(rows_of, columns=columns, where=where)
        return [row for rows in at_once(work, part_uris(table, chunk)) for row in rows]

    return find


def rows_of(uri: str, columns: Sequence[str], where: pc.Expression) -> list[Row]:
    filesystem, path = locate(uri)
    file = open_file(filesystem, path)
    wanted = [name for name in columns if name != FILE] or file.fragment.physical_schema.names[:1]
    told = {FILE: path} if FILE in columns else {}
    return [
        {**row, **told}
        for batches in row_groups(file, wanted, where)
        for batch in batches
        for row in batch.to_pylist()
    ]
