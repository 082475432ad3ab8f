"""WARC and ARC files come out record by record, and their faults by name."""

import gzip
import io
import zlib
from datetime import UTC, datetime

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from corpus.warc import records
from corpus.warc.members import ArchiveBytes
from corpus.warc.reading import read_records
from corpus.warc.records import End, Fault, Response, parse_date, read_response_at
from tests.unit.warc_bytes import arc_header, arc_record, gzipped, http_response, page_record, warc_record

BOUND = 2**20


def read(data, max_record_bytes=BOUND):
    return list(read_records(io.BytesIO(data), max_record_bytes))


def responses(data):
    return [item for item in read(data) if isinstance(item, Response)]


def faults(data):
    return [item.kind for item in read(data) if isinstance(item, Fault)]


def bodies(data):
    return [response.body for response in responses(data)]


def test_of_repeated_headers_the_first_counts_but_robots_tags_are_all_kept_one_a_line():
    head = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nX-Robots-Tag: noarchive\r\nx-a: 2\r\nx-robots-tag: bot: noai, x\r\n\r\n"
    (response,) = responses(gzipped(warc_record(head)))
    assert response.headers == {"x-a": "1", "x-robots-tag": "noarchive,\nbot: noai, x"}


def test_a_gzip_warc_gives_each_response_with_the_offset_of_its_member():
    first, second = page_record(b"<p>1", "http://a.example/"), page_record(b"<p>2", "http://b.example/")
    data = gzipped(warc_record(b"x: y\r\n", kind="warcinfo"), first, second)
    items = read(data)
    expected = [("http://a.example/", b"<p>1"), ("http://b.example/", b"<p>2")]
    assert [(item.url, item.body) for item in items[:2]] == expected
    assert [data[item.offset : item.offset + 2] for item in items[:2]] == [b"\x1f\x8b"] * 2
    assert items[2] == End(n_records=3, n_bytes=len(data))


@pytest.mark.parametrize("pack", [b"".join, lambda parts: gzipped(*parts)], ids=["plain", "gzip"])
def test_every_offset_leads_back_to_its_response(pack, tmp_path):
    path = tmp_path / "pages.warc"
    path.write_bytes(pack([page_record(b"<p>%d" % number) for number in range(5)]))
    found = responses(path.read_bytes())
    assert len(found) == 5
    assert [read_response_at(str(path), item.offset, BOUND) for item in found] == found


def test_an_offset_without_a_record_is_a_fault(tmp_path):
    path = tmp_path / "pages.warc"
    path.write_bytes(page_record(b"<p>1"))
    assert read_response_at(str(path), 7, BOUND).kind == records.GARBAGE
    assert read_response_at(str(path), 10**6, BOUND).kind == records.GARBAGE
    assert read_response_at(str(tmp_path / "missing.warc"), 0, BOUND).kind == records.UNREADABLE


def test_an_offset_of_a_request_is_no_response(tmp_path):
    path = tmp_path / "request.warc"
    path.write_bytes(warc_record(b"GET / HTTP/1.1\r\n\r\n", kind="request"))
    assert read_response_at(str(path), 0, BOUND).kind == records.NOT_HTTP


def test_arc_and_warc_of_the_same_page_agree():
    block = http_response(b"<p>text")
    arc, warc = arc_header() + arc_record(block), warc_record(block)
    (from_arc,), (from_warc,) = responses(arc), responses(warc)
    for name in ("url", "status", "headers", "body", "cut"):
        assert getattr(from_arc, name) == getattr(from_warc, name)
    assert from_arc.fetch_time == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_an_arc_url_with_blanks_is_taken_whole():
    data = arc_header() + arc_record(http_response(b"<p>"), "http://example.org/?q=from the wild")
    assert responses(data)[0].url == "http://example.org/?q=from the wild"


def test_an_arc_2_line_is_understood():
    block = http_response(b"<p>arc 2")
    line = f"http://example.org/ 192.0.2.1 20240506070809 text/html 200 abc - 1234 x.arc {len(block)}\n"
    assert bodies(line.encode() + block + b"\n") == [b"<p>arc 2"]


def test_header_names_and_kinds_count_in_any_case_and_folded():
    record = page_record(b"<p>x").replace(b"WARC-Type: response", b"warc-type:\r\n RESPONSE")
    assert bodies(record.replace(b"WARC/1.0", b"warc/1.1")) == [b"<p>x"]


def test_line_ends_of_two_carriage_returns_are_understood():
    record = page_record(b"<p>x")
    head, body = record.split(b"\r\n\r\nHTTP", 1)
    assert bodies(head.replace(b"\r\n", b"\r\r\n") + b"\r\r\n\r\r\nHTTP" + body) == [b"<p>x"]


def test_versions_that_warcio_does_not_list_are_read():
    record = page_record(b"<p>x").replace(b"WARC/1.0", b"WARC/1.2").replace(b"HTTP/1.1", b"HTTP/2.0")
    assert bodies(record) == [b"<p>x"]


def test_an_arc_media_type_with_blanks_is_no_part_of_the_url():
    record = arc_record(http_response(b"<p>x")).replace(b"text/html ", b"text/html; charset=utf-8 ", 1)
    assert [(found.url, found.body) for found in responses(record)] == [("http://example.org/", b"<p>x")]


def test_a_url_with_blanks_is_kept_as_it_was_captured():
    assert responses(page_record(b"<p>x", "http://example.org/a b"))[0].url == "http://example.org/a b"


def test_a_header_without_end_is_left_at_the_bound(monkeypatch):
    monkeypatch.setattr("corpus.warc.headers.MAX_HEADER_BYTES", 500)
    endless = b"WARC/1.0\r\n" + b"X-Name: value\r\n" * 1000
    fault, page, _ = read(endless + page_record(b"<p>x"))
    assert (fault.kind, page.offset, page.body) == (records.MISSING_FIELD, len(endless), b"<p>x")


def test_http_headers_with_bare_line_feeds_are_understood():
    block = http_response(b"<p>x\r\n").replace(b"\r\n", b"\n")
    (found,) = responses(warc_record(block))
    assert (found.status, found.headers["content-type"], found.body) == (200, "text/html", b"<p>x\n")


def test_requests_metadata_and_dns_answers_are_counted_but_not_given():
    data = b"".join(warc_record(b"x", kind=kind) for kind in ("request", "metadata", "continuation"))
    data += warc_record(b"20240101\r\n", url="dns:example.org")
    assert read(data) == [End(4, len(data))]


def test_a_revisit_tells_what_it_refers_to_and_its_offset_leads_to_no_response(tmp_path):
    original = "http://example.org/original.png"
    head = http_response(b"", "image/png")
    data = warc_record(head, kind="revisit", WARC_Refers_To_Target_URI=f"<{original}>") + warc_record(
        head, kind="revisit"
    )
    first, second, end = read(data)
    assert (first.url, first.offset, first.refers_to) == ("http://example.org/", 0, original)
    assert (first.fetch_time, second.refers_to, end.n_records) == (
        parse_date("2024-05-06T07:08:09Z"),
        None,
        2,
    )
    (tmp_path / "a.warc").write_bytes(data)
    fault = read_response_at(str(tmp_path / "a.warc"), 0, 1_000)
    assert fault == Fault("not_http", 0, "the record at byte 0 is no HTTP response")


def test_a_resource_record_is_an_answer_of_its_own_type():
    (found,) = responses(warc_record(b"\x89PNG", kind="resource", Content_Type="image/png"))
    assert (found.status, found.headers["content-type"], found.body) == (200, "image/png", b"\x89PNG")


ENCODED = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
    "identity": bytes,
}


@pytest.mark.parametrize("coding", ENCODED)
def test_content_encodings_are_undone(coding):
    block = http_response(ENCODED[coding](b"<p>" + b"page " * 1000), Content_Encoding=coding)
    assert bodies(warc_record(block)) == [b"<p>" + b"page " * 1000]


def test_deflate_without_zlib_header_is_undone():
    deflater = zlib.compressobj(wbits=-15)
    raw = deflater.compress(b"<p>raw") + deflater.flush()
    assert bodies(warc_record(http_response(raw, Content_Encoding="deflate"))) == [b"<p>raw"]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_is_not_encoded_as_declared_is_taken_as_it_is(coding):
    (found,) = responses(warc_record(http_response(b"<p>plain", Content_Encoding=coding)))
    assert found.body == b"<p>plain"
    assert coding in found.note


def test_an_inflating_body_stops_at_the_bound():
    bomb = http_response(gzip.compress(bytes(50 * 2**20)), Content_Encoding="gzip")
    assert len(responses(warc_record(bomb))[0].body) == BOUND
    bomb = http_response(brotli.compress(bytes(50 * 2**20)), Content_Encoding="br")
    assert BOUND <= len(responses(warc_record(bomb))[0].body) < 2 * BOUND


CHUNKED = b"5;note=1\r\n<p>on\r\n3\r\ne t\r\n0\r\n"


def test_chunks_are_joined_and_trailers_left_out():
    block = http_response(CHUNKED + b"Expires: never\r\n\r\n", Transfer_Encoding="chunked")
    assert bodies(warc_record(block)) == [b"<p>one t"]


def test_chunks_of_gzip_are_joined_before_inflating():
    packed = gzip.compress(b"<p>both")
    chunks = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (5, packed[:5], len(packed) - 5, packed[5:])
    block = http_response(chunks, Transfer_Encoding="chunked", Content_Encoding="gzip")
    assert bodies(warc_record(block)) == [b"<p>both"]


def test_a_body_that_only_claims_to_be_chunked_is_taken_as_it_is():
    assert bodies(warc_record(http_response(b"<p>no chunks", Transfer_Encoding="chunked"))) == [
        b"<p>no chunks"
    ]


def test_a_cut_last_chunk_keeps_what_is_there():
    (found,) = responses(warc_record(http_response(b"20\r\n<p>cut", Transfer_Encoding="chunked")))
    assert (found.body, found.note) == (b"<p>cut", "the last chunk is cut")


def test_a_body_above_the_bound_is_marked_and_the_next_record_read():
    first, second = read(page_record(b"x" * 5000) + page_record(b"<p>small"), max_record_bytes=1000)[:2]
    assert (first.too_large, len(first.body) < 1000) == (True, True)
    assert (second.too_large, second.body) == (False, b"<p>small")


def test_an_empty_file_has_nothing_and_no_fault():
    assert read(b"") == [End(0, 0)]


@pytest.mark.parametrize(
    "data",
    [
        b"hello world\n" * 100,
        bytes(range(256)) * 50,
        gzipped(b"some text", b"some more"),
        b"%PDF-1.4\n",
        b"<html>",
    ],
    ids=["text", "binary", "gzip of text", "pdf", "html"],
)
def test_a_file_of_something_else_is_one_fault(data):
    assert faults(data) == [records.GARBAGE]


def test_other_compressions_are_named():
    assert faults(b"\x04\x22\x4d\x18" + bytes(100)) == [records.UNSUPPORTED_COMPRESSION]


def test_a_gzip_file_of_an_unknown_method_is_corrupt():
    assert faults(b"\x1f\x8b\x07" + bytes(100)) == [records.CORRUPT]


def test_a_plain_file_that_ends_within_a_record_gives_the_part_as_cut():
    data = page_record(b"<p>whole") + page_record(b"<p>" + b"x" * 100)[:-60]
    whole, part, fault, _ = read(data)
    assert (whole.body, whole.cut) == (b"<p>whole", None)
    assert part.body.startswith(b"<p>x")
    assert part.cut == "the file ends within the record"
    assert fault.kind == records.TRUNCATED


def test_a_gzip_file_that_ends_within_a_member_gives_the_part_as_cut():
    start = gzipped(page_record(b"<p>whole"))
    data = start + gzipped(page_record(bytes(range(256)) * 40))[:-200]
    whole, part, fault, end = read(data)
    assert (whole.cut, part.cut) == (None, "the file ends within a gzip member")
    assert fault == Fault(records.TRUNCATED, len(start), "the file ends within a gzip member")
    assert end == End(2, len(data))


def test_a_missing_last_line_end_is_no_fault():
    assert faults(page_record(b"<p>x")[:-4]) == []
    assert faults(gzipped(page_record(b"<p>x")[:-4])) == []


def test_a_record_longer_than_its_length_is_cut_and_the_next_one_read():
    bad = page_record(b"<p>much longer than seven", Content_Length="60")
    data = bad + page_record(b"<p>next")
    assert faults(data) == [records.WRONG_LENGTH]
    assert bodies(data)[-1] == b"<p>next"
    assert responses(data)[0].cut is not None


def test_a_wrong_record_length_does_not_matter_when_the_body_has_its_own():
    block = http_response(b"<p>12345", Content_Length="8")
    (found,) = responses(warc_record(block, Content_Length=str(len(block) + 9))[:-4])
    assert (found.body, found.cut) == (b"<p>12345", None)


def test_a_sound_gzip_member_shorter_than_its_length_is_whole():
    record = page_record(b"<p>quirk", Content_Length="4000")
    data = gzipped(record, page_record(b"<p>next"))
    assert faults(data) == [records.WRONG_LENGTH]
    assert [response.cut for response in responses(data)] == [None, None]


def test_damage_within_a_member_loses_that_record_alone():
    members = [gzipped(page_record(b"<p>%d " % number + bytes(range(256)) * 20)) for number in range(5)]
    members[2] = members[2][:100] + bytes(8) + members[2][108:]
    found = responses(b"".join(members))
    assert faults(b"".join(members)) == [records.CORRUPT]
    assert [item.body[:4] for item in found if not item.cut] == [b"<p>0", b"<p>1", b"<p>3", b"<p>4"]


def test_zeros_between_members_are_padding_and_other_bytes_a_fault():
    one, two = gzipped(page_record(b"<p>1")), gzipped(page_record(b"<p>2"))
    assert (faults(one + bytes(1000) + two), len(responses(one + bytes(1000) + two))) == ([], 2)
    assert (faults(one + b"rubbish" + two), len(responses(one + b"rubbish" + two))) == ([records.CORRUPT], 2)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64])
def test_members_are_found_whatever_the_size_of_the_reads(chunk, monkeypatch):
    monkeypatch.setattr("corpus.warc.members.CHUNK_BYTES", chunk)
    data = gzipped(page_record(b"<p>1")) + b"\x1f\x8brubbish" + gzipped(page_record(b"<p>2"))
    assert bodies(data) == [b"<p>1", b"<p>2"]


def test_a_file_in_one_gzip_member_is_read_but_its_records_have_no_offsets():
    data = gzip.compress(page_record(b"<p>1") + page_record(b"<p>2") + page_record(b"<p>3"))
    assert [(item.body, item.ordinal) for item in responses(data)] == [
        (b"<p>1", 0),
        (b"<p>2", 1),
        (b"<p>3", 2),
    ]
    assert faults(data) == [records.SHARED_MEMBER]


def test_prose_after_a_record_is_one_fault_and_the_next_record_is_found():
    data = page_record(b"<p>1") + b"The monkeys\nare coming!\n\n" + page_record(b"<p>2")
    assert faults(data) == [records.GARBAGE]
    assert bodies(data) == [b"<p>1", b"<p>2"]


@pytest.mark.parametrize("length", ["", "very lengthy", "-1", "9" * 40, "٣"])
def test_a_record_without_a_usable_length_is_skipped(length):
    data = page_record(b"<p>1", Content_Length=length) + page_record(b"<p>2")
    assert faults(data) == [records.MISSING_FIELD]
    assert bodies(data) == [b"<p>2"]


@pytest.mark.parametrize("field", ["WARC_Type", "WARC_Target_URI"])
def test_a_record_without_a_mandatory_field_is_a_fault_and_the_next_one_read(field):
    data = page_record(b"<p>1", **{field: ""}) + page_record(b"<p>2")
    assert faults(data) == [records.MISSING_FIELD]
    assert bodies(data) == [b"<p>2"]


def test_records_of_a_type_alone_are_one_fault_each():
    data = b"".join(
        b"WARC/1.0\r\nWARC-Type: %b\r\n\r\n" % kind for kind in (b"request", b"response", b"resource")
    )
    assert faults(data) == [records.MISSING_FIELD] * 3


def test_segments_of_a_response_are_not_passed_on_as_pages():
    data = page_record(b"<p>part", WARC_Segment_Number="1")
    assert (faults(data), responses(data)) == ([records.SEGMENTED], [])


def test_a_response_that_is_no_http_is_a_fault():
    assert faults(warc_record(b"<p>no status line")) == [records.NOT_HTTP]


def test_headers_in_other_encodings_do_not_stop_the_reading():
    lines = (
        b"HTTP/1.1 200 OK",
        b"X-Name: \xa4\xa4",
        b"no colon here",
        b": no name",
        b"Content-Type: text/html",
        b"",
        b"x",
    )
    block = b"\r\n".join(lines)
    (found,) = responses(warc_record(block, "http://example.org/\xfc".encode("latin-1").decode("latin-1")))
    assert found.headers == {"x-name": "\xa4\xa4", "content-type": "text/html"}


def test_a_broken_stream_keeps_what_was_read_before():
    data = page_record(b"<p>1") + page_record(b"<p>2" * 100_000)

    class Breaking(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 100_000:
                raise ConnectionResetError("gone")
            return super().read(size)

    first, fault, end = read_records(Breaking(data), BOUND)
    assert (first.body, fault.kind, end.n_records) == (b"<p>1", records.UNREADABLE, 1)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2019-08-15T01:02:03Z", datetime(2019, 8, 15, 1, 2, 3, tzinfo=UTC)),
        ("2019-08-15T01:02:03.123456789Z", datetime(2019, 8, 15, 1, 2, 3, 123456, tzinfo=UTC)),
        ("2019-08-15T01:02:03.5Z", datetime(2019, 8, 15, 1, 2, 3, 500000, tzinfo=UTC)),
        ("2019-08-15T01:02", datetime(2019, 8, 15, 1, 2, tzinfo=UTC)),
        ("2019-08-15", datetime(2019, 8, 15, tzinfo=UTC)),
        ("2019-08-15T01:02:03+02:00", datetime(2019, 8, 14, 23, 2, 3, tzinfo=UTC)),
        ("20190815010203", datetime(2019, 8, 15, 1, 2, 3, tzinfo=UTC)),
        ("201908150102030000", datetime(2019, 8, 15, 1, 2, 3, tzinfo=UTC)),
        ("2019-13-45T01:02:03Z", None),
        ("0000-00-00T00:00:00Z", None),
        ("blue monday", None),
        ("", None),
    ],
)
def test_dates_are_read_as_far_as_they_go(text, time):
    assert parse_date(text) == time


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail(data):
    items = read(data)
    assert items[-1] == End(0, len(data)) or len(items) > 1


@given(st.data())
def test_no_damage_makes_the_reader_fail_or_find_more_than_there_is(data):
    whole = data.draw(st.sampled_from([GZIP_FILE, PLAIN_FILE, ARC_FILE]))
    place = data.draw(st.integers(0, len(whole) - 1))
    patch = data.draw(st.binary(max_size=8))
    damaged = whole[:place] + patch + whole[place + data.draw(st.integers(0, 50)) :]
    items = read(damaged)
    assert isinstance(items[-1], End)
    assert sum(isinstance(item, Response) for item in items) <= 4


PAGES = [http_response(b"<p>page %d " % number * 30) for number in range(4)]
GZIP_FILE = gzipped(*map(warc_record, PAGES))
PLAIN_FILE = b"".join(map(warc_record, PAGES))
ARC_FILE = arc_header() + b"".join(map(arc_record, PAGES))


@pytest.mark.parametrize("data", [GZIP_FILE, PLAIN_FILE, ARC_FILE], ids=["gzip", "plain", "arc"])
def test_warcio_reads_the_same(data):
    theirs = [
        (record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read())
        for record in ArchiveIterator(io.BytesIO(data), arc2warc=True)
        if record.rec_type == "response"
    ]
    assert len(theirs) == 4
    assert [(response.url, response.body) for response in responses(data)] == theirs


def test_lines_longer_than_the_bound_come_in_pieces():
    reader = ArchiveBytes(io.BytesIO(b"x" * 200_000 + b"\nend\n"))
    lines = []
    while line := reader.read_line():
        lines.append(line)
    assert b"".join(lines) == b"x" * 200_000 + b"\nend\n"
    assert (max(map(len, lines)) <= 2**16, lines[-1]) == (True, b"end\n")
