"""Where pictures stand among sentences, chosen when a document is read.

Goes in: a row of the product. Comes out: its sentences and pictures in the order in which a model meets them. By the
assignment a picture stands at the sentence that it is matched with, on the side asked for; `fused` is the same by
cosine and page together (docs/alignment.md); by the page it stands where the page had it. OmniCorpus (arXiv 2406.08418,
section 5.2) finds that the place on the page suits models that read in order, the assignment those with
cross-attention.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from corpus.align.assignment import assign
from corpus.errors import InputError

Placement = Literal["assigned", "fused", "page"]
Side = Literal["before", "after"]
Picture = dict[str, Any]
"""What image_info says of it, and its `image`."""
KEEP_ALL = -1.0
FUSED = "fused_text_index"
INDICES: dict[Placement, str] = {
    "assigned": "matched_text_index",
    "fused": FUSED,
    "page": "dom_text_index",
}

Matrix = Sequence[Sequence[float]]
"""[n_pictures, n_sentences]"""
Group = list[Any]
"""A sentence (str) and the pictures (mappings) that stand at it."""


def assigned_again(pictures: Sequence[Picture], similarity: Matrix) -> list[Picture]:
    """Pictures with a sentence from the matrix, solved for these pictures alone: one that is left out frees its
    sentence for another. In the order of sentence and page."""
    if not pictures:
        return []
    matrix = np.asarray(similarity, dtype=np.float32)
    matched = assign(matrix, KEEP_ALL)
    placed: list[Picture] = [
        {**picture, "matched_text_index": int(at), "matched_sim": float(row[at])}
        for picture, at, row in zip(pictures, matched, matrix, strict=True)
    ]
    return sorted(placed, key=lambda picture: (picture["matched_text_index"], picture["dom_index"]))


def fused_again(pictures: Sequence[Picture], similarity: Matrix, page: Matrix | None) -> list[Picture]:
    """The same of `fused_text_index`, by the sum of both matrices: what is said of the match stays, and all of it where
    nothing is known of the page."""
    if not pictures or page is None:
        return list(pictures)
    scores = np.asarray(similarity, dtype=np.float32) + np.asarray(page, dtype=np.float32)
    matched = assign(scores, -np.inf).tolist()
    return [{**picture, FUSED: at} for picture, at in zip(pictures, matched, strict=True)]


def groups(sentences: Sequence[str], pictures: Sequence[Picture], by: Placement, side: Side) -> list[Group]:
    """A group per sentence; behind the last one more when pictures end the page. InputError where a picture has no
    fused place."""
    standing = by_sentence(pictures, by)
    if is_before(by, side):
        placed = [[*standing.get(at, ()), sentence] for at, sentence in enumerate(sentences)]
        ending = standing.get(len(sentences))
        return [*placed, ending] if ending else placed
    return [[sentence, *standing.get(at, ())] for at, sentence in enumerate(sentences)]


def sequence(
    sentences: Sequence[str], pictures: Sequence[Picture], by: Placement, side: Side
) -> tuple[list[Any], list[Picture]]:
    """The groups one after the other, in less time, with the image in the place of each picture; and the pictures in
    this order, from which the image is taken. InputError as above."""
    standing = by_sentence(pictures, by)
    placed: list[Any] = []
    infos: list[Picture] = []
    start = 0
    for at in sorted(standing):
        end = at if is_before(by, side) else at + 1
        placed += sentences[start:end]
        placed += [picture.pop("image") for picture in standing[at]]
        infos += standing[at]
        start = end
    return placed + list(sentences[start:]), infos


def is_before(by: Placement, side: Side) -> bool:
    """Whether pictures stand before their sentence, as a page has them anyhow."""
    return by == "page" or side == "before"


def by_sentence(pictures: Sequence[Picture], by: Placement) -> dict[int, list[Picture]]:
    """The pictures at each sentence that has any, in page order."""
    standing: dict[int, list[Picture]] = {}
    for picture in sorted(pictures, key=lambda picture: picture["dom_index"]):
        at = picture[INDICES[by]]
        if at is None:
            raise InputError(
                f"{picture['raw_url']} has no {FUSED}: what its page says of it is not known, as in imported "
                "corpora; take the placement assigned or page"
            )
        standing.setdefault(at, []).append(picture)
    return standing
