"""A document as one sample: JSON beside pictures, as WebDataset, Energon and MDS carry it.

Goes in: a document. Comes out: its JSON and its pictures by name. `texts` and `images` are lists of one length, in each
place of which one is null, as in OBELICS and MINT-1T; `images` names the picture that stands there. `image_info` tells
of the pictures in the same order.
"""

from __future__ import annotations

import json
from typing import Any

from corpus.exports.documents import Document
from corpus.loaders.placement import Picture

Parts = dict[str, bytes]
APART = ("image", "similarity")
"""What `Document` adds to the fields of image_info."""


def sample(document: Document) -> tuple[dict[str, Any], Parts]:
    """What the JSON holds, and bytes by the name that stands for them in `images`; without bytes there is the URL."""
    texts: list[str | None] = []
    images: list[str | None] = []
    infos: list[dict[str, Any]] = []
    parts: Parts = {}
    for item in document.sequence:
        if isinstance(item, str):
            texts.append(item)
            images.append(None)
            continue
        name = item["raw_url"]
        if item["image"] is not None:
            name = f"{len(infos):03d}.{extension(item)}"
            parts[name] = item["image"]
        texts.append(None)
        images.append(name)
        infos.append(info_of(item))
    return {**document.facts, "texts": texts, "images": images, "image_info": infos}, parts


def extension(picture: Picture) -> str:
    return str(picture["image_name"]).rpartition(".")[2]


def info_of(picture: Picture) -> dict[str, Any]:
    """The fields of image_info."""
    return {name: value for name, value in picture.items() if name not in APART}


def as_json(value: Any) -> bytes:
    """One line of UTF-8; times are written by ISO 8601."""
    return json.dumps(value, ensure_ascii=False, default=lambda time: time.isoformat()).encode()
