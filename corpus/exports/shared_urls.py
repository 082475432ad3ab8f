"""URLs that several documents of a corpus have.

Goes in: the URLs of all documents. Comes out: the hashes of those that come more than once. Memory holds 8 bytes per
document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from corpus.urls import normalise


def url_hash(url: str) -> int:
    """64 bits of the sha256 of the URL in normal form."""
    return int.from_bytes(hashlib.sha256((normalise(url) or url).encode()).digest()[:8], "little")


def shared_urls(urls: Iterable[str]) -> frozenset[int]:
    """The hashes that come twice or more."""
    hashes = np.fromiter(map(url_hash, urls), dtype=np.uint64)
    values, counts = np.unique(hashes, return_counts=True)
    return frozenset(values[counts > 1].tolist())
