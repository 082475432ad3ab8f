"""The formats by name: what a document becomes in each, how a shard of it is written, and what stands beside shards."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from corpus.exports.documents import Document
from corpus.exports.energon import nv_meta, tar_index
from corpus.exports.mds import mds_index, mds_sample
from corpus.exports.mmc4 import mmc4_record, open_flamingo_record
from corpus.exports.nemo import SCHEMA, nemo_rows
from corpus.exports.obelics import obelics_row, obelics_schema
from corpus.exports.samples import as_json, sample
from corpus.exports.shards import LineShard, MdsShard, ParquetShard, Shard, TarShard

MIB = 2**20


@dataclass(frozen=True)
class Written:
    """A shard that is done: its name, how many documents it holds, its bytes, and where samples begin in a tar."""

    name: str
    n_documents: int
    n_bytes: int
    offsets: Sequence[int] = ()


Beside = Mapping[str, bytes]
"""Small files by their path in the export."""


@dataclass(frozen=True)
class Format:
    """`record` makes of a document, and of whether others have its URL, what `shard` takes; `beside` makes the files
    that readers need beside the shards. `placed` says that the format has an order of sentences and pictures,
    `references` that it can do without bytes."""

    purpose: str
    name: str
    record: Callable[[Document, bool], Any]
    shard: Callable[[str], Shard]
    beside: Callable[[Sequence[Written]], Beside] = lambda shards: {}
    shard_bytes: int = 512 * MIB
    placed: bool = True
    references: bool = False


def mmc4_line(document: Document, url_is_shared: bool) -> tuple[bytes, dict[str, bytes]]:
    pictures = {
        picture["image_name"]: picture["image"]
        for picture in document.pictures
        if picture["image"] is not None
    }
    return as_json(mmc4_record(document, url_is_shared)), pictures


def open_flamingo_sample(document: Document, url_is_shared: bool) -> tuple[str, dict[str, bytes]]:
    return document.key, {"json": as_json(open_flamingo_record(document, url_is_shared))}


def webdataset_sample(document: Document, _: bool) -> tuple[str, dict[str, bytes]]:
    said, parts = sample(document)
    return document.key, {"json": as_json(said), **parts}


def parquet_rows(make: Callable[[Document], list[dict[str, Any]]]) -> Callable[[Document, bool], Any]:
    """Rows, and about how many bytes they are."""

    def record(document: Document, _: bool) -> tuple[list[dict[str, Any]], int]:
        n_bytes = sum(map(len, document.sentences))
        return make(document), n_bytes + sum(len(picture["image"] or b"") for picture in document.pictures)

    return record


def energon_files(shards: Sequence[Written]) -> Beside:
    indices = {f"{shard.name}.idx": tar_index(shard.offsets) for shard in shards}
    meta = nv_meta([(shard.name, shard.n_documents) for shard in shards])
    return indices | {os.path.join(".nv-meta", name): data for name, data in meta.items()}


def mds_files(shards: Sequence[Written]) -> Beside:
    return {"index.json": mds_index([(shard.name, shard.n_documents, shard.n_bytes) for shard in shards])}


def formats(references: bool) -> dict[str, Format]:
    """All formats, with the bytes of pictures or with their URLs."""
    obelics = parquet_rows(lambda document: [obelics_row(document, references)])
    schema = obelics_schema(references)
    return {
        "mmc4": Format(
            "lines of JSON, pictures in folders beside them", "docs_shard_{:05d}.jsonl",
            mmc4_line, LineShard, placed=False, references=True,
        ),
        "open-flamingo": Format(
            "MMC4 with pictures in base64 in WebDataset shards", "{:06d}.tar",
            open_flamingo_sample, TarShard, placed=False,
        ),
        "obelics": Format(
            "Parquet with lists of texts and images", "train-{:05d}.parquet",
            obelics, partial(ParquetShard, schema=schema), references=True,
        ),
        "webdataset": Format("tar with JSON and pictures", "{:06d}.tar", webdataset_sample, TarShard),
        "energon": Format(
            "WebDataset with the .nv-meta of Megatron-Energon", "{:06d}.tar",
            webdataset_sample, TarShard, energon_files,
        ),
        "mds": Format(
            "shards of MosaicML Streaming", "shard.{:05d}.mds",
            lambda document, _: mds_sample(document), MdsShard, mds_files, 64 * MIB,
        ),
        "nemo": Format(
            "Parquet of NeMo Curator with a row per sentence and picture", "interleaved-{:05d}.parquet",
            parquet_rows(nemo_rows), partial(ParquetShard, schema=SCHEMA),
        ),
    }  # fmt: skip
