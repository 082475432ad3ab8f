import gc
import signal
import subprocess
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from corpus.errors import DataError
from corpus.look.lookup import open_build
from corpus.manifest import chunk_folder, read_manifest, write_manifest
from corpus.overrides import settings_from
from corpus.storage import read_json, write_json
from corpus.view import build_index
from corpus.view.build_index import BUILD_SORTS, COLUMNS, chunks_read
from corpus.view.index import Question, count, fill, open_index, pages
from corpus.view.narrow_copies import Narrow, on_disk
from corpus.view.reading import Site, read_all
from corpus.view.site import look_at, respond
from tests.unit.drawn_build import draw_build
from tests.unit.drawn_pages import COPY, PAGES
from tests.unit.written_build import CHUNK, DIGEST, PART, write_build

SETTINGS = settings_from({"align": {"min_similarity": 0.15}})
SECOND = "c00001"
FIRST_IDS = [f"{number:032x}" for number in range(4)]


@pytest.fixture
def out(tmp_path):
    """A build of two chunks, the first of four pages."""
    write_build(tmp_path / "build", draw_build(PAGES), SETTINGS)
    out = str(tmp_path / "build")
    for table in COLUMNS:
        first, second = (Path(chunk_folder(out, table, DIGEST, chunk)) for chunk in (CHUNK, SECOND))
        rows = pq.read_table(first / PART)
        is_first = pc.is_in(rows["document_id"], pa.array(FIRST_IDS))
        second.mkdir()
        pq.write_table(rows.filter(is_first), first / PART)
        pq.write_table(rows.filter(pc.invert(is_first)), second / PART)
        write_manifest(str(second), replace(read_manifest(str(first)), chunk=SECOND))
    write_json(f"{out}/build.json", {**read_json(f"{out}/build.json"), "chunks": [CHUNK, SECOND]})
    return out


def opened(out):
    stored, _ = open_build(out)
    return open_index(chunks_read(stored), len(stored.chunks), BUILD_SORTS)


def titles(index, **question):
    return [row["title"] for row in pages(index, Question(**question), 0, 50)]


def html_of(site, target):
    return respond(site, target).body.decode()


def test_the_pages_that_a_build_begins_with_are_there_before_any_chunk_is_read(out, monkeypatch):
    monkeypatch.setattr(build_index, "FIRST_PAGES", 3)
    index = opened(out)
    assert titles(index) == [page.title for page in PAGES[:3]]
    assert [row["outcome"] for row in pages(index, Question(), 0, 3)] == ["kept"] * 3
    assert [row["sorted_by"] for row in pages(index, Question(sort="page_text_copies"), 0, 3)] == [None] * 3
    fill(index)
    assert titles(index) == [page.title for page in PAGES]
    assert pages(index, Question(sort="page_text_copies"), 0, 1)[0]["sorted_by"] is not None


def test_each_chunk_can_be_asked_when_it_is_read(out):
    index = opened(out)
    index.n_read = next(index.rest)
    assert (index.n_read, count(index, Question())) == (1, 4)
    assert titles(index, outcome="page_text_copies") == []
    fill(index)
    assert titles(index, outcome="page_text_copies") == [COPY.title]


def test_a_chunk_without_pages_is_passed_by(out):
    for table in COLUMNS:
        path = Path(chunk_folder(out, table, DIGEST, CHUNK)) / PART
        pq.write_table(pq.read_schema(path).empty_table(), path)
    index = opened(out)
    assert titles(index) == [page.title for page in PAGES[4:]]
    fill(index)
    assert titles(index) == [page.title for page in PAGES[4:]]


def test_a_build_in_an_object_store_has_the_same_index(out, monkeypatch):
    store = fs.SubTreeFileSystem(out, fs.LocalFileSystem())
    for module in ("corpus.storage", "corpus.look.stored", "corpus.view.narrow_copies"):
        monkeypatch.setattr(f"{module}.locate", lambda uri: (store, uri.removeprefix("store://corpus/")))
    remote = opened("store://corpus")
    assert titles(remote) == [page.title for page in PAGES[:4]]
    fill(remote)
    monkeypatch.undo()
    local = opened(out)
    fill(local)
    rows = [index.cursor().execute("FROM pages ORDER BY position").fetchall() for index in (remote, local)]
    assert rows[0] == rows[1]
    assert len(rows[0]) == len(PAGES)


def test_a_copy_holds_the_first_rows_that_were_asked_for_and_no_more(tmp_path, monkeypatch):
    store = fs.SubTreeFileSystem(str(tmp_path), fs.LocalFileSystem())
    pq.write_table(
        pa.table({"n": range(50), "wide": range(50)}), tmp_path / "rows.parquet", row_group_size=20
    )
    monkeypatch.setattr("corpus.view.narrow_copies.ROWS_PER_BATCH", 8)
    for module in ("corpus.storage", "corpus.view.narrow_copies"):
        monkeypatch.setattr(f"{module}.locate", lambda uri: (store, uri.removeprefix("store://")))
    for n_rows in (0, 1, 8, 13, 20, 33, 50, None):
        (copy,) = on_disk([Narrow("store://rows.parquet", ["n"], n_rows)], str(tmp_path))
        assert pq.read_table(copy).to_pydict() == {"n": list(range(50)[:n_rows])}


def test_a_file_that_cannot_be_read_is_told_on_the_pages_and_the_others_stay(out):
    broken = Path(chunk_folder(out, "page_decisions", DIGEST, SECOND)) / PART
    broken.write_bytes(b"PAR1 and then nothing")
    site = Site(look_at(out))
    read_all(site)
    html = html_of(site, "/")
    assert "4 of 4 pages read so far" in html
    assert f"chunk {SECOND}" in html
    assert str(broken) in html
    assert 'id="reading"' not in html
    assert respond(site, f"/page/{4:032x}").status == 404


def test_the_first_file_of_a_build_that_cannot_be_read_ends_the_command(out):
    (Path(chunk_folder(out, "documents", DIGEST, CHUNK)) / PART).write_bytes(b"PAR1 and then nothing")
    with pytest.raises(DataError, match=f"chunk {CHUNK}"):
        look_at(out)


def test_a_page_is_not_called_missing_while_it_may_still_come(out, monkeypatch):
    monkeypatch.setattr(build_index, "FIRST_PAGES", 3)
    site = Site(look_at(out))
    fourth, no_page = f"/page/{3:032x}", "/page/x"
    for target in (fourth, no_page):
        assert respond(site, target).status == 202
    read_all(site)
    assert respond(site, fourth).status == 200
    assert respond(site, no_page).status == 404


def test_reading_that_is_stopped_ends_before_the_next_chunk(out):
    index = opened(out)
    index.stop()
    fill(index)
    assert (index.n_read, index.is_whole) == (0, False)


def test_the_index_is_in_a_folder_that_goes_with_it(out):
    index = opened(out)
    database = Path(
        index.cursor().execute("SELECT path FROM duckdb_databases() WHERE path <> ''").fetchone()[0]
    )
    assert database.exists()
    del index
    gc.collect()
    assert not database.parent.exists()


def test_a_viewer_that_is_ended_leaves_no_copy_of_titles_and_addresses(out, tmp_path):
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-m", "corpus.cli", "view", out, "--port", "0"]
    environment = {"TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": ":".join(sys.path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        address = process.stdout.readline().split()[0].decode()
        assert PAGES[0].title in urllib.request.urlopen(address).read().decode()
        assert list((tmp_path / "tmp").glob("corpus-view-*")) != []
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 130
    assert list((tmp_path / "tmp").glob("corpus-view-*")) == []
