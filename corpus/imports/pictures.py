"""Pictures of another corpus: whether they are pictures, and what is known of them by their bytes."""

from __future__ import annotations

import hashlib
from typing import Any

from corpus.config import Fetch
from corpus.pixels import PictureFault, decoded, describe, parsable


def described(data: bytes) -> dict[str, Any] | None:
    """Fields of image_info; None when the bytes decode to no picture."""
    try:
        picture, orientation = decoded(data, Fetch().max_pixels)
        known = describe(picture, orientation, parsable(data))
    except PictureFault:
        return None
    return {
        "content_hash": hashlib.sha256(data).hexdigest(),
        "perceptual_hash": known.perceptual_hash,
        "width_px": known.width_px,
        "height_px": known.height_px,
        "media_type": known.media_type,
    }
