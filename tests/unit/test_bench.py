"""What the benchmark makes of times, and what it hands to the stages; how long anything takes is not tested."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from bench.__main__ import parser
from bench.assignment import shapes_of, time_assignment
from bench.build import BOUND_S, Round, build, build_lines
from bench.downloading import OURS, STARTING, THEIRS, download, store_apart, without_start
from bench.encoding import compared, pictures_of, sentences_of
from bench.extraction import PLAIN, as_one, our_pages, plain_pages, time_extraction
from bench.fetch_steps import fetch_step_times
from bench.fetching import pictures, serving, time_fetching
from bench.kernels import contents, matched, owners
from bench.machine import cpu_name, installed
from bench.reading import READERS, drawn_build
from bench.steps import WHOLE, growth, step_times
from bench.table import Line, core_line, format_table, number, rate_lines, seconds, verdict
from bench.text import overlap
from bench.timing import Timing, in_turns, median_cpu_ratio, median_cpu_s, median_rate, median_ratio
from bench.warc_reading import ALONE, time_reading
from corpus.config import Settings
from corpus.errors import CorpusError, EncoderError, InputError
from corpus.extract import page as extraction_page
from corpus.recipes.interleaved import interleave_documents
from tests.unit.drawn_build import draw_build
from tests.unit.drawn_pages import PAGES
from tests.unit.warc_bytes import gzipped, http_response, page_record, warc_record

PAGE = b"<html><body><article><p>A low sun stood over the ridge all day.</p></article></body></html>"


def seconds_of(*walls_s, n=10, cpu_s=1.0):
    return [Timing(n, wall_s, cpu_s) for wall_s in walls_s]


def test_actions_take_turns_within_a_round():
    calls = []
    timings = in_turns({"a": lambda: calls.append("a") or 3, "b": lambda: calls.append("b") or 4}, 2)
    assert calls == ["a", "b", "a", "b"]
    assert {name: [each.n for each in own] for name, own in timings.items()} == {"a": [3, 3], "b": [4, 4]}
    assert all(each.wall_s > 0 for own in timings.values() for each in own)


def test_several_files_are_timed_as_one_round_by_round():
    one = {"ours": seconds_of(1.0, 2.0), "plain": seconds_of(3.0, 4.0)}
    other = {"ours": seconds_of(10.0, 20.0), "plain": seconds_of(5.0, 5.0)}
    assert as_one([one, other]) == {
        "ours": seconds_of(11.0, 22.0, n=20, cpu_s=2.0),
        "plain": seconds_of(8.0, 9.0, n=20, cpu_s=2.0),
    }


def test_rates_per_core_are_those_of_core_time_and_not_of_wall_time():
    timings = {"ours": seconds_of(1.0, 9.0, n=20, cpu_s=0.5), "plain": seconds_of(5.0, 1.0, n=20, cpu_s=2.0)}
    line = core_line("pages", timings)
    assert (line.ours, line.theirs, line.cpu_ratio) == (
        "40.0 pages/s per core",
        "10.0 pages/s per core",
        "4.00",
    )


def write_pages(path, n_pages):
    text = "<p>A low sun stood over the ridge all day. It set.</p>"
    html = f"<html><body><article><img src=a.jpg>{text}</article></body></html>"
    path.write_bytes(b"".join(gzipped(page_record(html.encode())) for _ in range(n_pages)))
    return str(path)


def test_the_steps_of_extraction_add_up_and_each_is_seen(tmp_path):
    n_pages, steps = step_times([write_pages(tmp_path / "five.warc.gz", 5)])
    *parts, (whole, whole_s) = steps.items()
    assert (n_pages, whole) == (5, WHOLE)
    assert sum(own_s for _, own_s in parts) == pytest.approx(whole_s)
    assert {name for name, own_s in parts if own_s == 0.0} == set()
    assert extraction_page.extract_blocks.__name__ == "extract_blocks"


def test_growth_is_measured_on_one_two_and_four_times_the_pages(tmp_path):
    sizes = growth(write_pages(tmp_path / "three.warc.gz", 3), 1)
    assert [n_pages for n_pages, _ in sizes] == [3, 6, 12]


def test_every_image_of_the_benchmark_is_fetched_whole_and_once_by_each():
    for timings in time_fetching(60, 1):
        assert [[each.n for each in own] for own in timings.values()] == [[60], [60]]


def test_ours_stores_every_picture_of_the_benchmark_at_the_side_asked_for(tmp_path):
    with serving(pictures()) as port:
        urls = [f"http://host{number}.example:{port}/{number}.jpg" for number in range(48)]
        assert store_apart(urls, port, tmp_path) == 48


def test_the_steps_of_storing_pictures_make_up_the_whole():
    *steps, whole_s = fetch_step_times(48).values()
    assert len(steps) == 4
    assert sum(steps) == pytest.approx(whole_s)
    assert min(steps[0], steps[2]) > 0  # clocks of cores may tick too seldom for the other two


def test_img2dataset_that_fails_ends_the_benchmark_with_what_it_said(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.downloading.ONE", "raise SystemExit('no such size {side_px}')")
    with pytest.raises(CorpusError, match="ended with 1: no such size 256"):
        download(["http://a.example/0.jpg"], 1, tmp_path)


def test_what_it_takes_to_start_is_taken_off():
    timings = {
        OURS: [Timing(10, 3.0, 2.0)],
        THEIRS: [Timing(10, 9.0, 6.0)],
        OURS + STARTING: [Timing(2, 1.0, 0.5)],
        THEIRS + STARTING: [Timing(2, 4.0, 3.0)],
    }
    ours, theirs = without_start(timings).values()
    assert (ours, theirs) == ([Timing(8, 2.0, 1.5)], [Timing(8, 5.0, 3.0)])


def test_the_pictures_of_the_benchmark_are_of_30_to_300_kilobytes():
    sizes = [len(body) for body in pictures()]
    assert min(sizes) > 30_000
    assert max(sizes) < 300_000


def test_readers_that_are_compared_read_every_document(tmp_path):
    drawn_build(str(tmp_path), 9)
    assert {name: read(str(tmp_path)) for name, read in READERS.items()} == dict.fromkeys(READERS, 9)


def test_one_slow_round_does_not_move_the_median():
    assert median_rate(seconds_of(1.0, 100.0, 2.0)) == 5.0
    assert median_cpu_s([Timing(1, 1.0, cpu_s) for cpu_s in (4.0, 2.0, 9.0)]) == 4.0


def test_the_ratio_compares_each_round_with_itself():
    ours, theirs = seconds_of(1.0, 10.0, 5.0), seconds_of(2.0, 20.0, 10.0)
    assert median_ratio(ours, theirs) == 2.0
    assert median_rate(ours) / median_rate(theirs) == 2.0
    drifting = seconds_of(1.0, 2.0, 40.0), seconds_of(3.0, 6.0, 4.0)
    assert median_ratio(*drifting) == 3.0


def test_the_cpu_ratio_is_per_unit():
    assert median_cpu_ratio(seconds_of(1.0, n=10, cpu_s=1.0), seconds_of(1.0, n=5, cpu_s=2.0)) == 4.0


@pytest.mark.parametrize(
    ("value", "text"), [(12_345.6, "12,346"), (99.94, "99.9"), (1.234, "1.23"), (0.0123, "0.01"), (0.0, "0")]
)
def test_numbers_have_three_digits_or_more_before_the_point(value, text):
    assert number(value) == text


def test_seconds_come_with_their_share():
    assert seconds(2.5, 10.0) == "2.50 s  25 %"


def test_a_time_at_its_bound_passes():
    assert (verdict(90.0, 90.0), verdict(90.1, 90.0)) == ("pass", "FAIL")


def test_ours_is_said_once_and_another_count_of_units_is_told():
    timings = {"ours": seconds_of(1.0), "plain": seconds_of(2.0), "bare": seconds_of(0.5, n=9, cpu_s=0.5)}
    first, second = rate_lines("extract", "pages", "of x", timings)
    assert first == Line(
        "extract 10 pages of x", "10.0 pages/s", "1.00", "plain", "5.00 pages/s", "1.00", "2.00", "1.00"
    )
    assert second == Line("", "", "", "bare: 9 pages", "18.0 pages/s", "0.50", "0.56", "0.56")


def test_words_begin_and_numbers_end_at_the_same_place():
    text = format_table([Line("a", "1 s"), Line("longer", "1,000 s", beside="x")]).splitlines()
    assert text[2].startswith("a  ")
    assert text[2].index("1 s") + 3 == text[3].index("1,000 s") + 7
    assert set(text[1]) == {"-"}
    assert len({line.rindex("-") for line in text[2:]}) == 1


def one_round(wall_s, documents_s, cpu_s=None):
    tables = {"documents": documents_s, "captures": 0.0, "page_decisions": 4.0}
    return Round(wall_s, cpu_s, tables, {"documents": Timing(7, 5.0, 4.5)})


def test_lines_of_a_build_hold_bound_cost_shares_and_the_rest():
    whole, cost, documents, decisions, rest = build_lines([one_round(40.0, 10.0, cpu_s=45.0)])
    assert (whole.ours, whole.theirs, whole.ratio) == ("40.0 s", f"{BOUND_S:.1f} s", "pass")
    assert (cost.ours, cost.theirs, cost.ratio) == ("80.0 s", "5.00 s", "16.0")
    assert (whole.our_cpu_s, cost.their_cpu_s, cost.cpu_ratio) == ("45.0", "4.50", "10.0")
    assert (documents.ours, documents.theirs, documents.ratio) == ("10.0 s  25 %", "5.00 s 100 %", "4.00")
    assert (decisions.what, decisions.ours, decisions.theirs) == ("  page_decisions", "4.00 s  10 %", "-")
    assert rest.ours == "26.0 s  65 %"


def test_a_build_over_its_bound_fails_by_its_median():
    assert build_lines([one_round(BOUND_S + 1, 1.0)] * 2 + [one_round(1.0, 1.0)])[0].ratio == "FAIL"


def test_core_seconds_that_cannot_be_told_are_left_out():
    whole, cost, *_ = build_lines([one_round(40.0, 10.0)])
    assert (whole.our_cpu_s, cost.cpu_ratio) == ("-", "-")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans over")
def test_core_seconds_hold_those_of_processes_that_outlive_their_parent():
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {busy!r}])"
    command = [sys.executable, "-m", "bench.whole_process", "2", sys.executable, "-c", parent]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout)
    assert measured["returncode"] == 0
    assert measured["cpu_s"] >= 0.3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of others' processes")
def test_core_seconds_hold_those_of_processes_whose_parent_ignores_them():
    busy = "import time\nwhile time.process_time() < 3: pass"
    parent = (
        "import signal, subprocess, sys, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        f"subprocess.Popen([sys.executable, '-c', {busy!r}]).wait()"
    )
    command = [sys.executable, "-m", "bench.whole_process", "2", sys.executable, "-c", parent]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["cpu_s"] >= 1.5  # the last half second or more is not seen


def test_a_build_that_fails_ends_with_what_it_said(tmp_path):
    with pytest.raises(CorpusError, match=r"ended with 1: corpus: .*missing\.warc"):
        build(str(tmp_path / "missing.warc"), tmp_path / "out")


def test_both_loops_read_the_same_pages_of_a_file(tmp_path):
    warc = tmp_path / "pages.warc.gz"
    picture = warc_record(http_response(b"GIF89a", "image/gif"))
    absent = warc_record(http_response(PAGE, status="404 Not Found"))
    warc.write_bytes(gzipped(page_record(PAGE), picture, absent, *[page_record(PAGE)] * 4))
    assert [our_pages(str(warc), 1), plain_pages(str(warc), 1)] == [5, 5]
    timings = time_extraction(str(warc), 2, 1)
    assert [timings["ours"][0].n, timings[PLAIN][0].n] == [3, 3]


def test_the_plain_loop_ends_where_warcio_gives_up(tmp_path):
    warc = tmp_path / "damaged.warc"
    warc.write_bytes(page_record(PAGE) + b"no record\r\n\r\n" + page_record(PAGE))
    assert [our_pages(str(warc), 1), plain_pages(str(warc), 1)] == [2, 1]


def test_a_file_without_pages_is_refused(tmp_path):
    warc = tmp_path / "empty.warc.gz"
    warc.write_bytes(gzip.compress(b""))
    with pytest.raises(InputError, match="no HTML page"):
        time_extraction(str(warc), 1, 1)


def test_encoders_that_differ_are_not_timed():
    def ahead(items):
        return np.tile(np.array([[1, 0]], np.float32), (len(items), 1))

    assert [own[0].n for own in compared(ahead, ahead, ["a", "b"], 1).values()] == [2, 2]
    with pytest.raises(EncoderError, match=r"is 0\.60000, under 0\.999"):
        compared(ahead, lambda items: ahead(items) @ np.array([[0.6, 0.8], [0, 1]], np.float32), ["a"], 1)


def test_documents_have_the_shapes_asked_for_and_all_are_matched():
    timings = time_assignment([(2, 3), (4, 1)], 5, 1)
    assert {own[0].n for own in timings.values()} == {5}


def test_shapes_are_those_of_the_documents_to_be_matched():
    rows = [{"images": [{"dom_index": 0}] * n, "n_sentences": 7 + n} for n in (1, 3)]
    assert shapes_of([pa.RecordBatch.from_pylist(rows)]) == [(1, 8), (3, 10)]


def test_inputs_of_the_stages_are_what_the_build_had_joined():
    drawn = draw_build(PAGES)
    assert {row["content_hash"] for row in contents(drawn)} == {
        row["content_hash"] for row in drawn.rows["image_features"]
    }
    assert [row["document_id"] for row in owners(drawn)] == [
        row["document_id"] for row in drawn.rows["sentence_embeddings"]
    ]
    made = [
        row
        for _, batch in interleave_documents(iter([pa.RecordBatch.from_pylist(matched(drawn))]), Settings())
        for row in batch.to_pylist()
    ]
    for row, right in zip(made, drawn.table("interleaved").to_pylist(), strict=True):
        assert row["text_list"] == right["text_list"]
        assert row["similarity_matrix"] == right["similarity_matrix"]
        assert [each["bytes"] for each in row["images"]] == [each["bytes"] for each in right["images"]]


def test_samples_are_the_first_pictures_and_sentences():
    drawn = draw_build(PAGES)
    pictures = pictures_of([pa.RecordBatch.from_pylist(contents(drawn))], 2)
    assert [picture.mode for picture in pictures] == ["RGB", "RGB"]
    texts = sentences_of([pa.RecordBatch.from_pylist(owners(drawn))], 7)
    assert texts[:2] == ["Around the lakes", "We set out before sunrise."]
    assert len(texts) == 7


def test_the_processor_is_named_when_the_system_names_it():
    assert cpu_name("processor : 0\nmodel name\t: Some CPU\nmodel name\t: Some CPU") == "Some CPU"
    assert cpu_name("processor : 0\n") is None


def test_a_package_that_is_absent_is_said_to_be():
    assert installed("no-such-package-here") == "no-such-package-here not installed"


@pytest.mark.parametrize("arguments", [["--runs", "0"], ["--runs", "x"], ["--warc", "/no/such/file"]])
def test_options_that_cannot_be_are_refused(arguments):
    with pytest.raises(SystemExit):
        parser().parse_args(arguments)


def test_the_overlap_of_two_texts_counts_words_as_often_as_both_have_them():
    assert overlap("A river, a mill", "a RIVER and two mills") == pytest.approx((2 / 4, 2 / 5, 4 / 9))
    assert overlap("", "word") == overlap("word", "") == (0, 0, 0)


def test_records_are_counted_alike_with_fastwarc_and_without(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.warc_reading.BYTES_PER_ROUND", 0)
    one, two = tmp_path / "one.warc.gz", tmp_path / "two.warc.gz"
    one.write_bytes(gzipped(warc_record(b"", kind="warcinfo"), page_record(PAGE), page_record(PAGE)))
    two.write_bytes(gzipped(warc_record(http_response(b"x" * 9999, "image/png")), page_record(PAGE)))
    timings = time_reading([str(one), str(two)], 1)
    assert {"ours", ALONE} <= set(timings)
    assert [own[0].n for own in timings.values()] == [5] * len(timings)
