"""The order of a release: a shuffle that needs no random numbers and no look at other rows, or the order of a column.

Goes in: a seed and document_ids, and values to order by. Comes out: the place of each, a 64-bit number, and the shard
that holds it. Rows stand in the order of (place, document_id), and a shard holds a range of places; so one machine and
a cluster, whatever order rows reach them in, write the same files, and copies of a row would stand next to each other.
Ranges are equal for a shuffle; for a column they begin at places that were counted beforehand.
"""

from __future__ import annotations

import hashlib
import math
import struct
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from corpus.errors import SettingsError

PLACES = 2**64
LAST = 2**32 - 1


@dataclass(frozen=True)
class Order:
    """Shuffled by `seed`, within equal values of `column` where one is named: smallest first unless `descending`."""

    seed: int
    column: str | None = None
    descending: bool = False

    @property
    def columns(self) -> list[str]:
        """What places are told from."""
        return ["document_id", *([self.column] if self.column else [])]

    def places(self, batch: pa.RecordBatch) -> list[int]:
        """The place of each row."""
        shuffled = places(self.seed, batch.column("document_id").to_pylist())
        if self.column is None:
            return shuffled
        values = batch.column(self.column).to_pylist()
        return [
            rank(value, self.descending) << 32 | place >> 32
            for value, place in zip(values, shuffled, strict=True)
        ]


def order_of(seed: int, order_by: str | None, schema: pa.Schema) -> Order:
    """The order that `COLUMN` or `COLUMN desc` asks for, or that of the seed; SettingsError when there is no such
    column, or it holds no numbers."""
    if order_by is None:
        return Order(seed)
    column, _, direction = order_by.strip().partition(" ")
    usable = [field.name for field in schema if is_number(field.type)]
    if column not in usable or direction.strip().lower() not in ("", "asc", "desc"):
        raise SettingsError(
            f"order {order_by!r} is not understood: give a column, or a column and desc; columns are {usable}"
        )
    return Order(seed, column, direction.strip().lower() == "desc")


def is_number(type_: pa.DataType) -> bool:
    return bool(pa.types.is_floating(type_) or pa.types.is_integer(type_) or pa.types.is_boolean(type_))


def rank(value: float | None, descending: bool) -> int:
    """A 32-bit number that grows with the value, or falls with it, at the precision of float32; missing values are
    last."""
    if value is None or math.isnan(value):
        return LAST
    try:
        (bits,) = struct.unpack(">I", struct.pack(">f", value + 0.0))  # -0.0 becomes 0.0
    except OverflowError:
        (bits,) = struct.unpack(">I", struct.pack(">f", math.copysign(math.inf, value)))
    growing: int = bits ^ LAST if bits >> 31 else bits | 1 << 31
    return growing ^ LAST if descending else growing


def place(seed: int, document_id: str) -> int:
    """A number from 0 to 2**64 - 1: the first eight bytes of the sha256 of seed and id."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{document_id}".encode()).digest()[:8], "big")


def sample_key(document_id: str) -> float:
    """A number from 0 to under 1, the same for the document in every build and release, and independent of every
    order: documents under 0.03 are among those under 0.1, and what is added later moves none of them."""
    number = int.from_bytes(hashlib.sha256(f"sample\0{document_id}".encode()).digest()[:8], "big")
    return (number >> 11) / 2**53


def places(seed: int, document_ids: Iterable[str]) -> list[int]:
    return [place(seed, document_id) for document_id in document_ids]


def shard_of(place: int, n_shards: int) -> int:
    """Which of `n_shards` equal ranges of places holds this one."""
    return place * n_shards // PLACES


def cuts(found: Sequence[int], n_shards: int) -> tuple[int, ...]:
    """The place at which each of `n_shards` ranges begins that hold about equally many of the places found."""
    ordered = np.sort(np.asarray(found, dtype=np.uint64))
    return (0, *(int(ordered[number * len(ordered) // n_shards]) for number in range(1, n_shards)))


def range_of(place: int, begins: Sequence[int]) -> int:
    """Which range holds this place; the last of those that begin at the same."""
    return bisect_right(begins, place) - 1
