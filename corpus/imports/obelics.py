"""OBELICS' rows, read in (huggingface.co/datasets/HuggingFaceM4/OBELICS, dataset card).

Goes in: a row, where it stands, and what gives similarities. Comes out: a row of the product, or why there is none, and
what became of each picture. OBELICS has no sentences and no matches: texts are cut into sentences, pictures are matched
by the similarities of an encoder.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpus.columns import KEPT
from corpus.config import Fetch
from corpus.extract.language import identify_language
from corpus.extract.sentences import split_sentences
from corpus.imports.pictures import described
from corpus.imports.row import (
    MALFORMED,
    MIN_SIMILARITY,
    NO_FILE,
    NO_IMAGE,
    NO_TEXT,
    UNDECODABLE,
    Found,
    Read,
    row_of,
)
from corpus.pixels import decode_rgb
from corpus.release.interleave import EXTENSIONS
from corpus.urls import document_id

COLUMNS = ("images", "texts", "metadata", "general_metadata")

Similarities = Callable[[Sequence[Image.Image], Sequence[str]], NDArray[np.float32]]
"""Cosines [n_images, n_sentences]."""
Placed = tuple[dict[str, Any], bytes]
"""Fields of image_info, and bytes."""


def read_row(
    row: Mapping[str, Any], place: tuple[str, int], similarities: Similarities, bound: float
) -> Read:
    """`place` is the name of the file and the number of the row in it."""
    facts = facts_of(row, place)
    metadata = parsed(row["metadata"])
    texts, images = row["texts"], row["images"]
    if facts is None or not well_formed(texts, images, metadata):
        return Read(None, MALFORMED, {})
    lines = [line for text in texts if text for line in text.splitlines() if line.strip()]
    if not facts.get("language") and lines:
        facts["language"] = identify_language(lines)[0]
    outcomes: Counter[str] = Counter()
    sentences: list[str] = []
    placed: list[Placed] = []
    for at, (text, image) in enumerate(zip(texts, images, strict=True)):
        if text is not None:
            for line in text.splitlines():
                sentences += split_sentences(line, facts["language"]) if line.strip() else []
            continue
        known, outcome = seen(image, (metadata or [None] * len(images))[at] or {})
        outcomes[outcome] += 1
        if known is not None:
            position = {"dom_index": outcomes.total() - 1, "dom_text_index": len(sentences)}
            placed.append(({**known[0], **position}, known[1]))
    if not sentences or not placed:
        return Read(None, NO_IMAGE if sentences else NO_TEXT, outcomes)
    found = matched(placed, sentences, similarities)
    made, n_fallen = row_of(facts, sentences, found, bound)
    outcomes[KEPT] -= n_fallen
    outcomes[MIN_SIMILARITY] += n_fallen
    return Read(made, NO_IMAGE if made is None else KEPT, +outcomes)


def matched(placed: Sequence[Placed], sentences: Sequence[str], similarities: Similarities) -> list[Found]:
    pictures = [decode_rgb(data, Fetch().max_pixels) for _, data in placed]
    matrix = similarities(pictures, sentences)
    return [Found(info, data, row.tolist()) for (info, data), row in zip(placed, matrix, strict=True)]


def seen(image: Any, said: Mapping[str, Any]) -> tuple[Placed | None, str]:
    """What is known of a picture, None when it falls, and its outcome."""
    data = image.get("bytes") if isinstance(image, Mapping) else None
    if data is None:
        return None, NO_FILE
    about = described(data)
    if about is None:
        return None, UNDECODABLE
    if isinstance(said.get("content_hash"), str):  # ours, of the bytes as they were fetched
        about["content_hash"] = said["content_hash"]
    name = f"{about['content_hash']}.{EXTENSIONS.get(about['media_type'], 'bin')}"
    url = next((said[key] for key in ("src", "unformatted_src") if isinstance(said.get(key), str)), "")
    return ({"alt": said.get("alt_text"), **said, **about, "raw_url": url, "image_name": name}, data), KEPT


def facts_of(row: Mapping[str, Any], place: tuple[str, int]) -> dict[str, Any] | None:
    """The columns of the document, those of our exports included; None without a URL."""
    said = parsed(row["general_metadata"])
    if not isinstance(said, dict) or not isinstance(said.get("url"), str):
        return None
    own = said.get("document_id")
    identity = own if isinstance(own, str) and own else document_id(said["url"], "", *place)
    return {**said, "document_id": identity}


def parsed(text: Any) -> Any:
    """The value of JSON in a column; None when it is none."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None


def well_formed(texts: Any, images: Any, metadata: Any) -> bool:
    """Whether each place has a text or a picture, and metadata, where there are any, fit the places."""
    if texts is None or images is None or len(texts) != len(images):
        return False
    if any((text is None) == (image is None) for text, image in zip(texts, images, strict=True)):
        return False
    fits = isinstance(metadata, list) and len(metadata) == len(texts)
    return metadata is None or (fits and all(each is None or isinstance(each, dict) for each in metadata))
