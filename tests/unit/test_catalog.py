from dataclasses import replace

import pytest
from pyarrow import fs

from bench.counted_store import CountedStore
from corpus.catalog import Catalog, at_once
from corpus.config import Settings
from corpus.manifest import Count, Part, chunk_folder, new_manifest, read_manifest, write_manifest
from corpus.storage import names_in, write_bytes
from corpus.tables import TABLES

OUT = "counted://corpus"
PLACE = (OUT, "images", "abc")
CHUNKS = ["c00000", "c00001", "c00002"]


@pytest.fixture
def store(tmp_path, monkeypatch):
    store = CountedStore(str(tmp_path))
    filesystem = fs.PyFileSystem(store)
    monkeypatch.setattr("corpus.storage.locate", lambda uri: (filesystem, uri.removeprefix("counted://")))
    return store


def part(chunk, number, *counts):
    return Part("images", chunk, f"part-{number:05d}.parquet", 5, 100, f"{number}" * 64, counts)


def manifest(chunk, n_parts=2):
    counts = (Count("", "kept", 3, 30), Count("", "not_found", 2, 0))
    parts = [part(chunk, number, *counts) for number in range(n_parts)]
    return new_manifest(TABLES["images"], ("abc", chunk), Settings(), {"image_urls": "f"}, parts, 1.5)


def written(chunks=CHUNKS):
    for chunk in chunks:
        write_manifest(chunk_folder(*PLACE, chunk), manifest(chunk))


def asked(store):
    return {call: n for call, n in store.calls.items() if n}


def test_a_table_is_listed_once_and_each_manifest_read_once(store):
    written()
    store.calls.clear()
    catalog = Catalog()
    assert list(catalog.entries(PLACE, CHUNKS)) == CHUNKS
    assert asked(store) == {"listing": 1, "open": 3}
    catalog.entries(PLACE, CHUNKS[1:])
    catalog.entries(PLACE)
    assert asked(store) == {"listing": 1, "open": 3}


def test_one_chunk_is_looked_up_without_a_listing(store):
    written()
    store.calls.clear()
    assert Catalog().entries(PLACE, ["c00001"])["c00001"].n_rows == 10
    assert asked(store) == {"open": 1}


def test_a_folder_without_a_manifest_is_not_finished(store):
    written(CHUNKS[:2])
    write_bytes(f"{chunk_folder(*PLACE, 'c00002')}/part-00000.parquet", b"left by a killed task")
    assert list(Catalog().entries(PLACE, CHUNKS)) == CHUNKS[:2]


def test_what_is_committed_is_known_and_lies_there_alone(store):
    catalog = Catalog()
    stray = f"{chunk_folder(*PLACE, 'c00000')}/part-00009-1.parquet"
    write_bytes(stray, b"of a task that came second")
    assert catalog.entries(PLACE, CHUNKS) == {}
    catalog.commit(PLACE, [manifest(chunk) for chunk in CHUNKS])
    assert names_in(chunk_folder(*PLACE, "c00000")) == ["_manifest.json"]
    store.calls.clear()
    assert list(catalog.entries(PLACE, CHUNKS)) == CHUNKS
    assert asked(store) == {}
    assert Catalog().entries(PLACE, CHUNKS) == catalog.entries(PLACE, CHUNKS)


def test_clearing_asks_only_for_what_was_listed(store):
    written(CHUNKS[:1])
    catalog = Catalog()
    store.calls.clear()
    catalog.clear(PLACE, CHUNKS)
    assert asked(store) == {"listing": 1, "found": 1, "remove": 1, "missing": 1, "remove folder": 1}
    assert catalog.entries(PLACE, CHUNKS) == {}
    assert read_manifest(chunk_folder(*PLACE, "c00000")) is None


def test_an_entry_adds_up_the_parts(store):
    written(CHUNKS[:1])
    entry = Catalog().entries(PLACE)["c00000"]
    assert entry.names == ("part-00000.parquet", "part-00001.parquet")
    assert (entry.n_rows, entry.n_bytes, entry.elapsed_s) == (10, 200, 1.5)
    assert entry.counts == (Count("", "kept", 6, 60), Count("", "not_found", 4, 0))
    assert entry.fingerprint == manifest("c00000").fingerprint


def test_a_chunk_that_was_forgotten_from_keeps_its_fingerprint(store):
    before = manifest("c00000")
    changed = replace(before, parts=before.parts[:1], made_as=before.fingerprint)
    write_manifest(chunk_folder(*PLACE, "c00000"), changed)
    assert Catalog().entries(PLACE)["c00000"].fingerprint == before.fingerprint


def test_what_chunks_have_in_common_is_in_memory_once(store):
    written()
    first, second, _ = Catalog().entries(PLACE).values()
    assert first.names is second.names
    assert first.settings is second.settings
    assert first.counted is second.counted
    assert all(first.inputs[name] is second.inputs[name] for name in first.inputs)


def test_work_done_at_once_keeps_its_order_and_raises_its_error():
    assert at_once(lambda n: n * n, list(range(100))) == [n * n for n in range(100)]

    def fail(n):
        raise ValueError(n)

    with pytest.raises(ValueError, match="0"):
        at_once(fail, [0, 1, 2])
