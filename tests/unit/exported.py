"""A small release, and what its documents look like to a reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

import corpus
from corpus.cli import main
from corpus.exports.documents import Wanted
from corpus.exports.export import export
from tests.unit.stored_build import write_build

SHARD_BYTES = 12_000
KEYS = {"assigned": "matched_text_index", "fused": "fused_text_index", "page": "dom_text_index"}


def write_release(folder: Path, n_documents: int) -> str:
    """A release in `folder/release`, of the build in `folder/build`."""
    assert main(["publish", write_build(folder / "build", n_documents), "--to", str(folder / "release")]) == 0
    return str(folder / "release")


def rows_of(release: str) -> list[dict[str, Any]]:
    return pa.Table.from_batches(corpus.open(release)).to_pylist()


def export_to(out: Path, release: str, name: str, shard_bytes: int = SHARD_BYTES, **wanted: Any) -> Path:
    export(release, str(out), name, Wanted(**wanted), shard_bytes, lambda text: None)
    return out


def sequence_of(row: dict[str, Any], placement: str = "assigned") -> list[str | bytes]:
    """Sentences (str) and pictures (bytes) of a row of the product, in order."""
    key = KEYS[placement]
    pictures = [
        (info[key], info["dom_index"], image["bytes"])
        for info, image in zip(row["image_info"], row["images"], strict=True)
    ]
    sequence: list[str | bytes] = []
    for at, sentence in enumerate([*row["text_list"], None]):
        sequence += [data for where, _, data in sorted(pictures) if where == at]
        sequence += [] if sentence is None else [sentence]
    return sequence
