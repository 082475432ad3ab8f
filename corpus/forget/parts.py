"""Parquet files read for the rows that are to be forgotten, and written anew without them.

Goes in: the place of a file and an `Edit`. Comes out: another file beside it. Row groups without such rows are copied
as they are; files without any are not written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from corpus.columns import Row
from corpus.storage import locate, writing

Mask = NDArray[np.bool_]
COPY = re.compile(r"(?:\.(\d+))?\.parquet$")


@dataclass(frozen=True)
class Edit:
    """How a table forgets: `finds` tells by the leaves `columns` which rows may have to change, `change` gives the row
    to be kept instead, None for none, the row itself where nothing changes."""

    columns: tuple[str, ...]
    finds: Callable[[pa.Table], Mask]
    change: Callable[[Row], Row | None]


def row_groups(uri: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """These leaves of a file, one row group at a time."""
    filesystem, path = locate(uri)
    with filesystem.open_input_file(path) as source:
        file = pq.ParquetFile(source)
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, columns=list(columns)).combine_chunks()


def found_in(rows: pa.Table, column: str, values: pa.Array) -> Mask:
    """The rows that hold one of the values."""
    return np.asarray(pc.fill_null(pc.is_in(rows.column(column), value_set=values), False))


def items_in(rows: pa.Table, column: str, field: str, values: pa.Array) -> Mask:
    """The rows of whose items one holds one of the values in a field."""
    mask = np.zeros(rows.num_rows, dtype=bool)
    for at, items in flattened(rows, column):
        held = np.asarray(pc.fill_null(pc.is_in(items.field(field), value_set=values), False))
        mask[at[held]] = True
    return mask


def flattened(rows: pa.Table, column: str) -> Iterator[tuple[NDArray[np.int64], pa.StructArray]]:
    """(row of each item, items) of a list column, chunk by chunk."""
    first = 0
    for chunk in rows.column(column).chunks:
        yield first + np.asarray(pc.list_parent_indices(chunk), dtype=np.int64), pc.list_flatten(chunk)
        first += len(chunk)


def changes_in(uri: str, edit: Edit) -> dict[int, dict[int, Row | None]]:
    """By row group, the rows that change and what is to stand there instead."""
    filesystem, path = locate(uri)
    found: dict[int, dict[int, Row | None]] = {}
    with filesystem.open_input_file(path) as source:
        file = pq.ParquetFile(source)
        for group in range(file.num_row_groups):
            places = np.flatnonzero(
                edit.finds(file.read_row_group(group, columns=list(edit.columns)).combine_chunks())
            )
            if not places.size:
                continue
            rows = file.read_row_group(group).take(pa.array(places)).to_pylist()
            pairs = ((int(at), row, edit.change(row)) for at, row in zip(places, rows, strict=True))
            changed = {at: after for at, before, after in pairs if after is not before}
            if changed:
                found[group] = changed
    return found


def write_changed(
    uri: str,
    target: str,
    changes: Mapping[int, Mapping[int, Row | None]],
    form: Callable[[pa.Schema], Mapping[str, object]],
) -> tuple[int, ...]:
    """Write the file at `uri` to `target` with these changes; the rows of each of its row groups. Nothing is written,
    and there are none, when no row is left."""
    filesystem, path = locate(uri)
    sizes = []
    with filesystem.open_input_file(path) as source:
        file = pq.ParquetFile(source)
        n_gone = sum(after is None for changed in changes.values() for after in changed.values())
        if n_gone == file.metadata.num_rows:
            return ()
        schema = file.schema_arrow
        with writing(target) as stream, pq.ParquetWriter(stream, schema, **form(schema)) as writer:
            for group in range(file.num_row_groups):
                rows = spliced(file.read_row_group(group), changes.get(group, {}))
                if rows.num_rows:
                    writer.write_table(rows.combine_chunks(), row_group_size=rows.num_rows)
                    sizes.append(rows.num_rows)
    return tuple(sizes)


def spliced(rows: pa.Table, changes: Mapping[int, Row | None]) -> pa.Table:
    """The table with other rows in these places, or none."""
    pieces, start = [], 0
    for at in sorted(changes):
        after = changes[at]
        pieces.append(rows.slice(start, at - start))
        if after is not None:
            pieces.append(pa.Table.from_pylist([after], schema=rows.schema))
        start = at + 1
    return pa.concat_tables([*pieces, rows.slice(start)])


def next_name(name: str) -> str:
    """Another name for a file written anew: `part-00000.parquet`, `part-00000.1.parquet`, `part-00000.2.parquet`."""
    return COPY.sub(lambda match: f".{int(match.group(1) or 0) + 1}.parquet", name)
