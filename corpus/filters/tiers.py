"""Tiers: which parts of the product a kept document and its pictures belong to.

Goes in: `n_sentences` and `pictures` (dom_index, matched_sim, image_near_copy, image_faces) of a kept document. Comes
out: scores, the tiers of the document, and those of each picture. MMC4 (arXiv 2304.06939, section 3, and the release
notes of its code) matched the pictures of each subset anew, so that its subsets were none: the same document had other
pairs in each. Here every score is that of the whole product, so whoever is in core-ff is in core and in ff, and both
are in the product, with the same pairs.

core: near copies on a page told more strictly (a Hamming distance of up to 10 of 64 bits for up to 5), 4 to 40
sentences, 2 to 15 pictures, three pairs in four of high similarity. ff, fewer faces: pictures without a face, in
documents that have one. core-ff: what is in both and whose pictures without a face would make it core by themselves.
What depends on a score that was not measured is not decided: null, neither in nor out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from corpus.columns import Row
from corpus.config import Bound, Tiers

CORE_SCORES = ("core_sentences", "core_images", "core_high_share")
FF_SCORES = ("ff_images",)
TIERS = ("core", "ff", "core_ff")
Scores = dict[str, float | None]


def document_tiers(row: Row, bounds: Tiers) -> tuple[dict[str, Any], Scores]:
    """`in_core`, `in_ff` and `in_core_ff` of a kept document and the `pictures` with their own `in_core` and `in_ff`;
    and its scores, by the names of their bounds."""
    pictures = [picture_tiers(each, bounds) for each in row["pictures"]]
    core = core_scores(row, [each for each in pictures if each["in_core"]], bounds)
    in_core = passes_all(core, bounds)
    without_faces = [each for each in pictures if each["in_ff"]]
    is_known = all(each["in_ff"] is not None for each in pictures)
    faceless: Scores = {"ff_images": float(len(without_faces)) if is_known else None}
    in_ff = passes_all(faceless, bounds)
    both = core_scores(row, [each for each in without_faces if each["in_core"]], bounds)
    tiers = {
        "in_core": in_core,
        "in_ff": in_ff,
        "in_core_ff": both_of(in_core, in_ff, passes_all(both, bounds) if is_known else None),
        "pictures": [{name: each[name] for name in ("dom_index", "in_core", "in_ff")} for each in pictures],
    }
    return tiers, {**core, **faceless}


def picture_tiers(picture: Row, bounds: Tiers) -> dict[str, Any]:
    """The picture with its tiers. The first of copies has no distance, which passes."""
    faces = picture["image_faces"]
    return {
        **picture,
        "in_core": bounds.core_image_near_copy.passes(picture["image_near_copy"]),
        "in_ff": None if faces is None else bounds.ff_image_faces.passes(faces),
    }


def core_scores(row: Row, pictures: Sequence[Row], bounds: Tiers) -> Scores:
    """What core asks for, of a document with these pictures alone."""
    high = bounds.high_similarity
    share = None
    if high is not None and pictures:
        share = sum(each["matched_sim"] >= high for each in pictures) / len(pictures)
    values = (float(row["n_sentences"]), float(len(pictures)), share)
    return dict(zip(CORE_SCORES, values, strict=True))


def passes_all(scores: Mapping[str, float | None], bounds: Tiers) -> bool | None:
    """Whether all scores pass; None where those that were measured do and one is missing that has a bound."""
    named: dict[str, Bound] = {name: getattr(bounds, name) for name in scores}
    return both_of(
        *(
            None if scores[name] is None and bound != Bound() else bound.passes(scores[name])
            for name, bound in named.items()
        )
    )


def both_of(*answers: bool | None) -> bool | None:
    """Whether all are true; one that is not known matters when no other is false."""
    if False in answers:
        return False
    return None if None in answers else True
