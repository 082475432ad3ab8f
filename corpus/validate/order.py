"""The order of a release, which also shows that no document is there twice, whatever its size.

Goes in: the document_ids of a file, in order. Comes out: (row, what is wrong) pairs. Copies of a document belong into
the same place of the same file, so each copy stands beside another or out of order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from corpus.release.manifest import ReleaseManifest, ShardFile
from corpus.release.order import place, shard_of
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

    def check(self, document_ids: Iterable[str]) -> Iterator[Finding]:
        """What is wrong with the next rows; they are counted from the first of them."""
        for row, document_id in enumerate(document_ids):
            here = (place(self.manifest.seed, document_id), document_id)
            if here[0] in self.seen:
                yield row, f"document_id {document_id} stands in row {self.seen[here[0]]} too"
            elif shard_of(here[0], self.file.n_shards) != self.file.number:
                yield row, self.misplaced(*here)
            elif here < self.before:
                yield row, f"document_id {document_id} is not in the order of seed {self.manifest.seed}"
            else:
                self.before = here
            self.seen.setdefault(here[0], self.n_rows)
            self.n_rows += 1

    def misplaced(self, place: int, document_id: str) -> str:
        """What is wrong with a document that belongs into another file."""
        number = shard_of(place, self.file.n_shards)
        others = [
            file for file in self.manifest.files if (file.group, file.number) == (self.file.group, number)
        ]
        for other in others:
            if document_id in self.ids_of(other):
                return f"document_id {document_id} stands in {other.path} too"
        return f"document_id {document_id} belongs into file {number} of {self.file.n_shards}"
