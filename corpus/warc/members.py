"""The bytes of a WARC or ARC file, plain or gzip, and the offsets at which its records can be found again.

Goes in: a binary stream, read once, in order. Comes out: lines and blocks of bytes. A gzip file is a row of
members, by rule one per record (WARC 1.1, annex D); reading stops at the end of each until `next_member` is
called. A damaged member ends early and `damage` says why; the next one is looked for by the three bytes
that open a member. warcio has no such walk: its own reader ends without a word at the first damaged member.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Protocol

CHUNK_BYTES = 2**16
START_BYTES = 16
MAX_INFLATED_BYTES = 2**20
MAX_LINE_BYTES = 2**16
GZIP_START = b"\x1f\x8b\x08"
CUT = "the file ends within a gzip member"


class Stream(Protocol):
    """What bytes come from: `read` gives some, b"" at the end."""

    def read(self, n_bytes: int, /) -> bytes: ...


class Buffer:
    """Lines and blocks out of pieces; `more` gives the next piece, b"" at the end. warcio's own is slower
    and cannot be looked into."""

    def __init__(self, more: Callable[[], bytes]) -> None:
        self.more = more
        self.piece = b""
        self.position = 0  # of the next byte in the piece

    @property
    def n_left(self) -> int:
        return len(self.piece) - self.position

    def fill(self) -> bool:
        """Whether there are bytes left; at the end of a piece, the next one is taken."""
        if self.position == len(self.piece):
            self.piece, self.position = self.more(), 0
        return bool(self.piece)

    def take(self, end: int) -> bytes:
        """The bytes of the piece up to a position in it."""
        start, self.position = self.position, end
        return self.piece[start:end]

    def match(self, pattern: re.Pattern[bytes], n_bytes: int) -> bytes | None:
        """The bytes, at most so many, that the pattern matches, when they stand in the piece that is being read."""
        found = pattern.match(self.piece, self.position, self.position + n_bytes)
        return self.take(found.end()) if found else None

    def read(self, n_bytes: int) -> bytes:
        """So many bytes; fewer only at the end."""
        parts = []
        while n_bytes > 0 and self.fill():
            parts.append(self.take(min(self.position + n_bytes, len(self.piece))))
            n_bytes -= len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readline(self, n_bytes: int) -> bytes:
        """Bytes up to the end of the line, at most so many."""
        parts = []
        while n_bytes > 0 and self.fill():
            bound = min(self.position + n_bytes, len(self.piece))
            parts.append(self.take((self.piece.find(b"\n", self.position, bound) + 1) or bound))
            n_bytes -= len(parts[-1])
            if parts[-1].endswith(b"\n"):
                break
        return parts[0] if len(parts) == 1 else b"".join(parts)


class ArchiveBytes:
    """Lines and blocks of one file. `offset`: of the next byte; in a gzip file, of the current member."""

    def __init__(self, stream: Stream, offset: int = 0) -> None:
        self.stream = stream
        self.raw = b""
        n_needed = len(GZIP_START) if offset else START_BYTES
        while len(self.raw) < n_needed and (more := stream.read(CHUNK_BYTES)):
            self.raw += more
        self.raw_offset = offset  # of the first byte of self.raw
        self.is_gzip = self.raw[:2] == GZIP_START[:2]
        self.member_offset = offset
        self.inflater = zlib.decompressobj(31) if self.is_gzip else None
        self.damage: str | None = None
        self.buffer = Buffer(self.read)
        self.ahead = b""  # a line that was put back

    @property
    def offset(self) -> int:
        if self.is_gzip:
            return self.member_offset
        return self.raw_offset - self.buffer.n_left - len(self.ahead)

    def take_raw(self) -> bytes:
        """The next bytes of the file; b"" at its end."""
        chunk = self.raw or self.stream.read(CHUNK_BYTES)
        self.raw = b""
        self.raw_offset += len(chunk)
        return chunk

    def untake_raw(self, rest: bytes) -> None:
        self.raw = rest
        self.raw_offset -= len(rest)

    def read(self) -> bytes:
        """The next bytes of the current member or plain file, as many as come; b"" at its end, sound or not."""
        if not self.is_gzip:
            return self.take_raw()
        while self.inflater is not None and not self.inflater.eof:
            chunk = self.take_raw()
            if not chunk:
                self.inflater, self.damage = None, CUT
                break
            try:
                data = self.inflater.decompress(chunk, MAX_INFLATED_BYTES)
            except zlib.error as error:
                self.untake_raw(chunk)
                self.inflater, self.damage = None, f"damaged gzip member: {error}"
                break
            self.untake_raw(self.inflater.unused_data or self.inflater.unconsumed_tail)
            if data:
                return data
        return b""

    def next_member(self) -> bool:
        """Go on to the next gzip member; False when there is none. Bytes between members are skipped."""
        if not self.is_gzip:
            return False
        not_before = self.member_offset + 1 if self.damage else 0
        while (found := self.raw.find(GZIP_START, max(0, not_before - self.raw_offset))) < 0:
            self.skip_raw(max(0, len(self.raw) - len(GZIP_START) + 1))
            more = self.stream.read(CHUNK_BYTES)
            if not more:
                self.skip_raw(len(self.raw))
                return False
            self.raw += more
        self.skip_raw(found)
        self.member_offset = self.raw_offset
        self.inflater = zlib.decompressobj(31)
        self.buffer, self.ahead = Buffer(self.read), b""
        return True

    def skip_raw(self, n_bytes: int) -> None:
        """Leave out bytes between members; padding with zeros is no damage."""
        if self.raw[:n_bytes].strip(b"\0"):
            self.damage = self.damage or "bytes that belong to no gzip member"
        self.raw = self.raw[n_bytes:]
        self.raw_offset += n_bytes

    def read_block(self, n_bytes: int) -> bytes:
        """The next bytes; fewer only at the end of the member, or of a plain file."""
        return self.buffer.read(n_bytes)

    def skip(self, n_bytes: int) -> int:
        """Read past bytes; how many there were."""
        left = n_bytes
        while left > 0 and (block := self.buffer.read(min(left, CHUNK_BYTES))):
            left -= len(block)
        return n_bytes - left

    def read_line(self) -> bytes:
        """The next line with its end; b"" at the end of the member. Longer lines come in pieces."""
        line, self.ahead = self.ahead or self.buffer.readline(MAX_LINE_BYTES), b""
        return line

    def unread(self, line: bytes) -> None:
        """Put back a line that was just read."""
        self.ahead = line
