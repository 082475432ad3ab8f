"""Pictures brought to the size that they are kept in, by img2dataset's names for the ways of doing it.

Goes in: a decoded picture, a mode and its size in px. Comes out: a JPEG file of the upright picture in sRGB, without
metadata. Modes and sizes are those of img2dataset's resizer: `keep_ratio` brings the shortest side to the size,
`center_crop` cuts a square out of that, `keep_ratio_largest` brings the longest side to it, `border` fills that up to a
white square. Pixels are averaged over areas on the way down and interpolated by Lanczos on the way up, also as there:
averaging takes 1.1 ms where Lanczos takes 3.9 (600 to 256 px). MMC4 (section 3) kept at most 800 px, from which much
text in pictures can no longer be read.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from math import ceil

from PIL import Image, ImageCms

from corpus.pixels import TOO_MANY_PIXELS, PictureFault, Size, on_white, perceptual_hash, turned

QUALITY = 95  # img2dataset's default for JPEG
MAX_JPEG_SIDE_PX = 65_500  # libjpeg's bound
GAP = 1.5
"""JPEG files are decoded at no less than this many times the size they are brought to: 81 photographs are then 1.6 grey
levels from what all their pixels give, and 3.1 with no gap, where another filter (Lanczos) alone makes 1.3."""
BY_SHORTEST = ("keep_ratio", "center_crop")


@dataclass(frozen=True)
class Reduced:
    """A picture as it is kept instead of the one that was fetched."""

    data: bytes
    media_type: str
    width_px: int
    height_px: int
    perceptual_hash: str


def is_resized(mode: str, size_px: Size, side_px: int, only_if_bigger: bool) -> bool:
    """Whether a picture of this size is touched. With `only_if_bigger` one whose side is not longer than `side_px`
    stays as it is: it is neither enlarged nor cut nor filled up."""
    side = min(size_px) if mode in BY_SHORTEST else max(size_px)
    return mode != "no" and (side > side_px or not only_if_bigger)


def size_needed(size_px: Size, mode: str, side_px: int, only_if_bigger: bool) -> Size:
    """The size below which a picture must not be decoded that is of this size and will be resized."""
    if not is_resized(mode, size_px, side_px, only_if_bigger):
        return size_px
    width_px, height_px = scaled(size_px, mode, side_px)
    return ceil(GAP * width_px), ceil(GAP * height_px)


def reduce_picture(
    picture: Image.Image, orientation: int, fetched_px: Size, mode: str, side_px: int
) -> Reduced:
    """The picture resized by a mode other than `no`, transparency laid on white. Raises PictureFault.

    Upright it was fetched in the size `fetched_px`; it may have been decoded in a smaller one.
    """
    upright = turned(on_white(in_srgb(picture)), orientation)
    size_px = scaled(fetched_px, mode, side_px)
    if max(size_px) > MAX_JPEG_SIDE_PX:
        raise PictureFault(TOO_MANY_PIXELS, f"{size_px[0]} x {size_px[1]} px once resized: no JPEG holds it")
    smaller = size_px < upright.size
    resized = upright.resize(size_px, Image.Resampling.BOX if smaller else Image.Resampling.LANCZOS)
    if mode in ("center_crop", "border"):
        resized = square(resized, side_px)
    stream = io.BytesIO()
    resized.save(stream, "JPEG", quality=QUALITY, icc_profile=None, exif=b"")
    return Reduced(stream.getvalue(), "image/jpeg", resized.width, resized.height, perceptual_hash(resized))


def scaled(size_px: Size, mode: str, side_px: int) -> Size:
    """Width and height with the side that counts at `side_px` and the shape kept, at least 1 px each."""
    scale = side_px / (min(size_px) if mode in BY_SHORTEST else max(size_px))
    width_px, height_px = (max(1, round(length * scale)) for length in size_px)
    return width_px, height_px


def square(picture: Image.Image, side_px: int) -> Image.Image:
    """The middle of a picture: cut off where it is longer than the side, white where it is shorter."""
    middle = Image.new("RGB", (side_px, side_px), "white")
    middle.paste(picture, (int((side_px - picture.width) / 2), int((side_px - picture.height) / 2)))
    return middle


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
