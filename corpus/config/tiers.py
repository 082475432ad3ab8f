"""Bounds of the tiers: parts of the product, each inside the one before it.

Goes in: nothing. Comes out: the section `tiers` of the settings. Rules are in `corpus.filters.tiers`.
"""

from __future__ import annotations

from pydantic import Field

from corpus.config.bounds import Bound
from corpus.config.section import Section


class Tiers(Section):
    """Bounds by score, as of filters; a tier drops nothing from the product."""

    high_similarity: float | None = Field(
        None,
        description="cosine from which on a pair counts for tiers.core_high_share (MMC4: 0.25 for ViT-L/14); null: the "
        "encoder's own, and where it has none core is not decided",
    )
    core_image_near_copy: Bound = Bound(min=11)
    core_sentences: Bound = Bound(min=4, max=40)
    core_images: Bound = Bound(min=2, max=15)
    core_high_share: Bound = Bound(min=0.75)
    ff_image_faces: Bound = Bound(max=0)
    ff_images: Bound = Bound(min=1)
