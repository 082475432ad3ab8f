"""HTTP responses as they stand in WARC records: status, headers, and the body with its encodings undone.

Goes in: the block of a record. Comes out: status, header fields, and the body as the browser saw it.
Crawlers store decoded bodies under the original headers, and servers lie: a body that is not what its
headers say is taken as it is.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import brotli  # type: ignore[import-untyped]
import zstandard

from corpus.warc.headers import PLAIN_FIELDS, Headers, parse_fields, plain_fields

STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})")
PLAIN_HEAD = re.compile(rb"%b[^\n]*\n(%b)" % (STATUS_LINE.pattern, PLAIN_FIELDS.pattern))
CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\n]*)?\r?\n")
GZIP, ZLIB, RAW_DEFLATE = 31, 15, -15
MAX_WINDOW_BYTES = 8 * 2**20
BEGINNING_BYTES = 2**12
CODED_IN_PIECES = ("", "identity", "gzip", "x-gzip", "deflate", "br")
"""Content encodings whose beginning can be undone without the rest."""

Wants = Callable[[int, Headers], bool]
"""Whether the body of an answer is wanted, by status and headers; of others the beginning is read."""


class Head(NamedTuple):
    """What stands before the body of an HTTP response: `headers` by name in lower case, and where it ends (bytes)."""

    status: int
    headers: Headers
    end: int


def parse_head(block: bytes) -> Head | None:
    """The head of the response in a block; None when it is no HTTP response."""
    plain = PLAIN_HEAD.match(block)
    if plain is not None:
        return Head(int(plain[1]), plain_fields(plain[2]), plain.end())
    status = STATUS_LINE.match(block)
    if status is None:
        return None
    stream = io.BytesIO(block)
    headers = parse_fields(stream, stream.readline())
    return Head(int(status[1]), headers, stream.tell())


class Answer(NamedTuple):
    """What the block of a record holds; `status` is None when it is no HTTP response, and `raw` then all of it.
    `raw` is undecoded; it is the beginning alone where not `is_whole`."""

    status: int | None
    headers: Headers
    raw: bytes
    is_whole: bool = True


NO_ANSWER = Answer(None, {}, b"")


def read_answer(read: Callable[[int], bytes], n_bytes: int, wants: Wants | None) -> tuple[Answer, int]:
    """The answer in a block of `n_bytes`, which `read` gives piece by piece, and how many of them were read."""
    data = read(n_bytes if wants is None else min(n_bytes, BEGINNING_BYTES))
    head, is_whole = parse_head(data), True
    if len(data) < n_bytes:
        if head is None or head.end == len(data):  # the head may go on
            data += read(n_bytes - len(data))
            head = parse_head(data)
        elif bytes_wanted(head.status, head.headers, n_bytes, wants) > len(data):
            data += read(n_bytes - len(data))
        else:
            is_whole = False
    if head is None:
        return Answer(None, {}, data), len(data)
    return Answer(head.status, head.headers, data[head.end :], is_whole), len(data)


def bytes_wanted(status: int, headers: Headers, n_bytes: int, wants: Wants | None) -> int:
    """How many bytes are wanted of a block of so many, its head included: all, or the beginning."""
    if wants is None or n_bytes <= BEGINNING_BYTES or wants(status, headers):
        return n_bytes
    coding = headers.get("content-encoding", "").strip().lower()
    return BEGINNING_BYTES if coding in CODED_IN_PIECES else n_bytes


def decode_body(headers: Headers, body: bytes, max_bytes: int) -> tuple[bytes, str | None]:
    """The body with transfer and content encoding undone, at most `max_bytes`, and what was wrong with it."""
    if "transfer-encoding" not in headers and "content-encoding" not in headers:
        return body, None
    notes = []
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body, note = dechunk(body)
        notes.append(note)
    for coding in reversed(headers.get("content-encoding", "").lower().split(",")):
        body, note = decode_content(coding.strip(), body, max_bytes)
        notes.append(note)
    return body, "; ".join(filter(None, notes)) or None


# warcio's ChunkedDataReader gives trailers out as text (ipwb__baconIpsum_chunked_httpTrailors.warc), does not
# say what was odd, and its decoders know neither a bound in bytes nor, with the brotli package, br.
def dechunk(body: bytes) -> tuple[bytes, str | None]:
    """The chunks joined; a body that does not start with a chunk is returned as it is."""
    chunks: list[bytes] = []
    position = 0
    while size := CHUNK_SIZE.match(body, position):
        start, length = size.end(), int(size.group(1), 16)
        if length == 0:
            return b"".join(chunks), None
        chunks.append(body[start : start + length])
        position = start + length
        if position > len(body):
            return b"".join(chunks), "the last chunk is cut"
        position += 2 if body[position : position + 2] == b"\r\n" else body[position : position + 1] == b"\n"
    if not chunks:
        return body, "declared chunked, but is not"
    return b"".join(chunks), None if position >= len(body) else "bytes after the chunks that are no chunk"


def decode_content(coding: str, body: bytes, max_bytes: int) -> tuple[bytes, str | None]:
    """The body with one content coding undone; as it is when it is not coded so."""
    if coding in ("", "identity", "none") or not body:
        return body, None
    if coding not in DECODERS:
        return body, f"content encoding {coding[:40]} is not known"
    for decode in DECODERS[coding]:
        try:
            decoded = decode(body, max_bytes)
        except (zlib.error, brotli.error, zstandard.ZstdError):
            continue
        if decoded:
            return decoded, None
    return body, f"declared {coding}, but is not"


def inflate(body: bytes, max_bytes: int, window: int = GZIP) -> bytes:
    """Inflated bytes, at most `max_bytes`, of gzip members or a deflate stream, be it cut."""
    parts: list[bytes] = []
    while body and max_bytes > 0:
        inflater = zlib.decompressobj(window)
        try:
            part = inflater.decompress(body, max_bytes)
        except zlib.error:
            if not parts:
                raise
            break
        parts.append(part)
        max_bytes -= len(part)
        body = inflater.unused_data if window == GZIP else b""
    return b"".join(parts)


def unbrotli(body: bytes, max_bytes: int) -> bytes:
    """Decompressed bytes, at most about `max_bytes`; what there is of a cut stream."""
    decompressor = brotli.Decompressor()
    part = decompressor.process(body, output_buffer_limit=max_bytes)
    size, parts = len(part), [part]
    while size < max_bytes and not decompressor.is_finished() and not decompressor.can_accept_more_data():
        part = decompressor.process(b"", output_buffer_limit=max_bytes - size)
        size += len(part)
        parts.append(part)
    return b"".join(parts)


def unzstd(body: bytes, max_bytes: int) -> bytes:
    """Decompressed bytes, at most `max_bytes`; what there is of a cut stream. Windows are those that browsers take
    (RFC 9659: at most 8 MiB)."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)
    with decompressor.stream_reader(body, read_across_frames=True) as reader:
        return reader.read(max_bytes)


DECODERS: dict[str, tuple[Callable[[bytes, int], bytes], ...]] = {
    "gzip": (inflate,),
    "x-gzip": (inflate,),
    "deflate": (partial(inflate, window=ZLIB), partial(inflate, window=RAW_DEFLATE)),
    "br": (unbrotli,),
    "zstd": (unzstd,),
}
