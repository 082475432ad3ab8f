"""The documents that one reader gets, from any position on.

Goes in: row groups, options, a position. Comes out: rows with the pictures that are wanted, each with its own position.
While one block is given out the next is read. Pictures and matrices, which are heavy as Python objects, are made into
such row by row, all other columns batch by batch, which takes a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.config import digest
from corpus.errors import InputError
from corpus.loaders.options import Options
from corpus.loaders.placement import FUSED, Placement
from corpus.loaders.shares import Reader, RowGroup, blocks, share, shuffled
from corpus.release.abreast import N_THREADS, abreast
from corpus.release.conditions import condition
from corpus.release.manifest import find_release_manifest
from corpus.release.reading import product_files
from corpus.release.row_groups import OpenFile, open_file, row_groups
from corpus.storage import join, locate

NEEDED = ("document_id", "text_list", "image_info", "images")
MATRIX, PAGE_MATRIX = "similarity_matrix", "page_matrix"
HEAVY = ("images", MATRIX, PAGE_MATRIX)
MATRICES: dict[Placement, tuple[str, ...]] = {
    "assigned": (MATRIX,),
    "fused": (MATRIX, PAGE_MATRIX),
    "page": (),
}
"""Of which pictures are assigned again."""
FILES_OPEN = 32
"""Of which a reader remembers the footers, a MiB each: when row groups come in a random order the next one is seldom of
the same file."""


class Position(NamedTuple):
    """How far a reader is: blocks given out, rows of the next, samples of the row after these."""

    block: int = 0
    row: int = 0
    sample: int = 0


@dataclass(frozen=True)
class Batch:
    """Rows in memory: without what is HEAVY, and that, which is made into Python's objects row by row."""

    light: Sequence[dict[str, Any]]
    heavy: Mapping[str, pa.Array]

    def row(self, at: int) -> dict[str, Any]:
        return self.light[at] | {name: column[at].as_py() for name, column in self.heavy.items()}


@dataclass(frozen=True)
class Documents:
    """A release or build as a reader sees it; `release` identifies its row groups."""

    uri: str
    row_groups: tuple[RowGroup, ...]
    schema: pa.Schema
    options: Options
    release: str

    @property
    def columns(self) -> list[str]:
        """Matrices are read only where pictures may be assigned again."""
        again = self.options.images_where or self.options.decode
        matrices = MATRICES[self.options.placement] if again else ()
        return list(dict.fromkeys([*NEEDED, *matrices, *self.options.columns]))

    def rows(self, epoch: int, reader: Reader, start: Position) -> Iterator[tuple[Position, dict[str, Any]]]:
        """Each row from `start` on, with its own position."""
        mine = share(self.row_groups, self.options.seed, epoch, reader)
        groups = list(blocks(mine, 1 if self.options.seed is None else self.options.shuffle_rows))
        filesystem, _ = locate(self.uri)
        reading = Reading(self, lru_cache(FILES_OPEN)(partial(open_file, filesystem)))
        wanted = (reading.tables(each) for group in groups[start.block :] for each in group)
        n_ahead = max(N_THREADS, *map(len, groups), 0)
        read = abreast(wanted, 1 + n_ahead, 1)
        for number in range(start.block, len(groups)):
            begin = start if number == start.block else Position(number)
            yield from reading.block(islice(read, len(groups[number])), epoch, begin)


@dataclass(frozen=True)
class Reading:
    """How row groups get into memory."""

    documents: Documents
    opened: Callable[[str], OpenFile]

    def tables(self, row_group: RowGroup) -> Iterator[list[pa.RecordBatch]]:
        """All of a row group at once: the rows for which the condition is true."""
        known, text = self.documents, self.documents.options.where
        where = None if text is None else condition(text, known.schema)
        read = row_groups(self.opened(row_group.path), known.columns, where, [row_group.number])
        yield [batch for batches in read for batch in batches]

    def block(
        self, read: Iterable[list[pa.RecordBatch]], epoch: int, begin: Position
    ) -> Iterator[tuple[Position, dict[str, Any]]]:
        """The rows of some row groups from `begin` on; all are in memory until the last is given."""
        batches = [self.batch(batch) for row_group in read for batch in row_group]
        places = [(batch, at) for batch in batches for at in range(len(batch.light))]
        order = shuffled(len(places), self.documents.options.seed, epoch, begin.block)
        for row, which in enumerate(order[begin.row :], begin.row):
            batch, at = places[which]
            yield Position(begin.block, row), batch.row(at)

    def batch(self, batch: pa.RecordBatch) -> Batch:
        return Batch(self.light(batch), {name: batch[name] for name in HEAVY if name in batch.schema.names})

    def light(self, batch: pa.RecordBatch) -> list[dict[str, Any]]:
        """Rows without what is HEAVY; `wanted` says of each picture whether it fits `images_where`, None when all
        do."""
        light = batch.drop_columns([name for name in HEAVY if name in batch.schema.names])
        rows: list[dict[str, Any]] = light.to_pylist()
        for row, fits in zip(rows, self.wanted(batch), strict=True):
            row["wanted"] = fits
        return rows

    def wanted(self, batch: pa.RecordBatch) -> list[list[bool]] | list[None]:
        """Of each picture of each row, whether it fits `images_where`; None when nothing was asked."""
        text = self.documents.options.images_where
        if text is None:
            return [None] * batch.num_rows
        infos = batch.column("image_info")
        pictures = pa.Table.from_struct_array(infos.flatten())
        fits = condition(text, pictures.schema)
        numbered = pictures.append_column("_at", pa.array(range(pictures.num_rows), pa.int64()))
        kept = set(numbered.filter(fits)["_at"].to_pylist())
        flags, first = [], 0
        for n in pc.fill_null(pc.list_value_length(infos), 0).to_pylist():
            flags.append([at in kept for at in range(first, first + n)])
            first += n
        return flags


def open_documents(uri: str, options: Options) -> Documents:
    """What the manifest of a release or, for a build, the footers of its files say; InputError when there is neither,
    or a column is unknown, SettingsError when a condition means nothing."""
    files = product_files(uri)
    filesystem, root = locate(uri)
    if not files:
        raise InputError(f"{uri} holds no document; its report says what was dropped")
    with filesystem.open_input_file(files[0][0]) as stream:
        schema = pq.ParquetFile(stream).schema_arrow
    unknown = [name for name in (*NEEDED, *options.columns) if name not in schema.names]
    if unknown:
        raise InputError(f"{uri} has no columns {unknown}; it has {schema.names}")
    if options.where is not None:
        condition(options.where, schema)
    info = pa.schema(list(schema.field("image_info").type.value_type))
    if options.images_where is not None:
        condition(options.images_where, info)
    if options.placement == "fused" and FUSED not in info.names:
        raise InputError(
            f"{uri} has no {FUSED}: an older version made it; build it again, which makes no table anew but the "
            "product, or take the placement assigned or page"
        )
    manifest = find_release_manifest(uri)
    if manifest is None:
        sizes = {path: row_groups_of(filesystem, path) for path, _ in files}
    else:
        sizes = {join(root, file.path): list(file.row_groups) for file in manifest.files}
    row_groups = [RowGroup(path, at, n) for path, rows in sizes.items() for at, n in enumerate(rows)]
    release = (
        manifest.release if manifest else digest([[path.removeprefix(root), n] for path, n in sizes.items()])
    )
    return Documents(uri, tuple(row_groups), schema, options, release)


def row_groups_of(filesystem: Any, path: str) -> list[int]:
    with filesystem.open_input_file(path) as stream:
        metadata = pq.ParquetFile(stream).metadata
        return [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
