"""A whole crawl's planning and accounting, in small: what grows, what does not, and what the object store is asked."""

from __future__ import annotations

import pytest

from bench.counted_store import CountedStore
from bench.object_table import ObjectTable
from bench.planning import Crawl, phases
from corpus.config import Settings
from corpus.tables import TABLES

N_TABLES = len(TABLES) - 1  # the funnel has no manifests


def measured(tmp_path, n_files, per_chunk, n_parts=2, in_table=False, at_once=False):
    values = {"spark": {"files_per_chunk": per_chunk}, "places": {"out": "counted://corpus"}}
    settings = Settings.model_validate(values)
    folder = str(tmp_path / f"{n_files} {in_table} {at_once}")
    store = CountedStore(folder, ObjectTable(f"{folder}.sqlite") if in_table else None)
    return {phase.name: phase for phase in phases(Crawl(n_files, n_parts, settings, store, at_once))}


def test_requests_grow_with_chunks_and_not_with_files(tmp_path):
    few, many = measured(tmp_path, 40, 10), measured(tmp_path, 400, 100)
    for name in few:
        assert (few[name].reads, few[name].writes) == (many[name].reads, many[name].writes)


def test_requests_grow_no_faster_than_chunks(tmp_path):
    few, many = measured(tmp_path, 40, 10), measured(tmp_path, 160, 10)
    for name in ("write manifests", "find all done", "count"):
        assert many[name].reads <= 4 * few[name].reads
        assert many[name].writes <= 4 * few[name].writes


def test_finding_all_done_lists_each_table_once_and_reads_each_manifest_once(tmp_path):
    found = measured(tmp_path, 40, 10)["find all done"]
    assert found.writes == N_TABLES  # a listing costs as much as a write
    assert found.reads == N_TABLES * 4 * 2  # HEAD and GET


def test_sealed_chunks_are_found_done_by_one_file_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr("corpus.catalog.BLOCK", 4)
    found = measured(tmp_path, 40, 10)["find all done"]
    assert found.reads == N_TABLES * 2  # HEAD and GET of the segment
    assert found.writes == N_TABLES  # a listing of chunks, segments and stamps of manifests


@pytest.mark.parametrize("block", [4, 1000])
def test_a_generated_build_and_one_in_a_table_of_objects_are_what_a_build_leaves(
    tmp_path, monkeypatch, block
):
    monkeypatch.setattr("corpus.catalog.BLOCK", block)
    on_disk = measured(tmp_path, 40, 10)
    for build in (measured(tmp_path, 40, 10, in_table=True), measured(tmp_path, 40, 10, 2, True, True)):
        for name in ("find all done", "count", "status"):
            asked, expected = build[name], on_disk[name]
            assert (asked.reads, asked.writes) == (expected.reads, expected.writes)


def test_what_was_found_done_is_counted_without_another_request(tmp_path):
    counted = measured(tmp_path, 40, 10)["count"]
    assert (counted.reads, counted.writes) == (0, 0)


def test_a_manifest_is_written_once_per_table_and_chunk(tmp_path):
    written = measured(tmp_path, 40, 10)["write manifests"]
    per_chunk = 5  # a listing for leftovers; an upload is three requests, its move one
    assert written.writes == N_TABLES * (4 * per_chunk + 1) + 4  # and running.json
    assert written.reads == 0


def test_a_renamed_folder_would_be_found(tmp_path):
    store = CountedStore(str(tmp_path))
    with pytest.raises(AssertionError, match="renamed"):
        store.move("a", "b")
