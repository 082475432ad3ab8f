"""Answers of web servers as a WARC file whose bytes depend on nothing but the answers.

Goes in: answers in capture order. Comes out: a WARC/1.1 file, one gzip member per record with no time in its
header, record identities and dates counted from a fixed start, the last member cut in half.
"""

import gzip
import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

START = datetime(2024, 5, 4, 9, 0, 0, tzinfo=UTC)
SECONDS_APART = 7
REQUEST_EVERY = 6
CHUNK_BYTES = 1000


@dataclass(frozen=True)
class Answer:
    """One captured response; `headers` come after Content-Type, `body` is what follows the header block."""

    url: str
    body: bytes
    content_type: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def chunked(body: bytes) -> bytes:
    """The body in the chunked transfer coding (RFC 9112, section 7.1)."""
    parts = [body[i : i + CHUNK_BYTES] for i in range(0, len(body), CHUNK_BYTES)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def compressed(answer: Answer) -> Answer:
    """The same answer as a server sends it with gzip content coding in chunks."""
    headers = (*answer.headers, ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked"))
    body = chunked(gzip.compress(answer.body, mtime=0))
    return Answer(answer.url, body, answer.content_type, answer.status, headers)


def warc_bytes(answers: Sequence[Answer]) -> bytes:
    """The file: a warcinfo record, then each answer, some with the request and a metadata record; the last is
    cut.
    """
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
    _write(writer, "warcinfo", "", 0, b"software: demo.write_sample\r\nformat: WARC File Format 1.1\r\n")
    last_start = out.tell()
    for number, answer in enumerate(answers, start=1):
        last_start = out.tell()
        _write_answer(writer, answer, number)
        if number % REQUEST_EVERY == 0 and number < len(answers):
            _write_request(writer, answer, number)
            _write(writer, "metadata", answer.url, number, b"fetchTimeMs: %d\r\n" % (20 + number % 90))
    data = out.getvalue()
    return data[: last_start + (len(data) - last_start) // 2]


def _identity(kind: str, url: str, number: int) -> dict[str, str]:
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {number} {url}")
    date = START + timedelta(seconds=SECONDS_APART * number)
    return {"WARC-Record-ID": f"<urn:uuid:{name}>", "WARC-Date": date.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _write(writer: WARCWriter, kind: str, url: str, number: int, body: bytes) -> None:
    record = writer.create_warc_record(
        url,
        kind,
        payload=io.BytesIO(body),
        length=len(body),
        warc_content_type="application/warc-fields",
        warc_headers_dict=_identity(kind, url, number),
    )
    writer.write_record(record)


def _write_answer(writer: WARCWriter, answer: Answer, number: int) -> None:
    headers = [("Content-Type", answer.content_type), *answer.headers]
    if not any(name == "Transfer-Encoding" for name, _ in headers):
        headers.append(("Content-Length", str(len(answer.body))))
    status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
    record = writer.create_warc_record(
        answer.url,
        "response",
        payload=io.BytesIO(answer.body),
        length=len(answer.body),
        warc_headers_dict=_identity("response", answer.url, number),
        http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.1"),
    )
    writer.write_record(record)


def _write_request(writer: WARCWriter, answer: Answer, number: int) -> None:
    host, _, path = answer.url.partition("://")[2].partition("/")
    record = writer.create_warc_record(
        answer.url,
        "request",
        warc_headers_dict=_identity("request", answer.url, number),
        http_headers=StatusAndHeaders(f"GET /{path} HTTP/1.1", [("Host", host)], is_http_request=True),
    )
    writer.write_record(record)
