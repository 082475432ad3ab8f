"""The records of a WARC or ARC file, one after the other, and every fault met on the way.

Goes in: the bytes of one file. Comes out: `Response`, `Revisit` and `Fault` values in file order. WARC 1.0 and 1.1 (and
the drafts 0.17 and 0.18), ARC 1 and 2, plain or gzip. A bad record does not lose the later ones: the next line that
opens a record, or the next gzip member, is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple

from corpus.warc import wacz
from corpus.warc.headers import Opening, next_opening, opens_record, skip_blank_lines, skip_to_opening
from corpus.warc.http import NO_ANSWER, Answer, Wants, decode_body, read_answer
from corpus.warc.members import CUT, ArchiveBytes
from corpus.warc.sources import open_warc

UNREADABLE = "unreadable"
UNSUPPORTED_COMPRESSION = "unsupported_compression"
TRUNCATED = "truncated"
CORRUPT = "corrupt"
GARBAGE = "garbage"
MISSING_FIELD = "missing_field"
WRONG_LENGTH = "wrong_length"
NOT_HTTP = "not_http"
SEGMENTED = "segmented"
SHARED_MEMBER = "shared_member"
FAULTS = (
    UNREADABLE, UNSUPPORTED_COMPRESSION, TRUNCATED, CORRUPT, GARBAGE, MISSING_FIELD, WRONG_LENGTH, NOT_HTTP,
    SEGMENTED, SHARED_MEMBER,
)  # fmt: skip

OTHER_COMPRESSIONS = {
    b"\x04\x22\x4d\x18": "LZ4",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x5d\x2a\x4d\x18": "Zstandard",  # behind the dictionary of its records
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
}
ENDS_EARLY = "the file ends within the record"
WEB = ("http://", "https://")
DATE = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d))?)?(?:[.,](\d{1,6})\d*)?(?:Z|([+-]\d\d:?\d\d))?"
)


class Response(NamedTuple):
    """One captured HTTP response. `body` has its encodings undone; `offset` is in bytes of the file.

    `ordinal` counts the records before it in the same gzip member: above 0, the offset does not lead back
    to it. `date` is the capture time as written, `fetch_time` as understood. `cut` says why the body may
    not be whole; `limited` that the crawler stopped on purpose (WARC-Truncated); `note` what was odd about
    its encodings. Of a `too_large` record `body` is empty, of one that is not wanted it is the beginning.
    """

    url: str
    offset: int
    ordinal: int
    date: str
    status: int
    headers: dict[str, str]
    body: bytes
    too_large: bool = False
    cut: str | None = None
    limited: str | None = None
    note: str | None = None

    @property
    def fetch_time(self) -> datetime | None:
        return parse_date(self.date)


@dataclass(frozen=True)
class Revisit:
    """A capture that answered as an earlier one did, so that its body is not stored again (WARC 1.1, section 6.7).

    `refers_to` is the URL of the earlier one, when the record tells; the rest is as in `Response`.
    """

    url: str
    offset: int
    fetch_time: datetime | None
    refers_to: str | None


@dataclass(frozen=True)
class Fault:
    """Something in the file that could not be read: one of `FAULTS`, where (bytes), and why."""

    kind: str
    offset: int
    message: str


@dataclass(frozen=True)
class End:
    """What was read in all: records of any kind, bytes of the file."""

    n_records: int
    n_bytes: int


Item = Response | Revisit | Fault | None
Place = tuple[int, int]
"""Of a record: its offset (bytes), and its ordinal in the gzip member there."""


def read_response_at(warc_filename: str, offset: int, max_record_bytes: int) -> Response | Fault:
    """The response whose record starts at `offset` (bytes), or what is wrong with it."""
    try:
        with open_warc(warc_filename, offset) as stream:
            return first_response(stream, offset, max_record_bytes)
    except (OSError, *wacz.READ_ERRORS) as error:
        return Fault(UNREADABLE, offset, f"reading failed: {error}")


def first_response(stream: BinaryIO, offset: int, max_record_bytes: int) -> Response | Fault:
    """The response at the beginning of a stream, which stands at byte `offset` of its file, or what is wrong with it.
    Raises OSError."""
    for item in walk(ArchiveBytes(stream, offset), max_record_bytes):
        if isinstance(item, (Response, Fault)):
            return item
        return Fault(NOT_HTTP, offset, f"the record at byte {offset} is no HTTP response")
    return Fault(GARBAGE, offset, f"no record starts at byte {offset}")


def walk(reader: ArchiveBytes, max_record_bytes: int, wants: Wants | None = None) -> Iterator[Item]:
    """The items of a file, member by member; None for each record that is no HTTP response."""
    for magic, name in OTHER_COMPRESSIONS.items():
        if reader.raw.startswith(magic):
            yield Fault(UNSUPPORTED_COMPRESSION, 0, f"compressed with {name}; WARC files are gzip or plain")
            return
    more, garbage_before = True, False
    while more:
        for item in walk_member(reader, max_record_bytes, wants):
            garbage = isinstance(item, Fault) and item.kind == GARBAGE
            if not (garbage and garbage_before):  # a foreign file of a million members has one fault
                yield item
            garbage_before = garbage
        offset = reader.offset
        more = reader.next_member()
        if reader.damage:
            yield Fault(TRUNCATED if reader.damage == CUT else CORRUPT, offset, reader.damage)
            reader.damage = None


def walk_member(reader: ArchiveBytes, max_record_bytes: int, wants: Wants | None) -> Iterator[Item]:
    """The items of one gzip member, or of a whole plain file."""
    ordinal, offset = 0, reader.offset
    while (opening := next_opening(reader)) is not None:
        if isinstance(opening, bytes):
            skip_to_opening(reader)
            yield Fault(GARBAGE, offset, f"here should be a record, not {opening[:60]!r}")
        else:
            if ordinal == 1:
                yield Fault(
                    SHARED_MEMBER, offset, "several records share a gzip member: they have no offsets"
                )
            yield from read_record(reader, opening, (offset, ordinal), max_record_bytes, wants)
            ordinal += reader.is_gzip
        offset = reader.offset


def read_record(
    reader: ArchiveBytes, opening: Opening, place: Place, max_record_bytes: int, wants: Wants | None
) -> Iterator[Item]:
    """The items that one record gives, read to where the next should begin."""
    if opening.length is None:
        skip_to_opening(reader)
        yield Fault(MISSING_FIELD, place[0], "the record has no Content-Length that is a number")
        return
    answer, n_bytes = NO_ANSWER, 0
    if holds_answer(opening):
        answer, n_bytes = read_answer(reader.read_block, min(opening.length, max_record_bytes), wants)
    n_bytes += reader.skip(opening.length - n_bytes)
    fault, cut = check_end(reader, opening.length - n_bytes)
    item = item_of(opening, answer, place, cut, max_record_bytes)
    if fault is None or not (isinstance(item, Fault) and item.kind == NOT_HTTP):
        yield item
    if fault is not None:
        yield Fault(fault[0], place[0], fault[1])


def holds_answer(opening: Opening) -> bool:
    """Whether a record is to hold what a web server answered."""
    return opening.kind in ("response", "resource") and opening.url.startswith(WEB)


def item_of(opening: Opening, answer: Answer, place: Place, cut: str | None, max_record_bytes: int) -> Item:
    """What a record gives; `cut` says why its block may not be whole."""
    if holds_answer(opening):
        if "warc-segment-number" not in opening.fields:
            return response_from(opening, answer, place, cut, max_record_bytes)
        return Fault(SEGMENTED, place[0], f"segment {opening.fields['warc-segment-number']} of a response")
    if missing := missing_field(opening):
        return Fault(MISSING_FIELD, place[0], f"the record has no {missing}")
    if opening.kind == "revisit" and opening.url.startswith(WEB):
        refers_to = opening.fields.get("warc-refers-to-target-uri", "").strip("<>")
        return Revisit(opening.url, place[0], parse_date(opening.date), refers_to or None)
    return None


def missing_field(opening: Opening) -> str | None:
    """The name of a mandatory field that the record lacks (WARC 1.1, section 5)."""
    if not opening.kind:
        return "WARC-Type"
    if opening.kind in ("response", "resource") and not opening.url:
        return "WARC-Target-URI"
    return None


def check_end(reader: ArchiveBytes, n_missing: int) -> tuple[tuple[str, str] | None, str | None]:
    """The fault (kind, message) at the end of a record, and why its block may not be whole.

    A gzip member that ends soundly before the stated length does hold a whole record: its checksum says so.
    Damage of the member is reported by the walk over members, not here.
    """
    if n_missing > 0:
        if reader.damage:
            return None, reader.damage
        if not reader.is_gzip:
            return (TRUNCATED, ENDS_EARLY), ENDS_EARLY
        return (WRONG_LENGTH, f"the record is {n_missing} bytes shorter than its Content-Length"), None
    line = reader.read_line()
    if line.strip():
        reader.unread(line)
        if not opens_record(line):
            skip_to_opening(reader)
            message = f"the record goes on after its Content-Length with {line[:60]!r}"
            return (WRONG_LENGTH, message), message
        return None, None
    following = skip_blank_lines(reader)
    reader.unread(following)
    return None, None if reader.damage == CUT else reader.damage


def response_from(
    opening: Opening, answer: Answer, place: Place, cut: str | None, max_record_bytes: int
) -> Response | Fault:
    """The response in a block; a resource record is taken for an answer with status 200."""
    status, headers, raw, is_whole = answer
    if status is None:
        if opening.kind != "resource":
            message = f"the response does not start with HTTP/ but with {raw[:20]!r}"
            return Fault(NOT_HTTP, place[0], message)
        status, headers = 200, {"content-type": opening.fields.get("content-type", "")}
    assert opening.length is not None
    too_large = opening.length > max_record_bytes
    body, note = (b"", None) if too_large else decode_body(headers, raw, max_record_bytes)
    return Response(
        opening.url,
        place[0],
        place[1],
        opening.date,
        status,
        headers,
        body,
        too_large,
        None if cut is None or holds_all(headers, raw) else cut,
        opening.fields.get("warc-truncated"),
        note if is_whole else None,
    )


def holds_all(headers: dict[str, str], raw: bytes) -> bool:
    """Whether a body has its own Content-Length: then a wrong length of the record does not matter."""
    length = headers.get("content-length", "")
    return length.isascii() and length.isdigit() and len(raw) >= int(length[:15]) > 0


def parse_date(text: str) -> datetime | None:
    """The time that a WARC-Date or an ARC date means, UTC unless it says so; None when it means none."""
    match = DATE.match(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups(default="")
    time = f"{hour or '00'}:{minute or '00'}:{second or '00'}.{fraction:0<6}{zone or '+00:00'}"
    try:
        return datetime.fromisoformat(f"{year}-{month}-{day}T{time}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
