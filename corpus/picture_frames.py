"""Frames of animations, counted in the bytes of the file without decoding any.

Goes in: the bytes of a GIF, PNG or WebP file. Comes out: how many frames it holds, counted no further than asked. What
a header claims does not count, and each step of a count goes forward in the bytes, so that it ends. GIF: GIF89a, 17 to
26; APNG: PNG, third edition, 11.3.6; WebP: RFC 9649, 2.7.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import islice

GIF_HEADER_BYTES, GIF_DESCRIPTOR_BYTES = 13, 10
GIF_EXTENSION, GIF_IMAGE = 0x21, 0x2C


def count_frames(data: bytes, media_type: str | None, at_most: int) -> int:
    """Frames that the file holds, at most `at_most`; 1 where it tells of none. Of a damaged file those in front of the
    damage."""
    frames = FRAMES.get(media_type or "")
    return max(sum(1 for _ in islice(frames(data), at_most)), 1) if frames else 1


def gif_frames(data: bytes) -> Iterator[int]:
    """Where each image of a GIF begins."""
    at = GIF_HEADER_BYTES + color_table_bytes(data[10:11])
    while at < len(data):
        if data[at] == GIF_IMAGE:
            yield at
            flags = data[at + GIF_DESCRIPTOR_BYTES - 1 : at + GIF_DESCRIPTOR_BYTES]
            at += GIF_DESCRIPTOR_BYTES + color_table_bytes(flags) + 1  # and the size of its codes
        elif data[at] == GIF_EXTENSION:
            at += 2
        else:
            return
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1


def color_table_bytes(flags: bytes) -> int:
    """Size of the colour table behind a header that ends with these flags, 0 without one."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def png_frames(data: bytes) -> Iterator[int]:
    """Where the control chunk of each frame of an APNG begins."""
    at = 8
    while at + 12 <= len(data):
        if data[at + 4 : at + 8] == b"fcTL":
            yield at
        at += 12 + struct.unpack_from(">I", data, at)[0]


def webp_frames(data: bytes) -> Iterator[int]:
    """Where the chunk of each frame of an animated WebP begins."""
    at = 12
    while at + 8 <= len(data):
        if data[at : at + 4] == b"ANMF":
            yield at
        n_bytes = struct.unpack_from("<I", data, at + 4)[0]
        at += 8 + n_bytes + n_bytes % 2


FRAMES: dict[str, Callable[[bytes], Iterator[int]]] = {
    "image/gif": gif_frames,
    "image/png": png_frames,
    "image/webp": webp_frames,
}
