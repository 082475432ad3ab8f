"""What is looked at, and how far it is read.

Goes in: one build or release, or two. Comes out: a `Site` whose indexes are filled while it is asked.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from corpus.view.build import OpenBuild
from corpus.view.index import compare, fill
from corpus.view.release import OpenRelease


@dataclass(frozen=True)
class Site:
    """What is looked at."""

    build: OpenBuild | OpenRelease
    other: OpenBuild | OpenRelease | None = None
    began_s: float = field(default_factory=time.monotonic)

    @property
    def opened(self) -> list[OpenBuild | OpenRelease]:
        return [each for each in (self.build, self.other) if each is not None]

    @property
    def fault(self) -> str:
        """What ended the reading of an index early."""
        return next((each.index.fault for each in self.opened if each.index.fault), "")


@dataclass(frozen=True)
class Reading:
    """How far the indexes are: chunks of builds and files of releases, and seconds to go by what those read so far
    took; None before the first."""

    n_read: int
    n_parts: int
    left_s: float | None


def read_all(site: Site) -> None:
    """Read the indexes of what is looked at to their ends, and compare them. What goes wrong stands on the pages: the
    thread that reads has nobody above it to tell."""
    for each in site.opened:
        try:
            fill(each.index)
            if each is site.other and each.index.is_whole:
                compare(site.build.index, each.index)
        except Exception as error:
            each.index.fault = str(error)
            return


def reading(site: Site) -> Reading | None:
    """None when all is known that is ever asked of the indexes, or can be."""
    if site.fault or (site.build.index.is_compared if site.other else site.build.index.is_whole):
        return None
    n_read = sum(each.index.n_read for each in site.opened)
    n_parts = sum(each.index.n_parts for each in site.opened)
    taken_s = time.monotonic() - site.began_s
    return Reading(n_read, n_parts, taken_s / n_read * (n_parts - n_read) if n_read else None)
