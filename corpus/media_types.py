"""Media types of pictures by their first bytes, whatever is claimed of them.

Goes in: the bytes of one file. Comes out: a media type or None. Whether a whole picture follows, `pixels` finds out.
"""

from __future__ import annotations

SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"\0\0\1\0", "image/vnd.microsoft.icon"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
)
BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
}
BMP_HEADER_BYTES = {12, 16, 40, 52, 56, 64, 108, 124}  # two letters alone would take in too much prose
HEAD_BYTES = 1024


def sniff(data: bytes) -> str | None:
    """The media type that the first bytes announce (WHATWG MIME Sniffing, section 6.1, and the formats' own
    specifications); None when they announce no picture."""
    for signature, media_type in SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return sniff_brands(data)
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in BMP_HEADER_BYTES:
        return "image/bmp"
    return "image/svg+xml" if looks_like_svg(data[:HEAD_BYTES]) else None


def sniff_brands(data: bytes) -> str | None:
    """The media type of an ISO base media file by its major brand, then its compatible ones (ISO/IEC
    14496-12, 4.3)."""
    end = min(int.from_bytes(data[:4], "big"), HEAD_BYTES)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]
    known = [BRANDS[brand] for brand in brands if brand in BRANDS]
    return "image/avif" if "image/avif" in known else next(iter(known), None)


def looks_like_svg(head: bytes) -> bool:
    """True when a document starts with an svg element, after declarations and comments."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<svg"):
        return True
    return text.startswith((b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in text and b"<html" not in text
