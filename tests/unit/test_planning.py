"""A whole crawl's planning and accounting, in small: what grows, what does not, and what the object store is asked."""

from __future__ import annotations

import pytest

from bench.counted_store import CountedStore
from bench.planning import phases
from corpus.config import Settings
from corpus.tables import TABLES

N_TABLES = len(TABLES) - 1  # the funnel has no manifests


def measured(tmp_path, n_files, per_chunk, n_parts=2):
    values = {"spark": {"files_per_chunk": per_chunk}, "places": {"out": "counted://corpus"}}
    settings = Settings.model_validate(values)
    return {phase.name: phase for phase in phases(n_files, settings, n_parts, str(tmp_path / str(n_files)))}


def test_requests_grow_with_chunks_and_not_with_files(tmp_path):
    few, many = measured(tmp_path, 40, 10), measured(tmp_path, 400, 100)
    for name in few:
        assert (few[name].reads, few[name].writes) == (many[name].reads, many[name].writes)


def test_requests_grow_no_faster_than_chunks(tmp_path):
    few, many = measured(tmp_path, 40, 10), measured(tmp_path, 160, 10)
    for name in ("write manifests", "find all done", "count"):
        assert many[name].reads <= 4 * few[name].reads
        assert many[name].writes <= 4 * few[name].writes


def test_finding_all_done_writes_nothing(tmp_path):
    assert measured(tmp_path, 40, 10)["find all done"].writes == 0


def test_a_manifest_is_written_once_per_table_and_chunk(tmp_path):
    written = measured(tmp_path, 40, 10)["write manifests"]
    looked_for = 4  # is it done, is there a manifest to clear, a folder, leftovers: each ends in a listing
    assert written.writes == N_TABLES * 4 * (4 + looked_for)  # an upload is three requests, its move one


def test_a_renamed_folder_would_be_found(tmp_path):
    store = CountedStore(str(tmp_path))
    with pytest.raises(AssertionError, match="renamed"):
        store.move("a", "b")
