"""What stays in memory of a table: twenty bytes per chunk.

Goes in: entries. Comes out: whether a chunk is finished, its fingerprint, and whether it was made from given inputs.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping

from corpus.entry import Entry

ABSENT, FOLDER_ONLY, READ = -3, -2, -1
"""Where a chunk lies, if not in a segment: nowhere; in a folder whose manifest was not read, or was not there; in a
folder whose manifest was read."""


class Shelf:
    """What stays in memory of a table, by the number of the chunk: where it lies, and, where its manifest was read, its
    fingerprint and a hash of what it was made from."""

    def __init__(self) -> None:
        self.is_listed = False
        self.segments: list[str] = []
        self.where, self.prints, self.inputs = array("i"), array("Q"), array("q")

    def widen(self, n_chunks: int) -> None:
        n_more = n_chunks - len(self.where)
        self.where.extend([ABSENT] * n_more)
        self.prints.extend([0] * n_more)
        self.inputs.extend([0] * n_more)

    def put(self, number: int, where: int, entry: Entry) -> None:
        self.where[number] = where
        self.prints[number] = int(entry.fingerprint, 16)
        self.inputs[number] = hash_of(entry.inputs)

    def take(self, number: int, where: int) -> None:
        self.where[number], self.prints[number] = where, 0


def hash_of(inputs: Mapping[str, str]) -> int:
    """64 bits, the same in this process for the same names and values."""
    return hash(frozenset(inputs.items()))
