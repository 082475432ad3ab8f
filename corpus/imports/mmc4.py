"""MMC4's lines of JSON, read in (github.com/allenai/mmc4, README).

Goes in: a line, where it stands, and the pictures by name. Comes out: a row of the product, or why there is none, and
what became of each picture. MMC4 does not tell where a page had its pictures: `dom_index` is then the place in
image_info, and `dom_text_index` the matched sentence.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpus.columns import KEPT
from corpus.imports.pictures import described
from corpus.imports.row import MALFORMED, MIN_SIMILARITY, NO_FILE, NO_IMAGE, UNDECODABLE, Found, Read, row_of
from corpus.loaders.placement import KEEP_ALL
from corpus.urls import document_id

PictureOf = Callable[[str], bytes | None]


@dataclass(frozen=True)
class Line:
    """A line of a file, whose bytes begin at `offset`."""

    data: bytes
    file: str
    offset: int


def read_line(line: Line, picture_of: PictureOf | None, bound: float | None) -> Read:
    """`picture_of` gives the bytes of a name; None when pictures are left out. With `bound`, and where a picture falls,
    the others are assigned by the matrix."""
    said = well_formed(line.data)
    if said is None:
        return Read(None, MALFORMED, {})
    outcomes: Counter[str] = Counter()
    found = []
    for at, (info, similarity) in enumerate(zip(said["image_info"], said["similarity_matrix"], strict=True)):
        data, about, outcome = seen(info, picture_of)
        outcomes[outcome] += 1
        if outcome == KEPT:
            found.append(Found({"dom_index": at, **info, **about}, data, similarity))
    if bound is None and outcomes.total() > outcomes[KEPT]:
        bound = KEEP_ALL
    row, n_fallen = row_of(facts_of(said, line), said["text_list"], unlike(found), bound)
    outcomes[KEPT] -= n_fallen
    outcomes[MIN_SIMILARITY] += n_fallen
    return Read(row, NO_IMAGE if row is None else KEPT, +outcomes)


def seen(info: Mapping[str, Any], picture_of: PictureOf | None) -> tuple[bytes | None, dict[str, Any], str]:
    """The bytes of a picture, what they tell, and its outcome."""
    if picture_of is None:
        return None, {}, KEPT
    data = picture_of(info["image_name"])
    if data is None:
        return None, {}, NO_FILE
    about = described(data)
    if about is None:
        return None, {}, UNDECODABLE
    if isinstance(info.get("content_hash"), str):  # ours, of the bytes as they were fetched
        del about["content_hash"]
    return data, about, KEPT


def unlike(found: list[Found]) -> list[Found]:
    """The pictures with a `dom_index` of their own each, by their order where the source's are none."""
    told = [each.info["dom_index"] for each in found]
    if all(type(index) is int for index in told) and len(set(told)) == len(told):
        return found
    return [
        Found({**each.info, "dom_index": at}, each.data, each.similarity) for at, each in enumerate(found)
    ]


def facts_of(said: Mapping[str, Any], line: Line) -> dict[str, Any]:
    """The columns of the document; its identity is ours where the line has one, else of URL, file and place in it."""
    own = said.get("document_id")
    identity = own if isinstance(own, str) and own else document_id(said["url"], "", line.file, line.offset)
    return {**said, "document_id": identity}


def well_formed(data: bytes) -> dict[str, Any] | None:
    """The object of a line; None when it is not what MMC4 says."""
    try:
        said = json.loads(data)
        sentences, infos = said["text_list"], said["image_info"]
        matrix = np.asarray(said["similarity_matrix"], dtype=np.float32)
        fits = (
            isinstance(said["url"], str)
            and all(isinstance(sentence, str) for sentence in sentences)
            and all(isinstance(info[name], str) for info in infos for name in ("image_name", "raw_url"))
            and all(
                type(info["matched_text_index"]) is int and 0 <= info["matched_text_index"] < len(sentences)
                for info in infos
            )
            and (not infos or matrix.shape == (len(infos), len(sentences)))
            and bool(np.isfinite(matrix).all())
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return said if fits and isinstance(said, dict) else None
