"""What a listing of a table's folder shows, in the form of numbers.

Goes in: the folder. Comes out: which chunks have a folder there, the stamps of their manifests, and the names of
segments. pyarrow lists a folder whole, which takes some 260 bytes a file for as long as it is looked through here:
hence few listings at once. boto3 would give S3's page by page, but takes 65 ms of core time a page.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corpus.malloc import give_back
from corpus.manifest import NAME
from corpus.segments import FOLDER, SUFFIX
from corpus.storage import listing

LISTINGS_AT_ONCE = 2
CHUNK = re.compile(r"chunk=c(\d{5}|[1-9]\d{5,6})")
"""The folder of a chunk: others are none of a build's."""

Numbers = npt.NDArray[np.int64]


class TableListing(NamedTuple):
    """Numbers of chunks that have a folder; of those with a manifest the number, its bytes and when it was written, in
    ns since 1970; names of segments."""

    folders: Numbers
    manifests: Numbers
    n_bytes: Numbers
    written_ns: Numbers
    segments: tuple[str, ...]

    def stamps(self) -> Numbers:
        """A row for each number, of -1 where there is no manifest, as in the last one."""
        rows = np.full((int(self.manifests.max(initial=-1)) + 2, 2), -1)
        rows[self.manifests] = np.stack([self.n_bytes, self.written_ns // 10**9], 1)
        return rows


def list_table(folder: str) -> TableListing:
    folders, stamps, segments = array("q"), array("q"), []
    for path, info in listing(folder):
        first, _, name = path.partition("/")
        chunk = CHUNK.fullmatch(first)
        if chunk is None:
            segments += [name.removesuffix(SUFFIX)] if first == FOLDER and name.endswith(SUFFIX) else []
            continue
        number = int(chunk[1])
        if not folders or folders[-1] != number:
            folders.append(number)
        if name == NAME:
            stamps.extend((number, info.size, info.mtime_ns or 0))
    give_back()
    manifests, n_bytes, written_ns = np.array(stamps, np.int64).reshape(-1, 3).T
    return TableListing(np.array(folders), manifests, n_bytes, written_ns, tuple(segments))


def numbers_in(names: Iterable[str]) -> Numbers:
    """The numbers of chunks that have such folders."""
    return np.array([int(chunk[1]) for chunk in map(CHUNK.fullmatch, names) if chunk], np.int64)
