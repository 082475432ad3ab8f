"""Which pictures people are shown only after they ask for it.

Goes in: the scores of a picture in `image_safety` and the settings. Comes out: whether it is not safe for work by the
bounds of the build, whatever else has dropped it.
"""

from __future__ import annotations

from collections.abc import Iterable

from corpus.config import Settings
from corpus.filters.images import NSFW_FILTERS
from corpus.filters.votes import nsfw_vote


def is_unsafe(scores: Iterable[tuple[str, float]], settings: Settings) -> bool:
    """By the vote, or by a bound on one detector alone."""
    found = dict(scores)
    judged = {f"image_{name}": score for name, score in found.items()}
    judged_by_vote = {"image_nsfw": nsfw_vote(found, settings.safety)}
    told = {**judged, **judged_by_vote}
    return any(not getattr(settings.filters, name).passes(told.get(name)) for name in NSFW_FILTERS)
