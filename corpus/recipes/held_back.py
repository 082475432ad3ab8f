"""Holding back pictures that a block list names.

Goes in: rows of `images`, got now or by an earlier build. Comes out: the same rows, those that match as `blocked`: the
hash, the place in the list, and never the picture. PDQ is computed in a process apart, from the picture as kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from corpus.child import Child, Loss
from corpus.columns import Row
from corpus.config import Fetch
from corpus.fetch.outcomes import BLOCKED
from corpus.pixels import PictureFault, decode_rgb, load_parsers
from corpus.safety.block_lists import BlockLists, Near, pdq_hash


def held_back(rows: Iterable[Row], lists: BlockLists, bounds: Fetch) -> Iterator[Row]:
    """The rows in their order."""
    if lists.pdq is None:
        yield from (blocked(row, hit_of(row, lists)) for row in rows)
        return
    load_parsers()
    work = partial(pdq_of, max_pixels=bounds.max_pixels)
    with Child(work, bounds.max_decode_s, bounds.max_decode_bytes) as child:
        for row in rows:
            known = blocked(row, hit_of(row, lists))
            yield compared(known, lists.pdq, child) if known.get("bytes") else known


def hit_of(row: Row, lists: BlockLists) -> str | None:
    return lists.hit(row.get("content_hash"), row.get("perceptual_hash"))


def blocked(row: Row, hit: str | None) -> Row:
    return row if hit is None else {**row, "outcome": BLOCKED, "fault": hit, "bytes": None}


def compared(row: Row, near: Near, child: Child[bytes, str | None]) -> Row:
    """The row after its picture was compared with a list of PDQ hashes. One that cannot be compared is not kept."""
    found = child.run(row["bytes"])
    if isinstance(found, Loss):
        return {**row, **vars(found), "bytes": None}
    return blocked(row, near.hit(found))


def pdq_of(data: bytes, max_pixels: int) -> str | None:
    try:
        return pdq_hash(decode_rgb(data, max_pixels))
    except PictureFault:
        return None
