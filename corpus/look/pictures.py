"""Pictures inside an HTML page: small copies and heat maps as data: URIs.

Goes in: the bytes of pictures as fetched, similarity matrices. Comes out: WebP and PNG as text.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from PIL import Image

from corpus.pixels import PictureFault, decode_rgb

QUALITIES = (75, 50, 25)
HEAT_RGB = (214, 110, 22)


@dataclass(frozen=True)
class Thumbnail:
    """A picture as a data: URI, with the size of the copy in px."""

    uri: str
    width_px: int
    height_px: int


def thumbnail(data: bytes | None, side_px: int, max_bytes: int, max_pixels: int) -> Thumbnail | None:
    """A copy whose longer side is at most `side_px`; coarser, then smaller, until it fits `max_bytes`. None when no
    picture can be had from the bytes."""
    if data is None:
        return None
    try:
        picture = decode_rgb(data, max_pixels)
    except PictureFault:
        return None
    encoded = b""
    for side, quality in product((side_px, side_px // 2, side_px // 4), QUALITIES):
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        encoded = encode(picture, "WEBP", quality=quality)
        if len(encoded) <= max_bytes:
            break
    return Thumbnail(data_uri("image/webp", encoded), *picture.size)


def heat_map(matrix: Sequence[Sequence[float]]) -> str | None:
    """One px per cell of a matrix [n_images, n_sentences]: opaque at its largest value, clear at its
    smallest, so that it reads on light and dark ground; None without cells."""
    values = np.asarray(matrix, dtype=np.float32)
    if values.ndim != 2 or not values.size:
        return None
    low, high = float(values.min()), float(values.max())
    cells = np.empty((*values.shape, 4), dtype=np.uint8)
    cells[..., :3] = HEAT_RGB
    cells[..., 3] = np.rint(255 * (values - low) / (high - low)) if high > low else 255
    return data_uri("image/png", encode(Image.fromarray(cells), "PNG", optimize=True))


def encode(picture: Image.Image, format_name: str, **options: int | bool) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, format_name, **options)
    return stream.getvalue()


def data_uri(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
