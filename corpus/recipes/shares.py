"""How files are dealt to tasks: a share of a file is every n-th of its pages.

Goes in: sizes of files, cores. Comes out: in how many shares files are cut, and which pages a share holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapreplace


@dataclass(frozen=True)
class Share:
    """Every `n_shares`-th page of a file, from the one numbered `number`.

    The first share also tells of the captures and of the file itself.
    """

    number: int = 0
    n_shares: int = 1

    def holds(self, page: int) -> bool:
        return page % self.n_shares == self.number

    @property
    def is_first(self) -> bool:
        return self.number == 0


WHOLE = Share()
READING_SHARE = 1 / 20
"""What reading a file takes beside extracting its pages: every share of it reads all of it."""


def shares_per_file(file_bytes: Sequence[int], n_cores: int) -> int:
    """In how many shares files are cut for the cores to end soonest, each taking the next share when it is free; the
    fewest that do. Two files of one size on two cores are not cut; three are, and two of different sizes."""

    def end(n_shares: int) -> float:
        ends = [0.0] * n_cores
        for size in file_bytes:
            for _ in range(n_shares):
                heapreplace(ends, ends[0] + size * (1 / n_shares + READING_SHARE))
        return max(ends)

    return min(range(1, n_cores + 1), key=end)
