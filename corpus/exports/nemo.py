"""NeMo Curator's interleaved layout: Parquet with a row per sentence and per picture (nemo-curator 1.4.0,
nemo_curator/tasks/interleaved.py: INTERLEAVED_SCHEMA).

Goes in: a document. Comes out: its rows. The first, at position -1, holds what is known of the document as JSON; the
row of a picture has the fields of image_info as JSON in `image_info`, a column that NeMo Curator passes through.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from corpus.exports.documents import Document
from corpus.exports.samples import as_json, info_of

SCHEMA = pa.schema([
    pa.field("sample_id", pa.string(), nullable=False),
    pa.field("position", pa.int32(), nullable=False),
    pa.field("modality", pa.string(), nullable=False),
    ("content_type", pa.string()),
    ("text_content", pa.string()),
    ("binary_content", pa.large_binary()),
    ("source_ref", pa.string()),
    ("materialize_error", pa.string()),
    ("image_info", pa.string()),
])  # fmt: skip


def nemo_rows(document: Document) -> list[dict[str, Any]]:
    about = {"content_type": "application/json", "text_content": as_json(document.facts).decode()}
    rows: list[dict[str, Any]] = [{"position": -1, "modality": "metadata", **about}]
    for position, item in enumerate(document.sequence):
        if isinstance(item, str):
            content = {"modality": "text", "content_type": "text/plain", "text_content": item}
        else:
            content = {
                "modality": "image",
                "content_type": item["media_type"],
                "binary_content": item["image"],
                "image_info": as_json(info_of(item)).decode(),
            }
        rows.append({"position": position, **content})
    return [{**dict.fromkeys(SCHEMA.names), "sample_id": document.key, **row} for row in rows]
