"""Vectors as they travel in tables: float16, little-endian, row after row, in one binary value.

Goes in: float arrays [n, d]. Comes out: bytes of 2 * n * d length, and float32 arrays [n, d] again. Spark has
no half float, so the vectors are packed; float16 keeps the cosine of unit vectors within 0.001.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DataError

HALF = np.dtype("<f2")


def pack(vectors: NDArray[np.floating]) -> bytes:
    """The values of `vectors`, [n, d] or [d], as float16."""
    return np.ascontiguousarray(vectors, dtype=HALF).tobytes()


def unpack(data: bytes, n_dimensions: int) -> NDArray[np.float32]:
    """Vectors [n, n_dimensions] out of `pack`; DataError when the bytes hold no whole number of them."""
    if n_dimensions < 1 or len(data) % (HALF.itemsize * n_dimensions):
        raise DataError(f"{len(data)} bytes are no whole number of float16 vectors [{n_dimensions}]")
    return np.frombuffer(data, dtype=HALF).reshape(-1, n_dimensions).astype(np.float32)


def unit(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    """Each row of [n, d] divided by its L2 norm; rows of zeros stay zero."""
    values = np.asarray(rows, dtype=np.float32)
    norms = np.linalg.norm(values, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(values, norms, out=np.zeros_like(values), where=norms > 0)
    return scaled
