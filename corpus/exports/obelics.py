"""OBELICS' layout: Parquet with `images`, `texts`, `metadata` and `general_metadata` (huggingface.co/datasets/
HuggingFaceM4/OBELICS, dataset card; arXiv 2306.16527, appendix).

Goes in: a document. Comes out: its row. `images` and `texts` are of one length, in each place of which one is null;
sentences between two pictures are one text. `metadata` is JSON of a list that has an object in the place of each
picture, `general_metadata` JSON of an object.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pyarrow as pa

from corpus.exports.documents import Document
from corpus.exports.samples import as_json, extension, info_of
from corpus.loaders.placement import Picture
from corpus.release.huggingface import PICTURES, features_metadata
from corpus.release.interleave import SPACELESS

TEXT = pa.list_(pa.string())


def obelics_schema(references: bool) -> pa.Schema:
    """The columns; as in the release on the hub, `images` are URLs when no bytes are wanted, else Hugging Face's Image
    feature."""
    schema = pa.schema([
        ("images", TEXT if references else pa.list_(PICTURES)),
        ("metadata", pa.string()),
        ("general_metadata", pa.string()),
        ("texts", TEXT),
    ])  # fmt: skip
    return schema.with_metadata({"huggingface": features_metadata(schema)})


def obelics_row(document: Document, references: bool) -> dict[str, Any]:
    between = "" if document.facts["language"] in SPACELESS else " "
    texts: list[str | None] = []
    images: list[Any] = []
    metadata: list[dict[str, Any] | None] = []
    for is_text, run in groupby(document.sequence, key=lambda item: isinstance(item, str)):
        if is_text:
            texts.append(between.join(map(str, run)))
            images.append(None)
            metadata.append(None)
            continue
        for picture in run:
            assert not isinstance(picture, str)
            texts.append(None)
            images.append(picture["raw_url"] if references else with_bytes(picture))
            metadata.append(said_of(picture, document))
    return {
        "images": images,
        "metadata": as_json(metadata).decode(),
        "general_metadata": as_json(document.facts).decode(),
        "texts": texts,
    }


def with_bytes(picture: Picture) -> dict[str, Any]:
    return {"bytes": picture["image"], "path": picture["image_name"]}


def said_of(picture: Picture, document: Document) -> dict[str, Any]:
    """OBELICS' names for what is known of a picture, then ours."""
    return {
        "document_url": document.facts["url"],
        "unformatted_src": picture["raw_url"],
        "src": picture["raw_url"],
        "formatted_filename": str(picture["image_name"]).rpartition(".")[0],
        "alt_text": picture["alt"],
        "original_width": picture["width_px"],
        "original_height": picture["height_px"],
        "format": extension(picture),
        **info_of(picture),
    }
