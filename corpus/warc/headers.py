"""Where a record begins: the header of a WARC record, the one line of an ARC record.

Goes in: the bytes of a file, standing between two records. Comes out: the opening of the next record, or
what stands there instead. WARC 1.1, section 4: version line, fields, empty line; warcio reads the fields.
ARC 1 and 2 (Internet Archive, 1996): URL, IP address, date, media type, in version 2 five more fields, and
the length of the record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from warcio.limitreader import LimitReader
from warcio.statusandheaders import StatusAndHeadersParser

from corpus.warc.members import ArchiveBytes

Headers = dict[str, str]

# Which lines open a record has to be known before warcio reads one: it takes any five words for an ARC line
# (the prose in jwat__invalid-warcfile-record-then-garbage.warc), and does not know those of version 2.
WARC_LINE = re.compile(rb"WARC/[01]\.\d+[ \t]*\r*\n?$", re.IGNORECASE)
ARC_LINE = re.compile(
    rb"(?P<url>[a-zA-Z][a-zA-Z0-9+.-]*:.*?) (?P<ip>[0-9a-fA-F.:]+|-) (?P<date>\d{8,18}) (?P<media>.*?)"
    rb"(?: \d{3} \S+ \S+ \d+ \S+)? (?P<length>\d{1,15})[ \t]*\r*\n?$"
)
# Fields as nearly all are: ASCII, none goes on in a second line. warcio reads the others.
PLAIN_FIELDS = re.compile(rb"(?:[!-~][\t -~]*\r?\n)*+\r?\n")
MAX_HEADER_BYTES = 2**20
ROBOTS = "x-robots-tag"

# warcio's ArcWarcRecordLoader takes an unusable length for 0 (warcio__bad.arc), rewrites URLs with blanks, and
# with the HTTP head dies of a response without a URL (jwat__invalid-warcfile-lonely-request-response-resource-
# conversion.warc): hence its parser alone. Not verifying, it never raises; first lines are matched here.
PARSER = StatusAndHeadersParser((), verify=False)


class Opening(NamedTuple):
    """What a record says of itself: WARC-Type in lower case, and so on.

    `length` counts the bytes of its block; None when that cannot be known.
    """

    kind: str
    url: str
    date: str
    length: int | None
    fields: Headers


def opens_record(line: bytes) -> bool:
    """Whether a line is the first of a WARC or ARC record."""
    return WARC_LINE.match(line) is not None or ARC_LINE.match(line) is not None


def next_opening(reader: ArchiveBytes) -> Opening | bytes | None:
    """The opening of the next record; the line that stands in its place; None at the end of the member."""
    line = skip_blank_lines(reader)
    if not line:
        return None
    if WARC_LINE.match(line):
        plain = reader.buffer.match(PLAIN_FIELDS, MAX_HEADER_BYTES)
        if plain is not None:
            return warc_opening(plain_fields(plain))
        return warc_opening(parse_fields(LimitReader(reader.buffer, MAX_HEADER_BYTES), line))
    if arc := ARC_LINE.match(line):
        url, media = (PARSER.decode_header(arc[name]) for name in ("url", "media"))
        kind = "filedesc" if url.startswith("filedesc:") else "response"
        return Opening(kind, url, arc["date"].decode("ascii"), int(arc["length"]), {"content-type": media})
    reader.unread(line)
    return line


def skip_blank_lines(reader: ArchiveBytes) -> bytes:
    """The next line that is not blank; b"" when there is none in this member."""
    while (line := reader.read_line()) and not line.strip():
        continue
    return line


def skip_to_opening(reader: ArchiveBytes) -> None:
    """Leave out lines up to one that opens a record, or to the end of the member."""
    while line := reader.read_line():
        if opens_record(line):
            reader.unread(line)
            return


def parse_fields(stream: Any, first_line: bytes) -> Headers:
    """The fields that follow a first line in a stream, read past the empty line that ends them."""
    return fields_of(PARSER.parse(stream, first_line).headers)


def plain_fields(lines: bytes) -> Headers:
    """The fields in lines that match `PLAIN_FIELDS`: what warcio makes of them, sooner."""
    fields = {}
    parted = [line.partition(":") for line in lines.decode("ascii").split("\n")]
    for name, colon, value in reversed(parted):
        if colon:
            fields[name.strip().lower()] = value.strip()
    if ROBOTS in fields:
        return fields_of([(name, value) for name, colon, value in parted if colon])
    fields.pop("", None)
    return fields


def fields_of(pairs: Sequence[tuple[str, str]]) -> Headers:
    """Fields by name in lower case. Of repeated fields the first counts, but for X-Robots-Tag, whose values are joined,
    one a line (RFC 9110, section 5.3): each may address another crawler. UTF-8 when valid, else Latin-1.
    """
    fields = {name.strip().lower(): value.strip() for name, value in reversed(pairs)}
    if ROBOTS in fields:
        fields[ROBOTS] = ",\n".join(value.strip() for name, value in pairs if name.strip().lower() == ROBOTS)
    fields.pop("", None)
    return fields


def warc_opening(fields: Headers) -> Opening:
    """The opening that the fields of a WARC header describe."""
    length = fields.get("content-length", "")
    return Opening(
        fields.get("warc-type", "").lower(),
        fields.get("warc-target-uri", "").removeprefix("<").removesuffix(">"),
        fields.get("warc-date", ""),
        int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None,
        fields,
    )
