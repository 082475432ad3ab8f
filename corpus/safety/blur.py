"""Faces made unrecognisable, and nothing else of a picture changed.

Goes in: the bytes of a picture and the boxes of its faces, in shares. Comes out: a file of the same format. What stands
in a box, and around it by MARGIN, is brought to CELLS x CELLS pixels and back: a blur that keeps the size of a picture
can be undone in part, this cannot. ImageNet's faces were blurred over boxes made larger too (arXiv 2103.06191,
section 4).
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from PIL import Image

from corpus.media_types import sniff
from corpus.picture_reduction import QUALITY, in_srgb
from corpus.pixels import decoded, on_white, turned

MARGIN = 0.15  # of the box, on every side: hair and chin
CELLS = 6
FORMATS = {"image/png": "PNG", "image/webp": "WEBP"}

Box = Mapping[str, float]


def blurred(data: bytes, faces: Sequence[Box], max_pixels: int) -> bytes:
    """The picture upright, in sRGB, its faces blurred. Raises PictureFault."""
    pixels, orientation = decoded(data, max_pixels)
    picture = turned(on_white(in_srgb(pixels)), orientation)
    for face in faces:
        blur(picture, face)
    stream = io.BytesIO()
    picture.save(stream, FORMATS.get(sniff(data) or "", "JPEG"), quality=QUALITY, icc_profile=None, exif=b"")
    return stream.getvalue()


def blur(picture: Image.Image, face: Box) -> None:
    """Blur one box in place."""
    edges = px_of(face, picture.size)
    part = picture.crop(edges)
    small = part.resize((CELLS, CELLS), Image.Resampling.BOX)
    picture.paste(small.resize(part.size, Image.Resampling.BICUBIC), edges)


def px_of(face: Box, size_px: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a box with its margin, at least a pixel of the picture."""
    width_px, height_px = size_px
    left = int(width_px * (face["left"] - MARGIN * face["width"]))
    top = int(height_px * (face["top"] - MARGIN * face["height"]))
    right = int(width_px * (face["left"] + (1 + MARGIN) * face["width"])) + 1
    bottom = int(height_px * (face["top"] + (1 + MARGIN) * face["height"])) + 1
    left, top = min(max(left, 0), width_px - 1), min(max(top, 0), height_px - 1)
    return left, top, min(max(right, left + 1), width_px), min(max(bottom, top + 1), height_px)
