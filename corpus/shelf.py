"""What stays in memory of a table: nine bytes per chunk, and a hash per thousand of them.

Goes in: fingerprints and what chunks were made from. Comes out: which chunks are finished, their fingerprints, and
whether a segment of them was made from given inputs.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from corpus.plan import number_of

ABSENT, FOLDER_ONLY, READ, SEALED = range(4)
"""Where a chunk lies: nowhere; in a folder whose manifest was not read, or was not there; in a folder whose manifest
was read; in a segment that says what its manifest does."""

Numbers = npt.NDArray[np.int64]
Prints = npt.NDArray[np.uint64]


class Shelf:
    """What stays in memory of a table, by the number of the chunk: where it lies and, where its manifest was read, its
    fingerprint, which is never 0. Later tables are made from fingerprints: without these, segments would be read once
    more for each table that asks. Of whole segments the first chunk, the last, and a hash of what they were made from:
    as numbers in a row, since objects that stay would lie strewn over the memory that listings leave."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.is_listed = False
        self.where, self.prints = np.zeros(0, np.int8), np.zeros(0, np.uint64)
        self.segments = array("q")

    def widen(self, numbers: Numbers) -> None:
        """Have room for these chunks."""
        n_more = int(numbers.max(initial=-1)) + 1 - len(self.where)
        if n_more > 0:
            self.where = np.append(self.where, np.zeros(n_more, np.int8))
            self.prints = np.append(self.prints, np.zeros(n_more, np.uint64))

    def put(self, numbers: Numbers, where: int, prints: Prints) -> None:
        """Finished chunks."""
        self.widen(numbers)
        self.where[numbers], self.prints[numbers] = where, prints

    def put_folders(self, numbers: Numbers) -> None:
        """Chunks of which something is there."""
        self.widen(numbers)
        self.where[numbers] = np.maximum(self.where[numbers], FOLDER_ONLY)

    def take(self, numbers: Numbers) -> None:
        """Chunks that are there no more."""
        self.widen(numbers)
        self.where[numbers], self.prints[numbers] = ABSENT, 0

    def seal(self, numbers: Numbers, made_from: int) -> None:
        """A segment of finished chunks."""
        self.where[numbers] = SEALED
        if is_row(numbers):
            self.segments.extend((int(numbers[0]), int(numbers[-1]), made_from))

    def sealed_from(self, numbers: Numbers) -> int | None:
        """The hash of what these chunks were made from, when they are a segment and lie there as it says."""
        if not is_row(numbers) or (self.where[numbers] != SEALED).any():
            return None
        first, last, made_from = np.array(self.segments, np.int64).reshape(-1, 3).T
        found = made_from[(first == numbers[0]) & (last == numbers[-1])]
        return int(found[-1]) if len(found) else None  # the last one written


def is_row(numbers: Numbers) -> bool:
    """Whether each number is one more than the last."""
    return len(numbers) > 0 and bool((np.diff(numbers) == 1).all())


def numbers_of(chunks: Sequence[str]) -> Numbers:
    return np.fromiter(map(number_of, chunks), np.int64, len(chunks))


def hash_of(made_from: Iterable[Mapping[str, str]]) -> int:
    """64 bits, the same in this process for chunks made from the same."""
    return hash(tuple(frozenset(inputs.items()) for inputs in made_from))
