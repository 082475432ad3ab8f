import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import fs

from bench.counted_store import CountedStore
from corpus.errors import OutputError
from corpus.overrides import settings_from
from corpus.plan import NAME, Chunk, extend_plan, plan_of, read_plan, write_plan
from corpus.prepare import plan_chunks

FILES = st.lists(st.text("abc", min_size=1, max_size=3), unique=True, max_size=12)


@given(FILES, FILES, st.integers(1, 4))
def test_every_file_stands_in_one_chunk_and_earlier_chunks_stay(first, more, files_per_chunk):
    earlier = extend_plan(plan_of(()), first, files_per_chunk)
    together = list(dict.fromkeys([*first, *more]))
    later = extend_plan(earlier, together, files_per_chunk)
    assert later[: len(earlier)] == list(earlier)
    assert sorted(file for chunk in later for file in chunk.files) == sorted(together)
    assert all(1 <= len(chunk.files) <= files_per_chunk for chunk in later)
    assert len({chunk.name for chunk in later}) == len(later)


def test_a_folder_built_from_other_files_is_refused():
    with pytest.raises(OutputError, match=r"1 other file\(s\), such as old\.warc"):
        extend_plan(plan_of([Chunk("c00000", ("old.warc",), (-1,))]), ["new.warc"], 10)


def test_a_file_that_was_first_given_by_another_path_is_told_with_both():
    with pytest.raises(
        OutputError, match=r"such as in/a\.warc \(not /data/in/a\.warc: a file is known by its path"
    ):
        extend_plan(
            plan_of([Chunk("c00000", ("in/a.warc",), (-1,))]), ["/data/b.warc", "/data/in/a.warc"], 10
        )


def test_a_plan_comes_back_as_it_was_written(tmp_path):
    chunks = extend_plan(plan_of(()), ["a.warc", "b.warc", "c.warc"], 2)
    write_plan(str(tmp_path), chunks)
    assert read_plan(str(tmp_path)) == chunks


def test_a_plan_is_json_and_one_in_another_form_of_it_is_read_too(tmp_path):
    chunks = extend_plan(plan_of(()), ["a.warc", "ü b.warc", "c.warc"], 2)
    write_plan(str(tmp_path), chunks)
    told = json.loads((tmp_path / NAME).read_bytes())
    assert [chunk["name"] for chunk in told["chunks"]] == ["c00000", "c00001"]
    (tmp_path / NAME).write_text(json.dumps(told, indent=1, sort_keys=True))
    assert read_plan(str(tmp_path)) == chunks


def test_a_torn_plan_is_an_error(tmp_path):
    write_plan(str(tmp_path), extend_plan(plan_of(()), ["a.warc", "b.warc", "c.warc"], 1))
    data = (tmp_path / NAME).read_bytes()
    for n_bytes in (0, 20, data.index(b"\n", 20) + 1, len(data) - 2):
        (tmp_path / NAME).write_bytes(data[:n_bytes])
        with pytest.raises(OutputError, match="is not the plan it should be"):
            read_plan(str(tmp_path))


def test_a_chunk_in_another_place_than_its_own_is_an_error():
    with pytest.raises(OutputError, match="c00001 of the plan stands where c00000 should"):
        plan_of([Chunk("c00001", ("a.warc",), (-1,))])


@pytest.mark.parametrize("n_chunks", [0, 1, 999, 1000, 2001])
def test_a_plan_of_any_length_is_the_sequence_of_its_chunks(n_chunks):
    chunks = [Chunk(f"c{n:05d}", (f"{n}", f"{n} more")[: n % 3], (n, -1)[: n % 3]) for n in range(n_chunks)]
    plan = plan_of(chunks)
    assert list(plan) == plan[:] == chunks
    assert plan.names == tuple(chunk.name for chunk in chunks)
    assert all(plan[at] == chunks[at] for at in (0, -1, n_chunks // 2) if chunks)
    assert plan[1:7] == chunks[1:7]


@pytest.fixture
def out(tmp_path, monkeypatch):
    """A folder in an object store, and the store."""
    store = CountedStore(str(tmp_path))
    filesystem = fs.PyFileSystem(store)
    monkeypatch.setattr("corpus.storage.locate", lambda uri: (filesystem, uri.removeprefix("counted://")))
    return "counted://out", store


def test_a_plan_is_written_when_it_is_new_or_has_grown_and_not_otherwise(out):
    folder, store = out
    settings = settings_from({"places": {"out": folder}, "spark": {"files_per_chunk": 2}})
    for files, n_written in ((["a", "b"], 1), (["a", "b"], 1), (["a", "b", "c"], 2), (["c", "b", "a"], 2)):
        chunks = plan_chunks(settings, files)
        assert store.calls["put"] == n_written
        assert read_plan(folder) == chunks
