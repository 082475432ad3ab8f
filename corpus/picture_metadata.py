"""What picture files tell of places and people: cut out, without touching a pixel.

Goes in: a JPEG, PNG or WebP file that decodes, and its EXIF orientation. Comes out: the same picture without EXIF, XMP,
IPTC, comments, parts that no standard knows, and whatever follows its end (phones put videos there); its colour profile
stays, and so does the orientation, as the one entry of a new EXIF block. JPEG: ITU-T T.81, annex B; PNG: W3C, third
edition, 11.3; WebP: RFC 9649.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

from corpus.pixels import END_OF_IMAGE, JPEG_MARKER, ORIENTATION_TAG, START_OF_SCAN

EXIF_HEADER = b"Exif\0\0"
PNG_START = b"\x89PNG\r\n\x1a\n"
# What tells a decoder of pixels, colours, size and frames stays: other chunks may tell anything, such as who made the
# picture, where and with what (caBX of C2PA).
PNG_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND"),
    *(b"cHRM", b"cICP", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"mDCV", b"cLLI"),
    *(b"bKGD", b"hIST", b"tRNS", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT"),
}
WEBP_KEPT = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
WEBP_EXIF_FLAG, WEBP_XMP_FLAG = 0x08, 0x04
JFIF, EXIF, COMMENT, SCAN = 0xE0, 0xE1, 0xFE, START_OF_SCAN[0]
APPLICATION = range(0xE0, 0xF0)
KEPT_SEGMENTS = {JFIF: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
END = b"\xff" + END_OF_IMAGE


class OddFile(ValueError):  # noqa: N818  a finding about bytes, not an error of ours
    """The parts of a file cannot be told apart, although it decodes."""


def without_metadata(data: bytes, media_type: str, orientation: int) -> bytes:
    """The file without metadata; files of other types as they are. Raises OddFile."""
    strip = STRIPS.get(media_type)
    if strip is None:
        return data
    try:
        return strip(data, orientation_block(orientation) if orientation != 1 else b"")
    except (IndexError, struct.error):
        raise OddFile(f"{media_type} whose parts do not follow one another") from None


def orientation_block(orientation: int) -> bytes:
    """A TIFF block with the orientation alone (EXIF 2.32, 4.6.4)."""
    return b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHHI", ORIENTATION_TAG, 3, 1, orientation, 0, 0)


def strip_jpeg(data: bytes, exif: bytes) -> bytes:
    """Kept of the application segments: JFIF, colour profiles, and Adobe's, which says how colours were transformed."""
    kept = [data[:2]]
    new = jpeg_segment(EXIF, EXIF_HEADER + exif) if exif else b""
    for marker, segment in jpeg_segments(data):
        if new and marker != JFIF:
            kept.append(new)
            new = b""
        is_metadata = marker in APPLICATION or marker == COMMENT
        if not is_metadata or (marker in KEPT_SEGMENTS and segment.startswith(KEPT_SEGMENTS[marker], 4)):
            kept.append(segment)
    return b"".join(kept) + END


def jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment after the first two bytes, up to the end of the picture; a scan with the data
    that follows it."""
    at = 2
    while True:
        marker_at = at
        while data[at + 1] == 0xFF:  # fill bytes
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF:
            raise OddFile(f"no marker at byte {marker_at} of the JPEG")
        if data[at : at + 2] == END:
            return
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if marker == SCAN:
            following = JPEG_MARKER.search(data, end)
            end = following.start() if following else len(data)
        yield marker, data[at:end]
        if end >= len(data):  # the end is missing, which decoders forgive
            return
        at = end


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def strip_png(data: bytes, exif: bytes) -> bytes:
    kept, at = [PNG_START], len(PNG_START)
    while at < len(data):
        (n_bytes,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + 12 + n_bytes
        if exif and kind == b"IDAT":
            kept.append(png_chunk(b"eXIf", exif))
            exif = b""
        if kind in PNG_KEPT:
            kept.append(data[at:end])
        if kind == b"IEND":
            break
        at = end
    return b"".join(kept)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def strip_webp(data: bytes, exif: bytes) -> bytes:
    kept, at = [], 12
    end = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    while at + 8 <= end:
        kind, (n_bytes,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        chunk = data[at : at + 8 + n_bytes + n_bytes % 2]
        if kind == b"VP8X":
            flags = chunk[8] & ~(WEBP_EXIF_FLAG | WEBP_XMP_FLAG) | (WEBP_EXIF_FLAG if exif else 0)
            chunk = chunk[:8] + bytes([flags]) + chunk[9:]
        if kind in WEBP_KEPT:
            kept.append(chunk)
        at += len(chunk)
    if exif:
        kept.append(b"EXIF" + struct.pack("<I", len(exif)) + exif)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


STRIPS: dict[str, Callable[[bytes, bytes], bytes]] = {
    "image/jpeg": strip_jpeg,
    "image/png": strip_png,
    "image/webp": strip_webp,
}
