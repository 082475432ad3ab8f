"""Image filters: judged per image reference, before the assignment, because a removed image frees its sentence.

Goes in: a row with `media_type`, `width_px`, `height_px`, `n_documents`, `is_copy`, `nearest_earlier_bits`. Comes out:
scores.
"""

from __future__ import annotations

from corpus.columns import Row
from corpus.filters.filter import Filter

MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp")


def image_media_type(row: Row) -> float:
    """1 for PNG, JPEG and WebP by the bytes, 0 for anything else."""
    return float(row["media_type"] in MEDIA_TYPES)


def image_side_px(row: Row) -> float:
    """The shorter side, px."""
    return float(min(row["width_px"], row["height_px"]))


def image_aspect(row: Row) -> float:
    """Width over height."""
    return float(row["width_px"] / row["height_px"])


def image_documents(row: Row) -> float:
    """Number of kept pages that show the picture, or one that looks like it."""
    return float(row["n_documents"])


def image_copies(row: Row) -> float:
    """1 when an image kept earlier on the page has the same bytes, else 0."""
    return float(row["is_copy"])


def image_near_copy(row: Row) -> float | None:
    """Bits in which the perceptual hash differs from the nearest image kept earlier on the page; None without one."""
    bits = row["nearest_earlier_bits"]
    return None if bits is None else float(bits)


IMAGE_FILTERS = (
    Filter("image_media_type", image_media_type, "MMC4, section 3, and WebP as OBELICS, table 3"),
    Filter("image_side_px", image_side_px, "MMC4, section 3: at least 150 px"),
    Filter("image_aspect", image_aspect, "MMC4, section 3: 0.5 to 2"),
    Filter("image_documents", image_documents, "MMC4, section 3, and mOSCAR, section 3.4: at most 10"),
    Filter("image_copies", image_copies, "mOSCAR, section 3.4: the same image once per document"),
    Filter("image_near_copy", image_near_copy, "MMC4, section 3, footnote 9: more than 5 bits apart"),
)
