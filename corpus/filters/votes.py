"""The vote of several detectors on one picture.

Goes in: their scores and the settings. Comes out: a share from 0 to 1, None when none of them measured the picture.
"""

from __future__ import annotations

from collections.abc import Mapping

from corpus.config import Safety

VOTERS = ("nsfw_head", "nsfw_classifier", "nsfw_zero_shot")


def nsfw_vote(scores: Mapping[str, float], safety: Safety) -> float | None:
    """How much of the vote is for unsafe: 0 or 1 by `any` and `all`, by `weighted` the share of the weights. A detector
    without a score, or of weight 0 in a weighted vote, has no say."""
    voters = [name for name in VOTERS if name in scores]
    weights = {
        name: getattr(safety, f"{name}_weight") if safety.vote == "weighted" else 1.0 for name in voters
    }
    total = sum(weights.values())
    if not total:
        return None
    against = sum(weights[name] for name in voters if scores[name] > getattr(safety, f"{name}_max"))
    if safety.vote == "weighted":
        return float(against / total)
    return float(against > 0 if safety.vote == "any" else against == total)
