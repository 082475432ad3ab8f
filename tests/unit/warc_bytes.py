"""WARC and ARC files as bytes, sound ones and broken ones, for the tests that read them."""

from __future__ import annotations

import gzip

DATE = "2024-05-06T07:08:09Z"


def http_response(
    body: bytes, content_type: str | None = "text/html", status: str = "200 OK", **headers: str
) -> bytes:
    """An HTTP response; underscores in header names stand for hyphens."""
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"Content-Type: {content_type}"] if content_type else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def warc_record(
    block: bytes, url: str = "http://example.org/", kind: str = "response", **fields: str
) -> bytes:
    """A WARC record; a field given as "" is left out."""
    header = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": DATE,
        "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000000>",
        "Content-Length": str(len(block)),
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"{name}: {value}" for name, value in header.items() if value]
    return "\r\n".join(["WARC/1.0", *lines]).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def page_record(body: bytes, url: str = "http://example.org/", **fields: str) -> bytes:
    """A WARC record that holds an HTML page."""
    return warc_record(http_response(body), url, **fields)


def gzipped(*records: bytes) -> bytes:
    """Each record as a gzip member of its own."""
    return b"".join(gzip.compress(record, mtime=0) for record in records)


def arc_record(block: bytes, url: str = "http://example.org/", length: int | None = None) -> bytes:
    """An ARC 1 record."""
    length = len(block) if length is None else length
    return f"{url} 192.0.2.1 20240506070809 text/html {length}\n".encode() + block + b"\n"


def arc_header() -> bytes:
    """The record that opens an ARC file."""
    text = b"1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n"
    return f"filedesc://test.arc 0.0.0.0 20240506070809 text/plain {len(text)}\n".encode() + text + b"\n"
