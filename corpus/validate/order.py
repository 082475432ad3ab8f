"""The order of a release, which also shows that no document is there twice, whatever its size.

Goes in: the rows of a file, in order. Comes out: (row, what is wrong) pairs. Copies of a document belong into
the same place of the same file, so each copy stands beside another or out of order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from corpus.release.manifest import ReleaseManifest, ShardFile
from corpus.release.order import place, range_of, shard_of
from corpus.validate.rows import Finding

IdsOf = Callable[[ShardFile], Iterable[str]]


class OrderOfFile:
    """Where in the order the rows of one file stand; asks other files for their ids only when one is out of place."""

    def __init__(self, manifest: ReleaseManifest, file: ShardFile, ids_of: IdsOf) -> None:
        self.manifest = manifest
        self.file = file
        self.ids_of = ids_of
        self.before = (-1, "")
        self.seen: dict[int, int] = {}
        self.n_rows = 0

    def check(self, batch: pa.RecordBatch) -> Iterator[Finding]:
        """What is wrong with the next rows; they are counted from the first of them."""
        document_ids = batch.column("document_id").to_pylist()
        where = self.manifest.order(batch.schema).places(batch)
        for row, here in enumerate(zip(where, document_ids, strict=True)):
            document_id = here[1]
            identity = place(self.manifest.seed, document_id)
            if identity in self.seen:
                yield row, f"document_id {document_id} stands in row {self.seen[identity]} too"
            elif self.number_of(here[0]) != self.file.number:
                yield row, self.misplaced(*here)
            elif here < self.before:
                yield row, f"document_id {document_id} is not in the order of {self.order_text}"
            else:
                self.before = here
            self.seen.setdefault(identity, self.n_rows)
            self.n_rows += 1

    @property
    def order_text(self) -> str:
        return self.manifest.choice.get("order_by") or f"seed {self.manifest.seed}"

    def number_of(self, place: int) -> int:
        """The number of the file of the group that holds this place."""
        if self.file.begin is None:
            return shard_of(place, self.file.n_shards)
        group = [file for file in self.manifest.files if file.group == self.file.group]
        return range_of(place, sorted(file.begin or 0 for file in group))

    def misplaced(self, place: int, document_id: str) -> str:
        """What is wrong with a document that belongs into another file."""
        number = self.number_of(place)
        others = [
            file for file in self.manifest.files if (file.group, file.number) == (self.file.group, number)
        ]
        for other in others:
            if document_id in self.ids_of(other):
                return f"document_id {document_id} stands in {other.path} too"
        return f"document_id {document_id} belongs into file {number} of {self.file.n_shards}"
