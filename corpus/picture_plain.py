"""Pictures as every reader sees them: upright, in sRGB, opaque, eight bits a sample.

Goes in: a decoded picture and its EXIF orientation. Comes out: whether a reader that decodes it and asks for RGB, as
loaders for training do, sees what was meant, and, if not, a file in which it does. Such readers pass over orientation
and colour profiles, lay transparency on whatever colour lies beneath, and cut 16 bits as it comes.
"""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image

from corpus.picture_reduction import QUALITY, in_srgb
from corpus.pixels import on_white, turned

PLAIN_MODES = ("1", "L", "P", "RGB", "RGBA", "LA", "PA")
LEVELS = np.array([0, 64, 128, 192, 255], dtype=np.uint8)
MAX_DIFFERENCE = 3  # of 255: profiles of sRGB itself differ by so much from each other


def is_plain(picture: Image.Image, orientation: int) -> bool:
    """Whether a reader that knows pixels alone sees the picture as it was meant."""
    if orientation != 1 or picture.mode not in PLAIN_MODES or not is_opaque(picture):
        return False
    profile = picture.info.get("icc_profile")
    return not profile or picture.mode != "RGB" or is_srgb(profile)


def is_opaque(picture: Image.Image) -> bool:
    """Whether nothing shows through any pixel; a channel that says so of all of them is no transparency."""
    if not picture.has_transparency_data:
        return True
    alpha = picture.convert("RGBA").getchannel("A")
    return alpha.getextrema()[0] == 255


@lru_cache(maxsize=64)
def is_srgb(profile: bytes) -> bool:
    """Whether a colour profile changes no colour by more than can be seen, or cannot be carried out."""
    colors = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS), axis=-1).reshape(-1, 25, 3)
    patches = Image.fromarray(colors)
    patches.info["icc_profile"] = profile
    changed = np.asarray(in_srgb(patches)).astype(int)
    return int(np.abs(changed - colors).max()) <= MAX_DIFFERENCE


def made_plain(picture: Image.Image, orientation: int) -> tuple[bytes, str]:
    """A file of the picture as it was meant, and its media type: PNG of a PNG, whose lines stay sharp and small, else
    JPEG. Raises PictureFault."""
    format_ = "PNG" if picture.format == "PNG" else "JPEG"
    plain = turned(on_white(in_srgb(picture)), orientation)
    stream = io.BytesIO()
    plain.save(stream, format_, quality=QUALITY, icc_profile=None, exif=b"")
    return stream.getvalue(), Image.MIME[format_]
