"""Megatron-Energon's metadata beside WebDataset shards (megatron-energon 7.4.1, docs "Data Preparation";
megatron/energon/flavors/webdataset: metadata.py, structs.py, itar.py).

Goes in: shards with their samples. Comes out: the files of `.nv-meta`, and the index beside each shard. What `energon
prepare` makes beyond that, an SQLite index, only random access asks for.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from corpus.exports.samples import as_json

SPLIT = "train"
SAMPLE_LOADER = '''"""Sentences (str) and pictures (tensors) of a document in one list, in order."""


def part_filter(part):
    return True


def sample_loader(raw):
    said = raw["json"]
    return {
        "__key__": raw["__key__"],
        "sequence": [
            raw[image] if text is None else text for text, image in zip(said["texts"], said["images"])
        ],
    }
'''
DATASET = """sample_type:
  __module__: megatron.energon
  __class__: InterleavedSample
sample_loader: sample_loader.py:sample_loader
part_filter: sample_loader.py:part_filter
"""


def nv_meta(shards: Sequence[tuple[str, int]]) -> dict[str, bytes]:
    """The files of `.nv-meta` by name, from name and number of samples of each shard. YAML contains JSON."""
    return {
        ".info.json": as_json({"shard_counts": dict(shards)}),
        "split.yaml": as_json({"split_parts": {SPLIT: [name for name, _ in shards]}, "exclude": []}),
        "dataset.yaml": DATASET.encode(),
        "sample_loader.py": SAMPLE_LOADER.encode(),
    }


def tar_index(ends: Sequence[int]) -> bytes:
    """`SHARD.tar.idx`: where each sample begins, then where the last one ends, 64 bits each."""
    return struct.pack(f"<{len(ends)}Q", *ends)
