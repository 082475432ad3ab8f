"""A segment spares the reading of manifests and never says anything else than they do."""

import gzip
import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import fs

from bench.counted_store import CountedStore
from corpus.catalog import Catalog
from corpus.config import Settings
from corpus.entry import Common, entry_of
from corpus.errors import OutputError
from corpus.manifest import (
    NAME,
    Count,
    Part,
    chunk_folder,
    new_manifest,
    read_manifest,
    table_folder,
    write_manifest,
)
from corpus.segments import segment_in, segment_uri
from corpus.storage import write_bytes
from corpus.tables import TABLES

CHUNKS = [f"c{number:05d}" for number in range(4)]
SEGMENT = CHUNKS[0]


def manifest(chunk, version=0, n_parts=2):
    counts = (Count("", "kept", 3 + version, 30), Count("", "not_found", 2, 0))
    parts = [
        Part("images", chunk, f"part-{number:05d}.parquet", 5, 100, f"{version}{number}" * 32, counts)
        for number in range(n_parts)
    ]
    return new_manifest(
        TABLES["images"], ("abc", chunk), Settings(), {"image_urls": f"{version}"}, parts, 1.5
    )


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A table of which four chunks make a segment."""
    monkeypatch.setattr("corpus.catalog.BLOCK", len(CHUNKS))
    return str(tmp_path), "images", "abc"


@pytest.fixture
def sealed(place):
    """The same, all finished and sealed."""
    catalog = Catalog()
    catalog.commit(place, [manifest(chunk) for chunk in CHUNKS])
    catalog.seal(place, CHUNKS)
    return place


def path(place, chunk):
    return Path(chunk_folder(*place, chunk), NAME)


def read_by(monkeypatch):
    """The folders whose manifests are read from now on."""
    read = []
    monkeypatch.setattr(
        "corpus.catalog.read_manifest", lambda folder, real=read_manifest: read.append(folder) or real(folder)
    )
    return read


def as_manifests_say(place, chunks=CHUNKS):
    found = [read_manifest(chunk_folder(*place, chunk)) for chunk in chunks]
    return {each.chunk: entry_of(each, Common()) for each in found if each is not None}


def test_sealed_chunks_are_known_without_reading_a_manifest(sealed, monkeypatch):
    expected, read = as_manifests_say(sealed), read_by(monkeypatch)
    assert Catalog().entries(sealed, CHUNKS) == expected
    assert list(Catalog().each(sealed)) == list(expected.values())
    assert read == []


def test_a_segment_is_one_file_to_an_object_store(place, monkeypatch, tmp_path):
    store = CountedStore(str(tmp_path))
    filesystem = fs.PyFileSystem(store)
    monkeypatch.setattr("corpus.storage.locate", lambda uri: (filesystem, uri.removeprefix("counted://")))
    place = ("counted://corpus", "images", "abc")
    catalog = Catalog()
    catalog.commit(place, [manifest(chunk) for chunk in CHUNKS])
    catalog.seal(place, CHUNKS)
    store.calls.clear()
    assert len(Catalog().entries(place, CHUNKS)) == len(CHUNKS)
    assert {call: n for call, n in store.calls.items() if n} == {"listing": 1, "open": 2}


def test_a_chunk_whose_manifest_is_gone_is_not_finished_though_it_is_sealed(sealed):
    path(sealed, CHUNKS[1]).unlink()
    assert list(Catalog().entries(sealed, CHUNKS)) == [CHUNKS[0], *CHUNKS[2:]]
    assert Catalog().fingerprints(sealed, CHUNKS)[1] is None


def test_a_torn_manifest_is_the_error_that_it_is_without_a_segment(sealed):
    torn = path(sealed, CHUNKS[1])
    torn.write_bytes(torn.read_bytes()[:50])
    with pytest.raises(OutputError, match=r"chunk=c00001/_manifest\.json is not the JSON"):
        Catalog().entries(sealed, CHUNKS)


def test_a_manifest_written_since_wins_over_the_segment(sealed):
    changed = path(sealed, CHUNKS[2])
    n_bytes = changed.stat().st_size
    write_manifest(str(changed.parent), manifest(CHUNKS[2], version=1))
    assert changed.stat().st_size == n_bytes
    os.utime(changed, (1_700_000_000,) * 2)
    assert Catalog().entries(sealed, CHUNKS) == as_manifests_say(sealed)
    assert Catalog().is_made_from(sealed, {chunk: {"image_urls": "0"} for chunk in CHUNKS}) == [
        True, True, False, True,
    ]  # fmt: skip


def test_a_chunk_committed_anew_is_not_taken_from_its_segment(sealed, monkeypatch):
    monkeypatch.setattr("corpus.catalog.KEPT_ENTRIES", 0)
    catalog = Catalog()
    catalog.look_up(sealed, CHUNKS)
    catalog.commit(sealed, [manifest(CHUNKS[1], version=1)])
    assert catalog.entries(sealed, CHUNKS) == as_manifests_say(sealed)


@pytest.mark.parametrize("data", [b"", b"torn", gzip.compress(b"{"), gzip.compress(b'{"form": 0}')])
def test_a_segment_that_cannot_be_read_is_as_if_it_was_not_there(sealed, data):
    write_bytes(segment_uri(table_folder(*sealed), SEGMENT), data)
    assert Catalog().entries(sealed, CHUNKS) == as_manifests_say(sealed)


def test_a_segment_with_a_bit_flipped_is_not_believed(sealed):
    file = Path(segment_uri(table_folder(*sealed), SEGMENT))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    assert len(segment_in(bytes(data))) == 0


def test_what_chunks_have_in_common_is_written_once(sealed):
    segment = segment_in(Path(segment_uri(table_folder(*sealed), SEGMENT)).read_bytes())
    assert segment["chunk"].to_pylist() == CHUNKS
    for name in ("settings", "names", "counted"):
        assert len(segment[name].combine_chunks().dictionary) == 1


def test_a_block_is_sealed_once_when_all_of_it_is_finished(place, monkeypatch):
    written = []
    monkeypatch.setattr("corpus.catalog.write_segment", lambda folder, name, sealed: written.append(name))
    catalog = Catalog()
    catalog.commit(place, [manifest(chunk) for chunk in CHUNKS[:3]])
    catalog.seal(place, CHUNKS)
    catalog.seal(place, CHUNKS[:3])
    assert written == []
    catalog.commit(place, [manifest(CHUNKS[3])])
    catalog.seal(place, CHUNKS)
    catalog.seal(place, CHUNKS)
    assert written == [SEGMENT]


def test_entries_that_are_not_in_memory_any_more_are_read_again(place, monkeypatch):
    monkeypatch.setattr("corpus.catalog.KEPT_ENTRIES", 2)
    catalog = Catalog()
    catalog.commit(place, [manifest(chunk) for chunk in CHUNKS])
    assert len(catalog.latest) == 2
    assert catalog.entries(place, CHUNKS) == as_manifests_say(place)
    total = catalog.total(place, CHUNKS)
    assert (total.n_chunks, total.n_parts, total.n_rows, total.n_bytes) == (4, 8, 40, 800)
    assert total.counts == (Count("", "kept", 24, 240), Count("", "not_found", 16, 0))


def test_a_total_follows_what_is_committed_and_cleared(place):
    catalog = Catalog()
    catalog.commit(place, [manifest(chunk) for chunk in CHUNKS])
    assert catalog.total(place, CHUNKS).n_chunks == 4
    assert catalog.total(place, CHUNKS[:2]).n_chunks == 2
    catalog.clear(place, CHUNKS[:1])
    assert catalog.total(place, CHUNKS).n_chunks == 3
    catalog.commit(place, [manifest(CHUNKS[0], n_parts=5)])
    assert catalog.total(place, CHUNKS).n_parts == 11


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), st.integers(0, 3), st.integers(0, 9)),
        st.tuples(st.sampled_from(["clear", "lose"]), st.integers(0, 3), st.just(0)),
        st.tuples(st.sampled_from(["seal", "begin again"]), st.just(0), st.just(0)),
    ),
    max_size=12,
)


@given(STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_happens_the_catalog_says_what_the_manifests_say(monkeypatch, steps):
    monkeypatch.setattr("corpus.catalog.BLOCK", len(CHUNKS))
    monkeypatch.setattr("corpus.catalog.KEPT_ENTRIES", 1)
    clock = iter(range(1_700_000_000, 1_800_000_000))

    def write_later(folder, written):
        write_manifest(folder, written)
        os.utime(Path(folder, NAME), (next(clock),) * 2)

    monkeypatch.setattr("corpus.catalog.write_manifest", write_later)
    with TemporaryDirectory() as folder:
        place, catalog = (folder, "images", "abc"), Catalog()
        catalog.commit(place, [manifest(chunk) for chunk in CHUNKS])
        for step, number, version in steps:
            if step == "commit":
                catalog.commit(place, [manifest(CHUNKS[number], version)])
            elif step == "clear":
                catalog.clear(place, [CHUNKS[number]])
            elif step == "seal":
                catalog.seal(place, CHUNKS)
            else:
                if step == "lose":
                    path(place, CHUNKS[number]).unlink(missing_ok=True)
                catalog = Catalog()
            assert catalog.entries(place, CHUNKS) == as_manifests_say(place)


def test_a_manifest_forgotten_from_has_another_stamp(sealed):
    before = manifest(CHUNKS[0])
    changed = replace(before, parts=before.parts[:1], made_as=before.fingerprint)
    write_manifest(chunk_folder(*sealed, CHUNKS[0]), changed)
    assert Catalog().entries(sealed, CHUNKS)[CHUNKS[0]].n_rows == 5
