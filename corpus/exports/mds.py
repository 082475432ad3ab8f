"""MosaicML's MDS: shards of samples with an index of offsets (mosaicml-streaming 0.13.0, docs "Dataset Format",
streaming/base/format/mds). MDS has no column for several pictures: those of a document are one run of bytes.

Goes in: documents. Comes out: samples, the head of a shard, and what `index.json` says of it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from corpus.exports.documents import Document
from corpus.exports.samples import as_json, sample

COLUMNS = (("document", "json"), ("pictures", "bytes"))
"""Names, in order, and encodings. In `document`, `picture_bytes` says how long each picture in `pictures` is."""
VERSION = 2


def mds_sample(document: Document) -> bytes:
    """Lengths of the two values, little-endian in 32 bits each, then the values."""
    said, parts = sample(document)
    lengths = [len(data) for data in parts.values()]
    values = (as_json({**said, "picture_bytes": lengths}), b"".join(parts.values()))
    return struct.pack("<2I", *map(len, values)) + b"".join(values)


def mds_head(lengths: Sequence[int]) -> bytes:
    """What stands before the samples of a shard, from the bytes of each: how many there are, where each begins and the
    last ends, and what the columns are."""
    columns = as_json(encodings())
    n_numbers = len(lengths) + 2
    ends = accumulate(lengths, initial=4 * n_numbers + len(columns))
    return struct.pack(f"<{n_numbers}I", len(lengths), *ends) + columns


def encodings() -> dict[str, Any]:
    return {
        "column_encodings": [encoding for _, encoding in COLUMNS],
        "column_names": [name for name, _ in COLUMNS],
        "column_sizes": [None for _ in COLUMNS],
        "compression": None,
        "format": "mds",
        "hashes": [],
        "size_limit": None,
    }


def mds_index(shards: Sequence[tuple[str, int, int]]) -> bytes:
    """`index.json`, from name, samples and bytes of each shard."""
    listed = [
        {
            **encodings(),
            "raw_data": {"basename": name, "bytes": n_bytes, "hashes": {}},
            "samples": n_samples,
            "version": VERSION,
            "zip_data": None,
        }
        for name, n_samples, n_bytes in shards
    ]
    return as_json({"shards": listed, "version": VERSION})
