"""The settings: everything a build can be told, and the digest of what shapes a table.

Goes in: nothing. Comes out: the class `Settings`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import Field, model_validator

from corpus.config.bounds import Bound, Filters
from corpus.config.fetch import Fetch
from corpus.config.section import Section
from corpus.config.sections import Align, Encode, Evidence, Extract, Places, Release, Spark, Warc
from corpus.config.tiers import Tiers
from corpus.config.unwanted import Dedup, Privacy, Safety

__all__ = [
    "Align",
    "Bound",
    "Dedup",
    "Encode",
    "Evidence",
    "Extract",
    "Fetch",
    "Filters",
    "Privacy",
    "Safety",
    "Section",
    "Settings",
    "Tiers",
    "digest",
]


class Settings(Section):
    """Everything a build can be told."""

    seed: int = 0
    flagged_words: str | None = Field(
        "ldnoobw", description="path or URI of lists of flagged words, or ldnoobw: those of C4; null: none"
    )
    places: Places = Places()
    spark: Spark = Spark()
    warc: Warc = Warc()
    extract: Extract = Extract()
    dedup: Dedup = Dedup()
    privacy: Privacy = Privacy()
    fetch: Fetch = Fetch()
    encode: Encode = Encode()
    safety: Safety = Safety()
    align: Align = Align()
    filters: Filters = Filters()
    tiers: Tiers = Tiers()
    release: Release = Release()

    @model_validator(mode="after")
    def small_pictures_cannot_pass(self) -> Settings:
        side_px = self.filters.image_side_px.min
        if side_px is None or side_px < self.encode.min_side_px:
            raise ValueError(
                f"filters.image_side_px.min is {side_px}, but pictures under encode.min_side_px = "
                f"{self.encode.min_side_px} are not embedded and cannot be matched; lower encode.min_side_px too"
            )
        return self


def digest(parts: Any) -> str:
    """Twelve hex digits of the sha256 of the canonical JSON of `parts`."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]
