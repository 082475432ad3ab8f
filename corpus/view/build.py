"""A build in the viewer: its pages, kept and dropped, their pictures, and what may not be shown.

Goes in: the folder of a finished build. Comes out: an `OpenBuild`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import pyarrow.compute as pc

from corpus.columns import Row
from corpus.config import Settings
from corpus.fetch.outcomes import BLOCKED
from corpus.look.lookup import Find, finder, open_build
from corpus.look.stored import Stored
from corpus.look.unsafe import is_unsafe
from corpus.view.build_index import BUILD_SORTS, chunks_read
from corpus.view.index import Index, open_index
from corpus.view.page import ShownPage, show_page
from corpus.view.private import private
from corpus.view.search import pages_with


@dataclass(frozen=True, eq=False)
class OpenBuild:
    """A build that is looked at: where it lies, its tables, its settings, the index of its pages."""

    out: str
    stored: Stored
    settings: Settings
    index: Index
    about: str = ""
    parts: str = "chunks"

    def show(self, chunk: str, document_id: str) -> ShownPage | None:
        return show_page(self.find(chunk), self.settings, document_id)

    def title(self, row: Row) -> str | None:
        """The title of a page of the index, without personal data."""
        return private(row["title"], row, self.settings)

    def search(self, text: str) -> tuple[str, ...]:
        return pages_with(self.stored, text)

    def picture(self, chunk: str, content_hash: str) -> tuple[str | None, bytes | None] | None:
        """Media type and bytes."""
        if chunk not in self.stored.chunks:
            return None
        rows = self.find(chunk)("images", ["bytes", "media_type"], pc.field("content_hash") == content_hash)
        return next(((row["media_type"], row["bytes"]) for row in rows if row["bytes"] is not None), None)

    def find(self, chunk: str) -> Find:
        """Finds rows in one chunk; nothing of the others is read."""
        return finder(replace(self.stored, chunks=(chunk,)))

    @property
    def find_all(self) -> Find:
        """Finds rows in all chunks."""
        return finder(self.stored)


def look_at_build(out: str) -> OpenBuild:
    """Open a finished build, with its first pages in the index. InputError when there is none."""
    stored, settings = open_build(out)
    return OpenBuild(out, stored, settings, open_index(chunks_read(stored), len(stored.chunks), BUILD_SORTS))


def holds_unsafe(build: OpenBuild, chunk: str, content_hash: str) -> bool:
    if chunk not in build.stored.chunks:
        return False
    found = build.find(chunk)("image_safety", ["scores"], pc.field("content_hash") == content_hash)
    return any(is_unsafe(row["scores"], build.settings) for row in found)


@lru_cache(maxsize=2)
def blocked_contents(build: OpenBuild) -> frozenset[str]:
    """Hashes of the contents that block lists named; tables without one are not read."""
    if not any(count.outcome == BLOCKED and count.n for count in build.stored.total("images").counts):
        return frozenset()
    found = build.find_all("images", ["content_hash"], pc.field("outcome") == BLOCKED)
    return frozenset(row["content_hash"] for row in found)
