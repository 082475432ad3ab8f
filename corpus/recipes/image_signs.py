"""Measuring the pixels of pictures, on cores that wait for no GPU.

Goes in: batches with content_hash and bytes, one row per distinct content, and `before`: the finished row, where there
is one. Comes out: `image_signs`, one row per row. Pictures were decoded before, under bounds: one that cannot be
decoded any more has no sign.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from corpus.columns import Row
from corpus.config import Settings
from corpus.encode.registry import VERSIONS
from corpus.filters.picture_signs import REVISION, SIDE_PX, picture_signs
from corpus.pixels import PictureFault, decode_rgb
from corpus.recipes.rows import contents_of, split_known
from corpus.recipes.small_batches import Batches, Tagged, small_batches

ROW_BYTES = 320
IDENTITY = f"signs {REVISION}"
LIBRARIES = ("numpy", "pillow", "scipy", "zxing-cpp")


def measure_signs(batches: Batches, settings: Settings) -> Tagged:
    """`image_signs` from the columns above."""
    return small_batches("image_signs", sign_rows(batches, settings.fetch.max_pixels), lambda row: ROW_BYTES)


def sign_rows(batches: Batches, max_pixels: int) -> Iterator[Row]:
    told = IDENTITY + VERSIONS + ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    for batch in batches:
        known, fresh = split_known(batch)
        yield from known
        for content_hash, data in contents_of(fresh):
            found = list(signs_of(data, max_pixels).items())
            yield {"content_hash": content_hash, "scores": found, "measured_by": told}


def signs_of(data: bytes, max_pixels: int) -> dict[str, float]:
    """The signs of the picture in these bytes; none when it cannot be decoded."""
    try:
        return picture_signs(decode_rgb(data, max_pixels, SIDE_PX))
    except PictureFault:
        return {}
