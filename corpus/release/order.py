"""The order of a release: a shuffle that needs no random numbers and no look at other rows.

Goes in: a seed and document_ids. Comes out: the place of each, a 64-bit number, and the shard that holds it. Rows stand
in the order of (place, document_id), and a shard holds a range of places; so one machine and a cluster, whatever order
rows reach them in, write the same files, and copies of a row would stand next to each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

PLACES = 2**64


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
