"""Perceptual hashes: distance and the nearest of several.

Goes in: 64-bit hashes as 16 hex digits. Comes out: numbers of differing bits.
"""

from __future__ import annotations

from collections.abc import Iterable


def differing_bits(one: str, other: str) -> int:
    """Hamming distance of two hashes of equal length."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def nearest_bits(hash_: str | None, others: Iterable[str]) -> int | None:
    """Distance to the nearest of `others`; None without a hash or without others."""
    if hash_ is None:
        return None
    return min((differing_bits(hash_, other) for other in others), default=None)
