"""Pages by identity and group, held in little memory: 20 MiB of a million pages, of which a dictionary takes 200.

Goes in: identities of pages, each with its group. Comes out: number and group of any of these pages.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True)
class GroupedPages(Generic[Group]):
    """`numbers` in the order of `hashes`, which are those of identities; by number the place of the page's group among
    `groups`. Of a million pages two have the same 64 bits once in thirty million builds."""

    hashes: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]
    places: npt.NDArray[np.int32]
    groups: Sequence[Group]

    def numbers_of(self, identities: Sequence[str]) -> npt.NDArray[np.int64]:
        """In the order in which pages came, from 0. KeyError for one that did not."""
        wanted = hashes_of(identities)
        at = np.searchsorted(self.hashes, wanted)
        inside = at < len(self.hashes)
        is_known = np.zeros(len(at), dtype=bool)
        is_known[inside] = self.hashes[at[inside]] == wanted[inside]
        if not is_known.all():
            raise KeyError(identities[int(is_known.argmin())])
        return self.numbers[at]

    def groups_of(self, identities: Sequence[str]) -> list[Group]:
        return [self.groups[place] for place in self.places[self.numbers_of(identities)].tolist()]


def grouped(batches: Iterable[tuple[Sequence[str], Iterable[Group]]]) -> GroupedPages[Group]:
    """Of batches of pages: their identities and, one for each, their groups."""
    hashes, places = array("q"), array("i")
    known: dict[Group, int] = {}
    for identities, groups in batches:
        hashes.extend(hashes_of(identities))
        places.extend(known.setdefault(group, len(known)) for group in groups)
    found = np.array(hashes, np.int64)
    numbers = np.argsort(found, kind="stable")
    return GroupedPages(found[numbers], numbers, np.array(places, np.int32), tuple(known))


def hashes_of(identities: Sequence[str]) -> npt.NDArray[np.int64]:
    """Python's own, which differ from one process to the next."""
    return np.fromiter(map(hash, identities), np.int64, len(identities))
