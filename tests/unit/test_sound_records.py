"""FastWARC, where it is installed, changes what reading costs and nothing of what is read.

Every defect is read twice, with FastWARC and without, and so are the WARC files of a folder that is not part of the
project: it is looked for in $CORPUS_TEST_DATA, else beside the repository, and without it that test is skipped.
"""

import gzip
import io
import os
import random
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.config import Settings
from corpus.recipes.documents import may_be_page, read_file
from corpus.warc import reading
from corpus.warc.reading import read_records
from corpus.warc.records import End, Response
from corpus.warc.replay import Replay
from tests.unit import warc_bytes
from tests.unit.warc_bytes import arc_header, arc_record, gzipped, http_response

sound_records = pytest.importorskip("corpus.warc.sound_records", reason="FastWARC is not installed")

FOLDER = Path(os.environ.get("CORPUS_TEST_DATA", Path(__file__).parents[3] / "shared/data"))
WARCS = sorted(path for path in FOLDER.rglob("*") if ".warc" in path.name or ".arc" in path.name)
BOUND = 2**20


def warc_record(block, url="http://example.org/", kind="response", **fields):
    """A record whose block is declared to be HTTP, as FastWARC wants it, unless it is declared otherwise."""
    return warc_bytes.warc_record(
        block, url, kind, **{"Content_Type": f"application/http; msgtype={kind}", **fields}
    )


def page_record(body, url="http://example.org/", **fields):
    return warc_record(http_response(body), url, **fields)


A, B, C = (page_record(b"<p>" + name, f"http://{name.decode()}.example/") for name in (b"a", b"b", b"c"))
LENGTH = b"Content-Length: %d" % len(http_response(b"<p>b"))
NOISE = random.Random(7).randbytes(150_000)  # longer than FastWARC's buffers, packed and unpacked


def changed(old, new):
    """Three records in a member each, the one in the middle changed."""
    assert old in B
    return gzipped(A, B.replace(old, new), C)


def packed(*members):
    return b"".join(members)


DEFECTS = {
    "sound": gzipped(A, B, C),
    "sound and large": gzipped(A, page_record(NOISE), page_record(bytes(10**6)), C),
    "no HTML": gzipped(A, warc_record(http_response(NOISE, "image/png")), C),
    "coded and no HTML": gzipped(
        A, warc_record(http_response(NOISE, "text/css", Content_Encoding="zstd")), C
    ),
    "requests, revisits, resources": gzipped(
        warc_record(b"", kind="warcinfo"),
        warc_record(b"GET / HTTP/1.1\r\n\r\n", kind="request"),
        warc_record(b"", kind="revisit", WARC_Refers_To_Target_URI="http://a.example/"),
        warc_record(b"\x89PNG", kind="resource", Content_Type="image/png"),
        warc_record(b"x", url="dns:a.example"),
        warc_record(b"x", kind="conversion"),
        C,
    ),
    "not declared to be HTTP": gzipped(A, page_record(b"<p>b", Content_Type=""), C),
    "one segment": gzipped(A, page_record(b"<p>b", WARC_Segment_Number="1"), C),
    "limited": gzipped(A, page_record(b"<p>b", WARC_Truncated="length"), C),
    "cut within a member": gzipped(A, B, C)[:-40],
    "cut within a footer": gzipped(A, B, C)[:-3],
    "wrong checksum": packed(gzipped(A), gzipped(B)[:-8] + b"abcd" + gzipped(B)[-4:], gzipped(C)),
    "damaged member": packed(gzipped(A), gzipped(page_record(NOISE))[:999] + bytes(9), gzipped(C)),
    "bytes between members": packed(gzipped(A), b"rubbish", gzipped(B, C)),
    "zeros between members": packed(gzipped(A), bytes(99), gzipped(B, C)),
    "zeros behind the last": packed(gzipped(A, B, C), bytes(99)),
    "empty member": packed(gzipped(A), gzip.compress(b""), gzipped(B, C)),
    "garbage in a member": gzipped(A, b"garbage", b"garbage", B, b"garbage", C),
    "garbage before a record": gzipped(A, b"garbage\r\n" + B, C),
    "blank lines before a record": gzipped(A, b"\r\n\n" + B, C),
    "blank lines behind a record": gzipped(A, B + b"\r\n\r\n", C),
    "no line ends behind a record": gzipped(A[:-4], B[:-4], C[:-4]),
    "other bytes for line ends": gzipped(A, B[:-4] + b"abcd", C),
    "other bytes for line ends at the end": gzipped(A, B[:-4] + b"abcd"),
    "two records in a member": gzipped(A, B + C, C),
    "all records in a member": gzip.compress(A + B + C),
    "a header in two members": gzipped(A, B[:99], B[99:], C),
    "a body in two members": gzipped(A, B[:-9], B[-9:], C),
    "line ends in a member": gzipped(A, B[:-4], B[-4:], C),
    "length too small": changed(LENGTH, b"Content-Length: 40"),
    "length too large": changed(LENGTH, b"Content-Length: 52"),
    "length far too large": changed(LENGTH, b"Content-Length: 99999999999"),
    "length with a sign": changed(LENGTH, LENGTH.replace(b" ", b" +")),
    "length with zeros": changed(LENGTH, LENGTH.replace(b" ", b" 00")),
    "no length": changed(LENGTH + b"\r\n", b""),
    "two lengths": changed(LENGTH, b"Content-Length: 40\r\n" + LENGTH),
    "two other lengths": changed(LENGTH, LENGTH + b"\r\nContent-Length: 40"),
    "two types": changed(b"WARC-Type: response", b"warc-type: response\r\nWARC-Type: request"),
    "a hidden type": changed(b"WARC-Type: response", b"A: 1\nWARC-Type: response\r\nWARC-Type: request"),
    "no type": changed(b"WARC-Type: response\r\n", b""),
    "no address": changed(b"WARC-Target-URI: http://b.example/\r\n", b""),
    "folded": changed(b"WARC-Type: ", b"WARC-Type:\r\n "),
    "no blanks behind colons": changed(b": ", b":"),
    "blanks before colons": changed(b": ", b" : "),
    "line feeds alone": changed(b"\r\n", b"\n"),
    "one line feed alone": changed(b"/\r\n", b"/\n"),
    "UTF-8": changed(b"b.example", "ü.example".encode()),
    "Latin-1": changed(b"b.example", "ü.example".encode("latin-1")),
    "UTF-8 that nobody asks for": changed(b"WARC-Date", "X-Ü: ü\r\nA: ü\r\nWARC-Date".encode()),
    "control characters in a date": changed(b"WARC-Date: ", b"WARC-Date: \x1c"),
    "a hidden type of a request": gzipped(
        A,
        warc_record(b"", kind="request").replace(b"WARC-Type", b"A: 1\nWARC-Type: metadata\r\nWARC-Type"),
        warc_record(b"", kind="request").replace(b"WARC-Type", b"A: 1\nWARC-Type: response\r\nWARC-Type"),
        C,
    ),
    "control characters": changed(b"b.example", b"b\0\x0b\r.example"),
    "other versions": gzipped(
        *(A.replace(b"1.0", version) for version in (b"0.18", b"1.1", b"1.2", b"1.00"))
    ),
    "no HTTP": gzipped(A, warc_record(b"<p>b"), C),
    "odd HTTP": gzipped(
        *(
            warc_record(head + b"<p>x")
            for head in (
                b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n",
                b"HTTP/1.1 200 OK\r\nContent-Type:text/html\r\nA: 1\r\n 2\r\n\r\n",
                b"HTTP/1.1  200  \r\nX-Robots-Tag: a\r\nX-Robots-Tag: b\r\n\r\n",
                b"HTTP/1.1 200 \xff\r\nnone\r\n: 1\r\nA: \xff\r\nA: 2 \r\n\r\n",
                b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
                b"HTTP/2 200\r\n\r\n",
                b"HTTP/1.1 200 OK\r\nA: 1",
                b"HTTP/1.1 abc\r\n\r\n",
            )
        ),
        C,
    ),
    "a large header": changed(b"WARC-Date: ", b"X: " + b"y" * 70_000 + b"\r\nWARC-Date: "),
    "plain": A + B + C,
    "ARC": gzipped(arc_header(), arc_record(http_response(b"<p>a")), arc_record(http_response(b"<p>b"))),
    "nothing": b"",
    "no WARC": b"hello world\n" * 9000,
}


def read_both_ways(data, monkeypatch, max_record_bytes=BOUND, wants=None):
    """What is read with FastWARC, from a stream and from a file alike, and without it."""
    with_it = list(read_records(io.BytesIO(data), max_record_bytes, wants))
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with open(file.name, "rb") as stream:
            assert list(read_records(stream, max_record_bytes, wants)) == with_it
    with monkeypatch.context() as patched:
        patched.setattr(reading, "sound_items", None)
        return with_it, list(read_records(io.BytesIO(data), max_record_bytes, wants))


@pytest.mark.parametrize("wants", [None, may_be_page], ids=["all bodies", "pages"])
@pytest.mark.parametrize("max_record_bytes", [BOUND, 5000])
@pytest.mark.parametrize("data", DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_read_the_same_with_fastwarc_and_without(data, max_record_bytes, wants, monkeypatch):
    with_it, without = read_both_ways(data, monkeypatch, max_record_bytes, wants)
    assert with_it == without
    assert isinstance(with_it[-1], End)


@pytest.mark.skipif(not WARCS, reason=f"no WARC files in {FOLDER}")
@pytest.mark.parametrize("wants", [None, may_be_page], ids=["all bodies", "pages"])
@pytest.mark.parametrize("path", WARCS, ids=lambda path: path.name)
def test_a_real_file_is_read_the_same_with_fastwarc_and_without(path, wants, monkeypatch):
    with_it, without = read_both_ways(path.read_bytes(), monkeypatch, 2**26, wants)
    assert with_it == without


def test_a_file_of_every_defect_makes_the_same_rows(tmp_path, monkeypatch):
    path = tmp_path / "all.warc.gz"
    swallows_the_rest = DEFECTS["damaged member"]
    path.write_bytes(
        b"".join(gz for gz in DEFECTS.values() if gz[:2] == b"\x1f\x8b" and gz != swallows_the_rest)
    )
    with_it = list(read_file(str(path), Settings()))
    monkeypatch.setattr(reading, "sound_items", None)
    without = list(read_file(str(path), Settings()))
    for rows in (with_it, without):
        rows[-1][1].pop("elapsed_s")
    assert with_it == without
    assert sum(table == "documents" for table, _ in with_it) > 100


def by_fastwarc(data):
    return list(sound_records.sound_items(Replay(io.BytesIO(data), BOUND), BOUND, None))


def test_fastwarc_reads_a_sound_file_but_for_its_last_record(monkeypatch):
    monkeypatch.setattr(sound_records, "own_items", None)
    urls = [item.url for item in by_fastwarc(gzipped(A, B, C))]
    assert urls == ["http://a.example/", "http://b.example/"]


@pytest.mark.parametrize("defect", ["folded", "UTF-8", "two types", "blank lines behind a record"])
def test_an_odd_record_does_not_take_the_rest_from_fastwarc(defect):
    items = by_fastwarc(DEFECTS[defect] + gzipped(A, C))
    assert [item.body for item in items] == [b"<p>a", b"<p>b", b"<p>c", b"<p>a"]


def test_where_most_records_are_odd_fastwarc_reads_no_further(monkeypatch):
    monkeypatch.setattr(sound_records, "MAX_ODD", 3)
    assert len(by_fastwarc(gzipped(*[A.replace(b": ", b":")] * 9))) == 3


def test_no_more_is_kept_than_what_may_be_read_again():
    stream = Replay(io.BytesIO(gzipped(*[page_record(NOISE)] * 20)), BOUND)
    kept = [sum(map(len, stream.kept)) for _ in sound_records.sound_items(stream, BOUND, None)]
    assert len(kept) == 19
    assert max(kept) < 2 * len(NOISE) + 3 * 2**16


def test_a_member_larger_than_what_is_kept_is_left_to_our_own_reader(monkeypatch):
    data = gzipped(A, page_record(NOISE), C)
    with_it, without = read_both_ways(data, monkeypatch, 2**16)
    assert with_it == without
    assert [item.too_large for item in with_it[:-1]] == [False, True, False]


def test_a_bare_line_feed_behind_a_colon_is_a_blank_to_fastwarc_and_ends_the_line_to_us(monkeypatch):
    with_it, without = read_both_ways(changed(b"Date: ", b"Date:\n"), monkeypatch)
    assert ([item.date for item in with_it[:-1]], without[1].date) == (["2024-05-06T07:08:09Z"] * 3, "")


class Breaking(io.BytesIO):
    def read(self, size=-1):
        if self.tell() > 100_000:
            raise ConnectionResetError("gone")
        return super().read(size)


def test_a_stream_that_breaks_is_told_the_same_at_the_same_place(monkeypatch):
    data = gzipped(A, page_record(NOISE), C)
    with_it = list(read_records(Breaking(data), BOUND))
    monkeypatch.setattr(reading, "sound_items", None)
    assert with_it == list(read_records(Breaking(data), BOUND))
    assert [type(item).__name__ for item in with_it] == ["Response", "Fault", "End"]
    assert (with_it[1].kind, with_it[1].offset) == ("unreadable", 2**17)


pieces = st.sampled_from(
    [
        A,
        B,
        b"",
        b"\r\n",
        b"junk",
        warc_record(b"", kind="revisit"),
        page_record(NOISE[:70_000]),
        A[:50],
        B[-4:],
    ]
)
members = st.lists(pieces, min_size=1, max_size=2).map(b"".join).map(gzip.compress)


@given(st.lists(members, max_size=5).map(b"".join), st.integers(0, 10**5), st.binary(max_size=3))
def test_no_damage_is_seen_with_fastwarc_or_without_alone(data, place, patch):
    place = place % (2 * len(data) + 1)
    damaged = data[:place] + patch + data[place + 1 :] if place < len(data) else data
    with pytest.MonkeyPatch.context() as monkeypatch:
        with_it, without = read_both_ways(damaged, monkeypatch)
    assert with_it == without


def test_of_a_body_that_nobody_wants_the_beginning_is_given():
    data = gzipped(warc_record(http_response(NOISE, "image/png")), page_record(NOISE))
    picture, page, _ = read_records(io.BytesIO(data), BOUND, may_be_page)
    assert isinstance(picture, Response)
    assert 12 < len(picture.body) < 2**13
    assert NOISE.startswith(picture.body)
    assert page.body == NOISE


def test_without_fastwarc_our_own_reader_reads_alone():
    code = (
        "import sys; sys.modules['fastwarc'] = None; sys.modules['fastwarc.warc'] = None\n"
        "from corpus.warc import reading; print(reading.sound_items)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "None\n"
