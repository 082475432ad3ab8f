"""Records that an index selects are read by their ranges of bytes, and give what the whole file gives."""

import functools
import gzip
import http.server
import itertools
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.config import Settings
from corpus.errors import InputError
from corpus.recipes.documents import read_file
from corpus.warc import index
from corpus.warc.index import ranges_in, requests
from corpus.warc.records import End, Fault
from corpus.warc.selection import read_ranges, read_selection
from corpus.warc.sources import expand_inputs
from tests.unit.warc_bytes import page_record

SAMPLE = Path(__file__).parents[2] / "demo" / "sample.warc.gz"
PAGE = b"<html><body><article><p>%s rises in the mountains.</p><img src=/a.jpg></article></body></html>"


def write_index(path, rows, columns=("warc_filename", "warc_record_offset", "warc_record_length")):
    pq.write_table(pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows]), path)
    return str(path)


def three_pages(folder):
    """A WARC file of three pages, and (offset, length) of each."""
    members = [
        gzip.compress(page_record(PAGE % name, f"http://e.org/{name.decode()}"))
        for name in (b"A", b"B", b"C")
    ]
    (folder / "three.warc.gz").write_bytes(b"".join(members))
    offsets = [sum(map(len, members[:number])) for number in range(3)]
    return list(zip(offsets, map(len, members), strict=True))


def selected(address, max_gap_bytes=2**20):
    return list(read_selection(address, 2**20, max_gap_bytes))


def test_rows_of_selected_records_are_those_of_the_whole_file(tmp_path):
    settings = Settings()
    whole = [row for table, row in read_file(str(SAMPLE), settings) if table == "documents"]
    ends = sorted({row["warc_record_offset"] for row in whole} | {SAMPLE.stat().st_size})
    lengths = {start: end - start for start, end in itertools.pairwise(ends)}
    rows = [
        (str(SAMPLE), row["warc_record_offset"], lengths[row["warc_record_offset"]]) for row in whole[::3]
    ]
    (address,) = expand_inputs([write_index(tmp_path / "some.parquet", rows[::-1])])
    found = list(read_file(address, settings))
    wanted = {offset for _, offset, _ in rows}
    documents = [row for table, row in found if table == "documents" and row["warc_record_offset"] in wanted]
    assert documents == whole[::3]
    assert found[-1][1]["warc_filename"] == str(SAMPLE)


def test_neighbours_are_got_by_one_request_and_repeated_rows_once(tmp_path):
    ranges = three_pages(tmp_path)
    handler = functools.partial(Ranges, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Ranges.asked.clear()
    url = f"http://127.0.0.1:{server.server_port}/three.warc.gz"
    picked = [ranges[0], ranges[2], ranges[0]]
    path = write_index(tmp_path / "two.parquet", [(url, *each) for each in picked])
    first, second, end = selected(f"{path}#{url}")
    a, c, end_apart = selected(f"{path}#{url}", max_gap_bytes=ranges[1][1] - 1)
    server.shutdown()
    server.server_close()
    last = sum(ranges[2]) - 1
    assert Ranges.asked == [f"bytes=0-{last}", f"bytes=0-{ranges[0][1] - 1}", f"bytes={ranges[2][0]}-{last}"]
    assert [first.url, second.url] == ["http://e.org/A", "http://e.org/C"]
    assert (first, second) == (a, c)
    assert (first.offset, second.offset) == (ranges[0][0], ranges[2][0])
    assert (end, end_apart) == (End(2, last + 1), End(2, ranges[0][1] + ranges[2][1]))


class Ranges(http.server.SimpleHTTPRequestHandler):
    """Serves ranges and notes them."""

    asked: list[str] = []  # noqa: RUF012  of one test

    def do_GET(self):
        Ranges.asked.append(self.headers["Range"])
        first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
        data = Path(self.translate_path(self.path)).read_bytes()[first : last + 1]
        self.send_response(206)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


def test_a_range_that_is_not_there_cut_or_no_record_is_a_fault_of_its_own(tmp_path):
    (_, a_length), (b_offset, b_length), (c_offset, c_length) = three_pages(tmp_path)
    file = str(tmp_path / "three.warc.gz")
    rows = [
        (file, 0, a_length - 9),
        (file, b_offset + 5, b_length - 5),
        (file, c_offset, c_length),
        (file, 10**6, 9),
    ]
    *items, end = selected(f"{write_index(tmp_path / 'bad.parquet', rows)}#{file}")
    faults = [(item.kind, item.offset) for item in items if isinstance(item, Fault)]
    assert faults == [("truncated", 0), ("garbage", b_offset + 5), ("garbage", 10**6)]
    assert [item.url for item in items if not isinstance(item, Fault)] == ["http://e.org/A", "http://e.org/C"]
    assert end.n_records == 2


def test_a_warc_file_that_is_gone_is_a_fault_per_request(tmp_path):
    gone = str(tmp_path / "gone.warc.gz")
    path = write_index(tmp_path / "i.parquet", [(gone, 0, 10), (gone, 10, 10), (gone, 5 * 2**20, 10)])
    *faults, end = selected(f"{path}#{gone}")
    assert [(fault.kind, fault.offset) for fault in faults] == [("unreadable", 0), ("unreadable", 5 * 2**20)]
    assert end == End(0, 0)


def test_an_index_stands_for_the_warc_files_that_it_names(tmp_path):
    three_pages(tmp_path)
    rows = [("crawl-data/b.warc.gz", 5, 9), ("three.warc.gz", 0, 9), ("crawl-data/b.warc.gz", 90, 9)]
    path = write_index(tmp_path / "i.parquet", rows, ("filename", "offset", "length"))
    assert expand_inputs([path]) == [f"{path}#crawl-data/b.warc.gz", f"{path}#three.warc.gz"]
    assert ranges_in(path, "crawl-data/b.warc.gz") == [(5, 9), (90, 9)]


def test_a_file_that_is_named_whole_and_by_an_index_is_refused(tmp_path):
    three_pages(tmp_path)
    path = write_index(tmp_path / "i.parquet", [("three.warc.gz", 0, 9)])
    with pytest.raises(InputError, match=r"three.warc.gz is named twice, by .* and by .*; give one of them"):
        expand_inputs([path, str(tmp_path / "three.warc.gz")])


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        (
            [("a", 1)],
            ("warc_filename", "url"),
            "needed are warc_filename or filename, warc_record_offset or offset",
        ),
        ([("a", None, 1)], ("filename", "offset", "length"), "column offset has no value in 1 rows"),
    ],
)
def test_an_index_that_does_not_say_where_records_lie_is_one_clear_error(tmp_path, rows, columns, message):
    with pytest.raises(InputError, match=message):
        expand_inputs([write_index(tmp_path / "i.parquet", rows, columns)])


def test_an_index_without_rows_or_that_is_none_is_one_clear_error(tmp_path):
    empty = pa.table(
        {"filename": pa.array([], pa.string()), "offset": pa.array([], pa.int64()), "length": []}
    )
    pq.write_table(
        empty.cast(pa.schema([("filename", pa.string()), ("offset", pa.int64()), ("length", pa.int64())])),
        tmp_path / "empty.parquet",
    )
    (tmp_path / "none.parquet").write_bytes(b"no Parquet")
    with pytest.raises(InputError, match="selects nothing"):
        expand_inputs([str(tmp_path / "empty.parquet")])
    with pytest.raises(InputError, match="cannot read index"):
        expand_inputs([str(tmp_path / "none.parquet")])
    with pytest.raises(InputError, match="copy it to a local path"):
        expand_inputs(["https://e.org/i.parquet"])


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 50)), unique_by=lambda pair: pair[0]),
    st.integers(0, 99),
)
def test_requests_hold_every_range_once_and_gaps_between_them_are_large(ranges, max_gap_bytes):
    groups = requests(sorted(ranges), max_gap_bytes)
    assert [each for group in groups for each in group] == sorted(ranges)
    for before, after in itertools.pairwise(groups):
        assert after[0][0] - sum(before[-1]) > max_gap_bytes
    for group in groups:
        assert all(b[0] - sum(a) <= max_gap_bytes for a, b in itertools.pairwise(group))


def test_ranges_that_are_known_are_read_from_a_web_server_with_neighbours_together(tmp_path):
    ranges = three_pages(tmp_path)
    handler = functools.partial(Ranges, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Ranges.asked.clear()
    url = f"http://127.0.0.1:{server.server_port}/three.warc.gz"
    found = list(read_ranges(url, ranges, 2**20, 0))
    gone = list(read_ranges(str(tmp_path / "gone.warc.gz"), ranges[:1], 2**20, 0))
    server.shutdown()
    server.server_close()
    assert Ranges.asked == [f"bytes=0-{sum(ranges[2]) - 1}"]
    assert [(place, response.url[-1]) for place, response in found] == list(zip(ranges, "ABC", strict=True))
    assert [(place, fault.kind) for place, fault in gone] == [(ranges[0], "unreadable")]


def test_a_request_is_bounded(monkeypatch):
    monkeypatch.setattr(index, "MAX_REQUEST_BYTES", 25)
    assert requests([(0, 10), (10, 10), (20, 10)], 0) == [[(0, 10), (10, 10)], [(20, 10)]]
