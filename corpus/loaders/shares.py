"""Who reads what: row groups dealt to readers, in an order of the seed and the epoch.

Goes in: how many rows each row group has, and who asks. Comes out: blocks of row groups. Every row group goes to one
reader, whatever the number of ranks and workers; rows are shuffled within a block, which is in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.release.order import place


@dataclass(frozen=True)
class RowGroup:
    """A row group of a file: the unit in which rows are dealt and read."""

    path: str
    number: int
    n_rows: int


@dataclass(frozen=True)
class Reader:
    """One of `n` that read at the same time: a worker of a rank."""

    number: int = 0
    n: int = 1


def share(row_groups: Sequence[RowGroup], seed: int | None, epoch: int, reader: Reader) -> list[RowGroup]:
    """The row groups of one reader, in the order in which it reads them; that of the release when `seed` is None."""
    order = list(range(len(row_groups)))
    if seed is not None:
        order.sort(key=lambda at: place(seed, f"epoch {epoch}, row group {at}"))
    return [row_groups[at] for at in order[reader.number :: reader.n]]


def blocks(row_groups: Sequence[RowGroup], n_rows: int) -> Iterator[list[RowGroup]]:
    """Row groups together until they have at least `n_rows` rows."""
    block: list[RowGroup] = []
    for row_group in row_groups:
        block.append(row_group)
        if sum(each.n_rows for each in block) >= n_rows:
            yield block
            block = []
    if block:
        yield block


def shuffled(n_rows: int, seed: int | None, epoch: int, block: int) -> list[int]:
    """The order in which the rows of a block are given out."""
    order = list(range(n_rows))
    if seed is not None:
        order.sort(key=lambda row: place(seed, f"epoch {epoch}, block {block}, row {row}"))
    return order
