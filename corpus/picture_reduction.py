"""Large pictures made smaller before they are kept, as img2dataset's `keep_ratio_largest` with `only_if_bigger`.

Goes in: a decoded picture whose longest side is too long. Comes out: a JPEG file of the upright picture in sRGB,
without metadata. MMC4 (section 3) kept at most 800 px, from which much text in pictures can no longer be read.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageCms

from corpus.pixels import on_white, turned

QUALITY = 95  # img2dataset's default for JPEG


@dataclass(frozen=True)
class Reduced:
    """A picture as it is kept instead of the one that was fetched."""

    data: bytes
    media_type: str
    width_px: int
    height_px: int


def reduce_picture(picture: Image.Image, orientation: int, longest_px: int) -> Reduced:
    """The picture with its longest side at `longest_px` and its shape kept, transparency laid on white; the one that
    was given may be changed. Raises PictureFault."""
    upright = turned(on_white(in_srgb(picture)), orientation)
    upright.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    upright.save(stream, "JPEG", quality=QUALITY, icc_profile=None, exif=b"")
    return Reduced(stream.getvalue(), "image/jpeg", upright.width, upright.height)


def in_srgb(picture: Image.Image) -> Image.Image:
    """The picture with its colour profile carried out; as it is without one, or with one that cannot be read."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "CMYK"):
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return picture
    return converted or picture
