"""The documents that one reader gets, from any position on.

Goes in: row groups, options, a position. Comes out: rows with the pictures that are wanted, each with its own position.
While one block is given out the next is read. Pictures and matrices, which are heavy as Python objects, are made into
such row by row, all other columns batch by batch, which takes a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.config import digest
from corpus.errors import InputError
from corpus.loaders.options import Options
from corpus.loaders.placement import FUSED, Placement
from corpus.loaders.shares import Reader, RowGroup, blocks, share, shuffled
from corpus.release.ahead import ahead
from corpus.release.conditions import condition
from corpus.release.manifest import find_release_manifest
from corpus.release.reading import product_files
from corpus.release.row_groups import read_row_groups
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


@dataclass(frozen=True)
class Position:
    """How far a reader is: blocks given out, rows of the next, samples of the row after these."""

    block: int = 0
    row: int = 0
    sample: int = 0


@dataclass(frozen=True)
class Block:
    """Row groups in memory: of each batch its rows without what is HEAVY, and that; the order of the rows, as batch and
    row in it."""

    rows: Sequence[list[dict[str, Any]]]
    heavy: Sequence[pa.RecordBatch]
    order: Sequence[tuple[int, int]]

    def row(self, batch: int, at: int) -> dict[str, Any]:
        (heavy,) = self.heavy[batch].slice(at, 1).to_pylist()
        return {**self.rows[batch][at], **heavy}


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
        reading = Reading(self, filesystem, epoch)
        numbers = range(start.block, len(groups))
        for number, block in zip(
            numbers, ahead((reading.block(each, groups[each]) for each in numbers), 1), strict=True
        ):
            first = start.row if number == start.block else 0
            for row, (batch, at) in enumerate(block.order[first:], first):
                yield Position(number, row), block.row(batch, at)


@dataclass(frozen=True)
class Reading:
    """How blocks get into memory."""

    documents: Documents
    filesystem: Any
    epoch: int

    def block(self, number: int, row_groups: Sequence[RowGroup]) -> Block:
        batches = [batch for row_group in row_groups for batch in self.batches(row_group)]
        places = [(which, at) for which, batch in enumerate(batches) for at in range(batch.num_rows)]
        order = shuffled(len(places), self.documents.options.seed, self.epoch, number)
        heavy = [batch.select([name for name in HEAVY if name in batch.schema.names]) for batch in batches]
        return Block([self.rows(batch) for batch in batches], heavy, [places[at] for at in order])

    def batches(self, row_group: RowGroup) -> Iterator[pa.RecordBatch]:
        """The rows for which the condition is true."""
        known, text = self.documents, self.documents.options.where
        where = None if text is None else condition(text, known.schema)
        return read_row_groups(self.filesystem, row_group.path, known.columns, where, [row_group.number])

    def rows(self, batch: pa.RecordBatch) -> list[dict[str, Any]]:
        """Rows without what is HEAVY; `wanted` says of each picture whether it fits `images_where`, None when all
        do."""
        rows = batch.drop_columns([name for name in HEAVY if name in batch.schema.names]).to_pylist()
        return [{**row, "wanted": fits} for row, fits in zip(rows, self.wanted(batch), strict=True)]

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
