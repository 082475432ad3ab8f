"""A release or an imported corpus as people look at it: documents found by value, in the files of its manifest.

Goes in: a folder or URI. Comes out: rows of the product. There is nothing else in a release: what was dropped, and
why, is told by the build that it was made from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from corpus.columns import Row
from corpus.history import BUILD
from corpus.release.abreast import abreast
from corpus.release.manifest import find_release_manifest
from corpus.release.reading import product_files
from corpus.release.row_groups import open_file, row_groups
from corpus.storage import join, locate, read_bytes

FILES_AT_ONCE = 4
"""Of an object store, whose answers are waited for several times per file."""
DROPPED = (
    "a release holds kept documents alone: which pages, sentences and pictures were dropped, and by what, is told by "
    "the build that it was made from"
)


@dataclass(frozen=True)
class Released:
    """A release: where it lies, its files and their columns."""

    uri: str
    filesystem: fs.FileSystem
    paths: tuple[str, ...]
    schema: pa.Schema

    def batches(
        self, columns: Sequence[str], where: pc.Expression | None = None
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Rows with the number of their file; a column that the release does not have is left out."""
        known = [name for name in columns if name in self.schema.names]
        files = (self.batches_of(number, known, where) for number in range(len(self.paths)))
        return abreast(files, FILES_AT_ONCE, 1, FILES_AT_ONCE)

    def batches_of(
        self, number: int, columns: Sequence[str], where: pc.Expression | None
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        for batches in row_groups(open_file(self.filesystem, self.paths[number]), columns, where):
            yield from ((number, batch) for batch in batches)

    def rows(self, columns: Sequence[str], where: pc.Expression) -> Iterator[tuple[int, Row]]:
        for number, batch in self.batches(columns, where):
            yield from ((number, row) for row in batch.to_pylist())


def open_release(uri: str) -> Released | None:
    """The release at `uri`; None when there is none, or a build. DataError when a file of it is missing."""
    if read_bytes(join(uri, BUILD)) is not None or find_release_manifest(uri) is None:
        return None
    filesystem, _ = locate(uri)
    paths = tuple(path for path, _ in product_files(uri))
    schema = pq.read_schema(paths[0], filesystem=filesystem) if paths else pa.schema([])
    return Released(uri, filesystem, paths, schema)
