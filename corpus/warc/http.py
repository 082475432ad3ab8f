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

import brotli  # type: ignore[import-untyped]
import zstandard

from corpus.warc.headers import PLAIN_FIELDS, Headers, fields_of, parse_fields, plain_pairs

STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})")
CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\n]*)?\r?\n")
GZIP, ZLIB, RAW_DEFLATE = 31, 15, -15
MAX_WINDOW_BYTES = 8 * 2**20


def parse_response(block: bytes) -> tuple[int, Headers, bytes] | None:
    """Status, headers with names in lower case, undecoded body; None when the block is no HTTP response."""
    status = STATUS_LINE.match(block)
    if status is None:
        return None
    plain = PLAIN_FIELDS.match(block, block.find(b"\n") + 1)
    if plain is not None:
        return int(status.group(1)), fields_of(plain_pairs(plain.group())), block[plain.end() :]
    stream = io.BytesIO(block)
    headers = parse_fields(stream, stream.readline())
    return int(status.group(1)), headers, stream.read()


def decode_body(headers: Headers, body: bytes, max_bytes: int) -> tuple[bytes, str | None]:
    """The body with transfer and content encoding undone, at most `max_bytes`, and what was wrong with it."""
    notes = []
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body, note = dechunk(body)
        notes.append(note)
    for coding in reversed(headers.get("content-encoding", "").lower().split(",")):
        body, note = decode_content(coding.strip(), body, max_bytes)
        notes.append(note)
    return body, "; ".join(note for note in notes if note) or None


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
