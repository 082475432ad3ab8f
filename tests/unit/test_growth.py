"""Copies of a crawl are other pages and pictures, and what is said of growth is what was measured."""

import hashlib
import os
import subprocess
import sys

import pytest
from warcio.archiveiterator import ArchiveIterator

from bench.copies import write_copies
from bench.growth import Grown, table, verdicts
from bench.peaks import DAEMON, kind_of, peaks
from tests.jobs.built import SAMPLE


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    return write_copies(SAMPLE, tmp_path_factory.mktemp("copies"), 3)


def responses(path):
    with open(path, "rb") as source:
        for record in ArchiveIterator(source):
            if record.rec_type == "response":
                kind = (record.http_headers.get_header("Content-Type") or "").partition(";")[0]
                yield record.rec_headers.get_header("WARC-Target-URI"), kind, record.content_stream().read()


def hashes(path, kind):
    return {hashlib.sha256(body).hexdigest() for _, each, body in responses(path) if each.startswith(kind)}


def test_the_first_copy_is_the_file_itself(copies):
    assert copies[0].read_bytes() == SAMPLE.read_bytes()


def test_copies_hold_as_many_responses_under_addresses_of_their_own(copies):
    addresses = [[uri for uri, _, _ in responses(path)] for path in copies]
    assert len(addresses[0]) == len(addresses[1]) == len(addresses[2]) > 100
    assert set(addresses[1]).isdisjoint(addresses[2])
    assert all("//copy1." in uri for uri in addresses[1])


@pytest.mark.parametrize(("kind", "share_left"), [("text/html", 0.1), ("image/", 0.05)])
def test_pages_and_pictures_of_a_copy_are_others(copies, kind, share_left):
    first, second, third = (hashes(path, kind) for path in copies)
    for one, other in ((first, second), (second, third)):
        assert len(one & other) <= share_left * len(one)
    assert len(second) >= 0.95 * len(first)


def test_the_same_copy_is_made_again(copies, tmp_path):
    bodies = [body for _, _, body in responses(copies[2])]
    again = write_copies(SAMPLE, tmp_path, 3)[2]
    assert [body for _, _, body in responses(again)] == bodies


FOUND = [
    Grown(1, "local[1]", 60, 50, 60.0, 60.0, {"java": 400.0, "worker": 800.0}),
    Grown(1, "local[2]", 60, 50, 40.0, None, {"java": 400.0, "worker": 800.0}),
    Grown(4, "local[1]", 240, 200, 120.0, 130.0, {"java": 500.0, "worker": 800.0}),
    Grown(4, "local[2]", 240, 200, 75.0, 130.0, {"java": 500.0}),
    Grown(4, "local-cluster[1,1,1024]", 240, 200, 90.0, 99.0, {}),
    Grown(4, "local-cluster[2,1,1024]", 240, 200, 50.0, 99.0, {}),
]


def test_growth_is_told_per_page_and_kind_of_process():
    assert table(FOUND)[2] == "| 1 x | local[1] | 60 | 50 | 60.0 | 1000 | 1000 |  | 400 | 800 |  |"
    assert verdicts(FOUND) == [
        "local[1], 4 x input: 0.50 x seconds per page; memory: java 1.25 x, worker 1.00 x",
        "local[1], each page more from 1 x to 4 x, in 0 chunk(s) more: 333 ms, 389 core-ms",
        "local[2], 4 x input: 0.47 x seconds per page; memory: java 1.25 x",
        "local[2], each page more from 1 x to 4 x, in 0 chunk(s) more: 194 ms",
        "1 x input, local[2]: 75% of both used",
        "4 x input, local[2]: 80% of both used",
        "4 x input, local-cluster[2,1,1024]: 90% of both used",
    ]


def test_processes_are_told_apart_by_what_they_run_and_who_forked_them():
    daemon = [b"/venv/bin/python", b"-m", DAEMON, b"pyspark.worker"]
    assert [kind_of(daemon, n) for n in range(4)] == ["", "worker", "reader", "reader"]
    assert kind_of([b"/usr/bin/java", b"-cp"], 0) == "java"
    assert kind_of([b"/venv/bin/python3.11", b"-m", b"corpus.cli", b"build"], 0) == "driver"
    assert kind_of([b"/venv/bin/python3.11", b"-m", b"bench.whole_process", b"2"], 0) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of processes in /proc")
def test_the_peak_of_a_process_is_found():
    code = "import time; held = b'x' * 2**27; time.sleep(2)"
    with subprocess.Popen([sys.executable, "-c", code, "corpus.cli"]), peaks(os.getpid()) as found:
        pass_s = 3
        subprocess.run([sys.executable, "-c", f"import time; time.sleep({pass_s})"], check=True)
    assert found["driver"] > 128
