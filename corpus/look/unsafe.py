"""Which pictures people are shown only after they ask for it.

Goes in: scores of pictures and the settings. Comes out: whether one is not safe for work by the vote of the detectors,
be it dropped by it, by something else, or kept because the bound was opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from corpus.config import Settings
from corpus.filters.images import NSFW_FILTERS
from corpus.filters.votes import nsfw_vote
from corpus.look.scan import Scan, rows

VOTE = "image_nsfw"
MAX_SHOWN_VOTE = 0.5  # as the default bound of image_nsfw


def unsafe_among(scan: Scan, contents: Iterable[str | None], settings: Settings) -> set[str]:
    """Those of the contents, by hash, that are not safe for work."""
    hashes = {each for each in contents if each is not None}
    measured = rows(scan, "image_safety", ["content_hash", "scores"], hashes)
    return {row["content_hash"] for row in measured if is_unsafe(row["scores"], settings)}


def is_unsafe(scores: Iterable[tuple[str, float]], settings: Settings) -> bool:
    """By the scores of detectors, as `image_safety` has them."""
    found = dict(scores)
    vote = nsfw_vote(found, settings.safety)
    told = {f"image_{name}": score for name, score in found.items()}
    return breaks_safety(told if vote is None else told | {VOTE: vote}, settings)


def breaks_safety(scores: Mapping[str, float], settings: Settings) -> bool:
    """By the scores of filters, as `image_decisions` has them."""
    is_broken = any(not getattr(settings.filters, name).passes(scores.get(name)) for name in NSFW_FILTERS)
    return is_broken or scores.get(VOTE, 0) > MAX_SHOWN_VOTE
