"""Single rows of a finished build, found by value without Spark.

Goes in: the folder of a build, a table, columns, an expression. Comes out: rows. Parquet statistics spare the row
groups that cannot hold one, and columns that carry pictures are read only when they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyarrow.compute as pc
import pyarrow.dataset as ds

from corpus.columns import Row
from corpus.config import Settings
from corpus.errors import InputError
from corpus.history import BUILD, BUILDS
from corpus.look.stored import Stored
from corpus.overrides import settings_from_flat
from corpus.storage import join, locate, read_json

FILE = "__filename"  # pyarrow's name for the file that a row is from


class Find(Protocol):
    """The rows of a table for which `where` is true, with `columns`; FILE among them is the part a row is from."""

    def __call__(self, table: str, columns: Sequence[str], where: pc.Expression) -> list[Row]: ...


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
    """Finds rows in the tables of a build on disk. Of a row group whose statistics allow a match, the columns of
    `where` are read first, and the others only when there is one: pictures are heavy."""

    def find(table: str, columns: Sequence[str], where: pc.Expression) -> list[Row]:
        uris = stored.part_uris(table)
        if not uris:
            return []
        filesystem, _ = locate(uris[0])
        parts = ds.dataset([locate(uri)[1] for uri in uris], format="parquet", filesystem=filesystem)
        return [
            row
            for part in parts.get_fragments(where)
            for group in part.split_by_row_group(where, schema=parts.schema)
            if group.count_rows(filter=where)
            for row in group.to_table(columns=list(columns), filter=where).to_pylist()
        ]

    return find
