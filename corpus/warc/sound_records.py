"""The records of a gzip WARC file as FastWARC reads them, for as long as every byte of it is explained.

Goes in: a stream that can be read again. Comes out: what our own walk gives for the same records; then the stream is
settled up to the first one that is not proven, where our own walk goes on.

FastWARC ends or skips without a word at damage, reads over the end of a gzip member, and takes the last of repeated
lengths. So an item is given when FastWARC has found the next record behind it, each of the two at the beginning of a
member of its own, and when header, block and line ends are as long, written as usual, as what the member holds.
A member with one record that is written in another way is read once more by our own walk. The last record is left to
it too, and with it whatever is wrong at the end of a file. One thing does not show: a bare line feed at an end of
a name or value, where FastWARC leaves blanks out, when there is one blank less than usual; our own walk takes it for
the end of the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from operator import itemgetter
from typing import BinaryIO, NamedTuple, cast

from fastwarc.stream_io import GzipReader
from fastwarc.warc import ArchiveIterator, HeaderMap, WarcRecord

from corpus.warc.headers import ROBOTS, Headers, Opening, warc_opening
from corpus.warc.http import BEGINNING_BYTES, NO_ANSWER, STATUS_LINE, Wants, bytes_wanted, decode_body
from corpus.warc.members import CHUNK_BYTES, ArchiveBytes
from corpus.warc.records import Fault, Item, Response, holds_answer, item_of, walk_member
from corpus.warc.replay import LocalFile, Replay

LINE_END_BYTES, COLON_BYTES = len("\r\n"), len(": ")
SMALLEST_MEMBER_BYTES = 18  # header and footer of a gzip member (RFC 1952)
TOLD = ("warc-type", "content-length", "warc-target-uri", "warc-date")
SELDOM = ("warc-truncated", "warc-segment-number")
VERSIONS = (b"WARC/0.17", b"WARC/0.18", b"WARC/1.0", b"WARC/1.1")
ANSWERED = b"response"
UNANSWERED = (b"request", b"metadata", b"warcinfo")
MAX_ODD = 100  # more odd records than others: our own walk alone is sooner
PRINTABLE = bytes(range(0x20, 0x7F))
PRINTABLE_LINES = PRINTABLE + b"\n"
NO_OTHERS: Headers = {}
LINES_KEPT = 1024


def sound_items(stream: Replay | LocalFile, max_record_bytes: int, wants: Wants | None) -> Iterator[Item]:
    """The items of the records at the beginning that are proven to be sound; None for each that is no response."""
    inflated_bytes = read_bytes = n_odd = 0
    place, held = -1, None
    with suppress(OSError):
        members = GzipReader(cast(BinaryIO, stream.source), buffer_size=CHUNK_BYTES)
        member_start, inflated, read = members.frame_start_position, members.tell, members.inner_tell
        for record in ArchiveIterator(members, parse_http=False, inplace=True):
            before, place = place, member_start() or 0
            if place <= before or not 0 <= place - read_bytes < SMALLEST_MEMBER_BYTES or n_odd > MAX_ODD:
                return
            if held is not None:
                yield held[0]
            elif before >= 0:
                items = list(own_items(stream, max_record_bytes, wants))
                if any(isinstance(item, Fault) for item in items):
                    return
                yield from items
            stream.settled = place
            held = quick_item(record, place, max_record_bytes, wants)
            record.consume()
            if member_start() != place:
                return
            before_bytes, inflated_bytes, read_bytes = inflated_bytes, inflated(), read()
            if held is None or held[1] != inflated_bytes - before_bytes:
                held, n_odd = None, n_odd + 1
            elif n_odd:
                n_odd -= 1


def own_items(stream: Replay | LocalFile, max_record_bytes: int, wants: Wants | None) -> Iterator[Item]:
    """The items of the gzip member at the settled place of a stream, as our own walk gives them."""
    return walk_member(ArchiveBytes(stream.member(), stream.settled), max_record_bytes, wants)


def quick_item(
    record: WarcRecord, place: int, max_record_bytes: int, wants: Wants | None
) -> tuple[Item, int] | None:
    """What a record gives that is written as usual, and how many bytes it then takes; None for the others."""
    headers, length = record.headers, record.content_length
    version = headers.status_line_bytes
    header = lines_in(headers, version)
    if header is None or version not in VERSIONS:
        return None
    n_bytes = header[3] + length + 2 * LINE_END_BYTES
    kind, told, url, date = header[0].told(header[1])
    is_usual = told == b"%d" % length
    if is_usual and kind in UNANSWERED:
        return None, n_bytes
    if is_usual and kind == ANSWERED and not (url + date).translate(None, PRINTABLE):
        opening = Opening(
            "response",
            url.decode("ascii").removeprefix("<").removesuffix(">"),
            date.decode("ascii"),
            length,
            NO_OTHERS,
        )
    else:
        opening = warc_opening(fields_of_lines(header) or {})
        if opening.length != length:
            return None
    if not holds_answer(opening):
        return item_of(opening, NO_ANSWER, (place, 0), None, max_record_bytes), n_bytes
    response = quick_response(record, opening, place, max_record_bytes, wants)
    return response and (response, n_bytes)


def quick_response(
    record: WarcRecord, opening: Opening, place: int, max_record_bytes: int, wants: Wants | None
) -> Response | None:
    """The response in a record when it is HTTP that is written as usual, and all of it is there."""
    n_bytes = record.content_length
    record.parse_http()
    http = record.http_headers if record.is_http_parsed else None
    if http is None or n_bytes > max_record_bytes or "warc-segment-number" in opening.fields:
        return None
    first_line = http.status_line_bytes or b""
    head, status = lines_in(http, first_line), status_in(first_line)
    headers = fields_of_lines(head) if head else None
    if head is None or headers is None or status is None or head[3] != n_bytes - record.content_length:
        return None
    head_bytes = head[3]
    n_wanted = bytes_wanted(status, headers, n_bytes, wants)
    if n_wanted < n_bytes and head_bytes >= BEGINNING_BYTES:
        return None
    body, note = record.reader.read(n_wanted - head_bytes), None
    if "content-encoding" in headers or "transfer-encoding" in headers:
        body, note = decode_body(headers, body, max_record_bytes)
    limited = opening.fields.get("warc-truncated")
    note = note if n_wanted == n_bytes else None
    return Response(opening.url, place, 0, opening.date, status, headers, body, False, None, limited, note)


@lru_cache(LINES_KEPT)
def status_in(line: bytes) -> int | None:
    found = STATUS_LINE.match(line)
    return int(found[1]) if found and b"\n" not in line else None


Lines = tuple["Layout", tuple[bytes, ...], bytes, int]
"""How a header is laid out, the values of its fields, the same one a line, and the bytes of its lines."""


def lines_in(headers: HeaderMap, first_line: bytes | None) -> Lines | None:
    """The lines of a header; None when they are not one a field."""
    names, values = headers.keys_bytes(), headers.values_bytes()
    layout = layout_of(b"\n".join(names), len(names))
    text = b"\n".join(values)
    if layout is None or text.count(b"\n") != len(names) - 1:
        return None
    return layout, values, text, layout.n_bytes + len(first_line or b"") + len(text)


def fields_of_lines(lines: Lines) -> Headers | None:
    """The fields by name in lower case, of repeated ones the first; None where one is not printable ASCII."""
    if lines[2].translate(None, PRINTABLE_LINES):
        return None
    return dict(zip(lines[0].names, reversed(lines[2].decode("ascii").split("\n")), strict=True))


class Layout(NamedTuple):
    """The names of the fields of a header in lower case, the last one first; the bytes of its lines, the empty one
    included, but for values, one a line, and the text of the first line; and what takes from the values those of
    `TOLD`, each empty where one of them is lacking or there are fields that are seldom and tell more."""

    names: list[str]
    n_bytes: int
    told: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]


@lru_cache(LINES_KEPT)
def layout_of(lines: bytes, n_names: int) -> Layout | None:
    """What the names of the fields mean, one a line. Writers write the same fields in the same order: it is found out
    once."""
    names = lines.split(b"\n")
    text = b"".join(names)
    lowered = [name.lower().decode("latin-1") for name in reversed(names)]
    if len(names) != n_names or "" in lowered or text.translate(None, PRINTABLE) or lowered.count(ROBOTS) > 1:
        return None
    n_bytes = len(text) + len(names) * (COLON_BYTES + LINE_END_BYTES) + 2 * LINE_END_BYTES - (len(names) - 1)
    if {*TOLD} <= {*lowered} and not {*SELDOM} & {*lowered}:
        return Layout(lowered, n_bytes, itemgetter(*map(lowered[::-1].index, TOLD)))
    return Layout(lowered, n_bytes, lambda values: (b"",) * len(TOLD))
