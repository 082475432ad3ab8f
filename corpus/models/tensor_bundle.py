"""Weights out of a TensorFlow SavedModel, without TensorFlow.

Goes in: the bytes of `variables.index` and `variables.data-00000-of-00001`. Comes out: float32 arrays by name. The
index is a table of LevelDB (github.com/google/leveldb, doc/table_format.md) whose values are BundleEntryProto
(tensorflow/core/protobuf/tensor_bundle.proto).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError

Tensors = dict[str, NDArray[np.float32]]

MAGIC = bytes.fromhex("57fb808b247547db")
FOOTER_BYTES = 48
SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
FLOAT = 1


def read_bundle(index: bytes, data: bytes) -> Tensors:
    """Every float32 tensor by its name without the suffix of variables. ModelError when the bytes are no bundle."""
    try:
        if index[-len(MAGIC) :] != MAGIC:
            raise ValueError("the index has no table's end")
        footer = index[-FOOTER_BYTES:]
        at = 0
        for _ in range(2):  # the handle of the index of metadata
            _, at = varint(footer, at)
        entries: dict[bytes, bytes] = {}
        for _, handle in block(index, footer[at:]):
            entries |= dict(block(index, handle))
        return dict(tensors(entries, data))
    except (IndexError, ValueError) as error:
        raise ModelError(
            f"the weights of the SavedModel cannot be read: {error}; pull the model again"
        ) from None


def tensors(entries: dict[bytes, bytes], data: bytes) -> Iterator[tuple[str, NDArray[np.float32]]]:
    for key, entry in entries.items():
        if not key:  # the header of the bundle
            continue
        fields = dict(proto_fields(entry))
        if fields.get(1) != FLOAT:
            continue
        shape = tuple(
            size for number, dim in proto_fields(fields.get(2, b"")) if number == 2 for size in sizes(dim)
        )
        start, n_bytes = int(fields.get(4, 0)), int(fields.get(5, 0))
        if n_bytes != 4 * prod(shape) or start + n_bytes > len(data):
            raise ValueError(f"{key!r} does not lie in the data")
        values = np.frombuffer(data, "<f4", prod(shape), start).reshape(shape)
        yield key.decode().removesuffix(SUFFIX), values


def sizes(dim: bytes) -> Iterator[int]:
    yield from (int(size) for number, size in proto_fields(dim) if number == 1)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def block(table: bytes, handle: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of the block of a table that a handle points to."""
    offset, at = varint(handle, 0)
    size, _ = varint(handle, at)
    rows = table[offset : offset + size]
    if len(rows) != size or table[offset + size] != 0:
        raise ValueError("a block is cut off or compressed")
    end = size - 4 - 4 * int.from_bytes(rows[-4:], "little")  # restart points and their number follow
    key, at = b"", 0
    while at < end:
        n_shared, at = varint(rows, at)
        n_own, at = varint(rows, at)
        n_value, at = varint(rows, at)
        key = key[:n_shared] + rows[at : at + n_own]
        yield key, rows[at + n_own : at + n_own + n_value]
        at += n_own + n_value


def proto_fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each field of a message: numbers, bytes, and four bytes as bytes."""
    at = 0
    while at < len(message):
        tag, at = varint(message, at)
        kind = tag & 7
        value: Any
        if kind == 0:
            value, at = varint(message, at)
        elif kind == 2:
            size, at = varint(message, at)
            value, at = message[at : at + size], at + size
        elif kind == 5:
            value, at = message[at : at + 4], at + 4
        else:
            raise ValueError(f"a field of wire type {kind}")
        yield tag >> 3, value
