"""A build's status is told by its plan, its manifests and what it says of itself when it begins."""

import json
import os
from pathlib import Path

import pytest

from corpus.cli import main
from corpus.history import begin_build, end_build, leave_build, write_build
from corpus.look import status as reading
from corpus.look.status import Prices, read_status
from corpus.manifest import Count, Manifest, Part, chunk_folder, write_manifest
from corpus.plan import Chunk, write_plan
from corpus.storage import read_json
from corpus.tables import TABLES

DIGESTS = dict.fromkeys(TABLES, "0123456789ab")
CHUNKS = [f"c{number:05d}" for number in range(4)]
BEGUN_S = 1_700_000_000
TOLD = {"version": "0", "settings": {}, "digests": DIGESTS}


def write_chunk(out, table, chunk, ended_s, elapsed_s=10.0, n_rows=100, outcomes=()):
    folder = chunk_folder(str(out), table, DIGESTS[table], chunk)
    counts = tuple(Count("", outcome, n, 0) for outcome, n in outcomes)
    part = Part(table, chunk, "part-00000.parquet", n_rows, 0, "", counts)
    write_manifest(folder, Manifest(table, chunk, DIGESTS[table], "0", {}, {}, elapsed_s, (part,)))
    os.utime(Path(folder) / "_manifest.json", (BEGUN_S + ended_s,) * 2)


@pytest.fixture
def out(tmp_path, monkeypatch):
    """A build that has read two of four chunks, side by side within 15 seconds, seen five seconds later."""
    write_plan(str(tmp_path), [Chunk(chunk, (f"{chunk}.warc.gz",), (-1,)) for chunk in CHUNKS])
    begin_build(str(tmp_path), TOLD, None)
    write_chunk(tmp_path, "documents", CHUNKS[0], 10, outcomes=[("kept", 90), ("no_text", 10)])
    write_chunk(
        tmp_path, "documents", CHUNKS[1], 15, outcomes=[("kept", 95), ("no_text", 3), ("deadline", 2)]
    )
    monkeypatch.setattr(reading.time, "time", lambda: BEGUN_S + 20.0)
    return tmp_path


def table(status, name):
    return next(each for each in status.tables if each.table == name)


def write_all(out):
    for name in TABLES:
        for number, chunk in enumerate(CHUNKS):
            write_chunk(out, name, chunk, 10 * number + 10)


def test_chunks_rates_and_time_left_follow_from_when_chunks_were_written(out):
    pages = table(read_status(str(out)), "documents")
    assert (pages.n_done, pages.n_chunks, pages.n_rows) == (2, 4, 200)
    assert pages.busy_s == pytest.approx(15)
    assert pages.rows_per_s == pytest.approx(200 / 15)
    assert pages.left_s == pytest.approx(15)
    assert table(read_status(str(out)), "images").left_s is None


def test_a_pause_between_chunks_counts_neither_for_the_rate_nor_for_the_cost(out):
    write_chunk(out, "documents", CHUNKS[2], 5_000)
    status = read_status(str(out), prices=Prices("EUR", 3_600.0, {}))
    assert table(status, "documents").busy_s == pytest.approx(25)
    assert status.cost == pytest.approx(25.0)


def test_a_stage_that_runs_elsewhere_has_its_own_price(out):
    write_chunk(out, "image_features", CHUNKS[0], 40, elapsed_s=5)
    status = read_status(str(out), prices=Prices("EUR", 3_600.0, {"image_features": 36_000.0}))
    assert status.cost == pytest.approx(15 + 50)


def test_failures_are_told_by_reason_commonest_first(out):
    assert list(table(read_status(str(out)), "documents").failures.items()) == [
        ("no_text", 13),
        ("deadline", 2),
    ]


def test_slowest_chunks_come_first(out):
    write_chunk(out, "documents", CHUNKS[2], 60, elapsed_s=40)
    assert table(read_status(str(out)), "documents").slowest[0] == (CHUNKS[2], 40.0)


def test_of_many_chunks_the_newest_manifests_are_read_and_all_are_counted(out):
    write_chunk(out, "documents", CHUNKS[2], 60, n_rows=7)
    pages = table(read_status(str(out), newest=1), "documents")
    assert (pages.n_done, pages.n_read, pages.n_rows) == (3, 1, 7)


def test_each_table_is_listed_once_and_manifests_of_others_are_not_asked_for(out, monkeypatch):
    listed, read = [], []
    monkeypatch.setattr(
        reading, "list_table", lambda uri, real=reading.list_table: listed.append(uri) or real(uri)
    )
    monkeypatch.setattr(
        reading, "read_manifest", lambda uri, real=reading.read_manifest: read.append(uri) or real(uri)
    )
    read_status(str(out))
    assert len(listed) == len(set(listed)) == len(TABLES) - 1
    assert len(read) == 2


@pytest.mark.parametrize(
    ("state", "code"), [("under way", 3), ("stalled", 4), ("unfinished", 5), ("finished", 0)]
)
def test_a_scheduler_is_told_by_the_exit_code(out, capsys, monkeypatch, state, code):
    if state == "stalled":
        monkeypatch.setattr(reading.time, "time", lambda: BEGUN_S + 10_000.0)
    if state in ("unfinished", "finished"):
        end_build(str(out))
    if state == "finished":
        write_all(out)
        write_build(str(out), {**TOLD, "chunks": CHUNKS})
    assert main(["status", str(out), "--json"]) == code
    assert json.loads(capsys.readouterr().out)["state"] == state


def test_a_build_made_before_it_told_of_itself_is_finished_all_the_same(out):
    (out / "running.json").unlink()
    write_all(out)
    write_build(str(out), {**TOLD, "chunks": CHUNKS})
    assert read_status(str(out)).state == "finished"


def test_a_build_of_an_older_version_is_told_by_the_tables_that_it_has(out):
    digests = {name: digest for name, digest in DIGESTS.items() if name != "image_signs"}
    write_all(out)
    begin_build(str(out), {**TOLD, "digests": digests}, None)
    write_build(str(out), {**TOLD, "digests": digests, "chunks": CHUNKS})
    end_build(str(out))
    status = read_status(str(out))
    assert "image_signs" not in [table.table for table in status.tables]
    assert status.state == "finished"


def test_prices_are_read_from_a_file_and_a_wrong_one_says_what_it_should_have(out, tmp_path, capsys):
    prices = tmp_path / "prices.toml"
    prices.write_text('currency = "EUR"\nper_hour = 240\n')
    assert main(["status", str(out), "--prices", str(prices)]) == 3
    told = capsys.readouterr().out
    assert "cost so far: 1.00 EUR" in told
    assert "2/4 chunks" in told
    assert "no_text 13, deadline 2" in told
    prices.write_text('currency = "EUR"\nper_hour = 240\n[stage_per_hour]\nimages_typo = 3\n')
    assert main(["status", str(out), "--prices", str(prices)]) == 1
    assert "unknown: images_typo" in capsys.readouterr().err


def test_a_folder_without_a_build_is_an_error(tmp_path, capsys):
    assert main(["status", str(tmp_path)]) == 1
    assert "no build was begun there" in capsys.readouterr().err


def test_a_build_that_failed_is_not_under_way(out, capsys):
    assert main(["status", str(out)]) == 3
    leave_build(str(out), read_json(f"{out}/running.json"))
    assert main(["status", str(out)]) == 5
    assert f"{out}: unfinished, begun" in capsys.readouterr().out
