"""Pictures: what the bytes are, whether a whole picture can be decoded from them, and its pixels.

Goes in: the bytes of one file, whatever they claim to be. Comes out: media type, size, perceptual hash and
RGB pixels of the first frame, or a `PictureFault` with an outcome from `FAULTS`. The size is checked on the
header, before pixels are decoded; only the parser of the format that the first bytes announce ever runs.
Colour profiles are not applied.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError

from corpus.media_types import sniff
from corpus.picture_frames import count_frames

EMPTY = "empty"
NOT_AN_IMAGE = "not_an_image"
UNSUPPORTED_FORMAT = "unsupported_format"
TOO_MANY_PIXELS = "too_many_pixels"
TOO_MANY_FRAMES = "too_many_frames"
TRUNCATED = "truncated"
CORRUPT = "corrupt"
FAULTS = (EMPTY, NOT_AN_IMAGE, UNSUPPORTED_FORMAT, TOO_MANY_PIXELS, TOO_MANY_FRAMES, TRUNCATED, CORRUPT)

PARSERS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
}
# Behind the last of its fill bytes: a search that took them all would look at a long run once for each of them.
JPEG_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
START_OF_SCAN, END_OF_IMAGE = b"\xda", b"\xd9"
MAX_SCANS = (
    100  # encoders write about ten; each may walk every pixel: 440 on 88 megapixels took 26 s from 0.4 MB
)
ORIENTATION_TAG = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Size = tuple[int, int]
"""Width and height in px."""


class PictureFault(Exception):  # noqa: N818  a finding about bytes, not an error of ours
    """No whole picture can be had; `outcome` is one of FAULTS, `detail` says what was found."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


@dataclass(frozen=True)
class Picture:
    """What is known of a picture that decodes whole; sizes are after its EXIF orientation."""

    media_type: str
    width_px: int
    height_px: int
    perceptual_hash: str
    orientation: int


def describe(picture: Image.Image, orientation: int, media_type: str) -> Picture:
    """What is known of a picture that is decoded. Raises PictureFault.

    The perceptual hash is of the upright picture on white.
    """
    grey = turned(on_white(picture).convert("L"), orientation)
    return Picture(media_type, grey.width, grey.height, perceptual_hash(grey), orientation)


def perceptual_hash(picture: Image.Image) -> str:
    """imagehash's 64-bit DCT hash (`phash`), 16 hex digits."""
    import imagehash

    return str(imagehash.phash(picture))


def upright_size(size_px: Size, orientation: int) -> Size:
    """Width and height once the picture is upright; orientations from 5 on lay it on its side."""
    return (size_px[1], size_px[0]) if orientation >= 5 else size_px


def load_parsers() -> None:
    """Import what `decoded` and `describe` need, so that forked processes find it loaded."""
    import imagehash  # noqa: F401
    import scipy.fftpack  # noqa: F401  imagehash imports it with the first hash

    Image.init()


def decode_rgb(data: bytes, max_pixels: int, least_px: int | None = None) -> Image.Image:
    """The first frame as an upright RGB picture, transparency laid on white. Raises PictureFault.

    A JPEG file may come smaller where `least_px` is given, no side shorter than that.
    """
    picture, orientation, _ = decoded_for(
        data, max_pixels, lambda size_px: (least_px, least_px) if least_px else size_px
    )
    return turned(on_white(picture), orientation)


def decoded(data: bytes, max_pixels: int) -> tuple[Image.Image, int]:
    """The first frame as stored, decoded, and its EXIF orientation (1 to 8). Raises PictureFault."""
    picture, orientation, _ = decoded_for(data, max_pixels, lambda size_px: size_px)
    return picture, orientation


def decoded_for(data: bytes, max_pixels: int, least: Callable[[Size], Size]) -> tuple[Image.Image, int, Size]:
    """The first frame, decoded, its EXIF orientation (1 to 8), and its size in px as stored. Raises PictureFault.

    `least` says, of the size as stored, how small it may come: a JPEG file then comes at a half, a quarter or an eighth
    of its size, which spares the inverse DCT of what would be averaged away. Pillow's own bound of 178,956,970 px
    stands whatever `max_pixels` is.
    """
    media_type = parsable(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if media_type == "image/png":  # decoding alone does not look at the checksums of its chunks
                opened(data, media_type).verify()
            picture = opened(data, media_type)
            size_px = picture.size
            check_size(size_px, max_pixels)
            picture.draft(None, least(size_px))
            picture.load()
        except (PictureFault, MemoryError):
            raise
        except Image.DecompressionBombError as error:
            raise PictureFault(TOO_MANY_PIXELS, str(error)) from None
        except Exception as error:  # parsers meet hostile bytes here and raise whatever comes to them
            if "out of memory" in str(error).lower():  # so Pillow and libavif word it
                raise MemoryError(str(error)) from None
            raise fault_from(error) from None
        return picture, orientation_of(picture), size_px


def opened(data: bytes, media_type: str) -> Image.Image:
    """The picture as its header describes it, read by the parser of its own format alone."""
    return Image.open(io.BytesIO(data), formats=(PARSERS[media_type],))


def parsable(data: bytes) -> str:
    """The media type of bytes that a parser may see. Raises PictureFault for others."""
    media_type = sniff(data)
    if not data:
        raise PictureFault(EMPTY, "no bytes")
    if media_type is None:
        raise PictureFault(NOT_AN_IMAGE, f"starts with {data[:16]!r}")
    if media_type not in PARSERS:
        raise PictureFault(UNSUPPORTED_FORMAT, media_type)
    if media_type == "image/webp" and int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise PictureFault(TRUNCATED, "shorter than its RIFF header says")
    if media_type == "image/jpeg" and count_scans(data) > MAX_SCANS:
        raise PictureFault(CORRUPT, f"more than {MAX_SCANS} scans")
    return media_type


def count_scans(data: bytes) -> int:
    """Number of scans in the first picture of a JPEG file (ITU-T T.81, B.2), up to its end."""
    n_scans, at = 0, 2
    while (marker := JPEG_MARKER.search(data, at)) and marker[1] != END_OF_IMAGE:
        n_scans += marker[1] == START_OF_SCAN
        at = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")
    return n_scans


def check_frames(data: bytes, max_frames: int) -> None:
    """Raise PictureFault for an animation of more frames, whatever its header claims; sequences in AVIF files, whose
    header alone tells of them, by that."""
    media_type = sniff(data)
    n_frames = count_frames(data, media_type, max_frames + 1)
    if media_type == "image/avif":
        try:
            n_frames = getattr(opened(data, media_type), "n_frames", 1)
        except Exception:  # decoding meets it again, and names it
            n_frames = 1
    if n_frames > max_frames:
        raise PictureFault(TOO_MANY_FRAMES, f"more than {max_frames} frames")


def check_size(size: tuple[int, int], max_pixels: int) -> None:
    """Raise PictureFault for a size, in px, that is nothing or too much."""
    width_px, height_px = size
    if width_px <= 0 or height_px <= 0:
        raise PictureFault(CORRUPT, f"{width_px} x {height_px} px")
    if width_px * height_px > max_pixels:
        raise PictureFault(TOO_MANY_PIXELS, f"{width_px} x {height_px} px")


def fault_from(error: Exception) -> PictureFault:
    """The fault that a parser's exception stands for; Pillow says only in words that the data ended early."""
    if isinstance(error, UnidentifiedImageError):  # its words hold a memory address
        return PictureFault(CORRUPT, "the header cannot be read")
    detail = f"{type(error).__name__}: {error}"
    early = isinstance(error, EOFError) or "truncated" in str(error).lower()
    return PictureFault(TRUNCATED if early else CORRUPT, detail[:200])


def orientation_of(picture: Image.Image) -> int:
    """The EXIF orientation, 1 where none can be read: damaged EXIF takes no picture away."""
    try:
        value = picture.getexif().get(ORIENTATION_TAG, 1)
    except Exception:  # EXIF is hostile bytes of its own
        return 1
    return value if isinstance(value, int) and value in TURNS else 1


def turned(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture made upright."""
    return picture.transpose(TURNS[orientation]) if orientation in TURNS else picture


def on_white(picture: Image.Image) -> Image.Image:
    """The picture in mode RGB, transparency laid on white, 16-bit grey cut to its high byte. Raises
    PictureFault."""
    if picture.mode == "RGB" and not picture.has_transparency_data:
        return picture
    try:
        if picture.mode.startswith("I;16") or (picture.mode == "I" and picture.format == "PNG"):
            return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
        if picture.mode in ("I", "F"):
            raise PictureFault(UNSUPPORTED_FORMAT, f"samples of mode {picture.mode} have no known white")
        if not picture.has_transparency_data:
            return picture.convert("RGB")
        layer = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    except ValueError as error:
        raise PictureFault(UNSUPPORTED_FORMAT, str(error)) from None
    white = Image.new("RGB", layer.size, "white")
    white.paste(layer, mask=layer.getchannel("A"))
    return white
