import pyarrow as pa
import pytest

from corpus.catalog import Catalog
from corpus.errors import DataError
from corpus.look.figures import PAIR_COLUMNS
from corpus.look.lookup import open_build
from corpus.look.stored import NARROW_ROWS_PER_BATCH, ROWS_PER_BATCH, Stored, rows_per_batch
from tests.unit.stored_build import write_build


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    return open_build(write_build(tmp_path_factory.mktemp("stored") / "out"))[0]


def test_a_path_reads_nothing_else_of_its_column(stored):
    whole = pa.Table.from_batches(stored("interleaved", ["image_info"])).column("image_info").to_pylist()
    leaves = pa.Table.from_batches(stored("interleaved", PAIR_COLUMNS)).column("image_info").to_pylist()
    names = ("matched_text_index", "matched_sim")
    assert [[{name: each[name] for name in names} for each in row] for row in whole] == leaves


def test_rows_that_may_be_heavy_come_a_few_at_a_time():
    assert rows_per_batch("interleaved", ["url", "images"]) == ROWS_PER_BATCH
    assert rows_per_batch("images", ["bytes"]) == ROWS_PER_BATCH
    assert rows_per_batch("interleaved", ["url", *PAIR_COLUMNS]) == NARROW_ROWS_PER_BATCH


def test_with_a_catalog_manifests_are_read_once(stored, monkeypatch):
    known = Stored(stored.out, stored.digests, stored.chunks, Catalog())
    uris = known.part_uris("interleaved")

    def read_again(folder):
        raise AssertionError(folder)

    monkeypatch.setattr("corpus.catalog.read_manifest", read_again)
    assert known.part_uris("interleaved") == uris
    assert len(uris) == len(stored.chunks)


def test_a_chunk_that_is_not_written_is_named(stored):
    more = Stored(stored.out, stored.digests, (*stored.chunks, "c00077"))
    with pytest.raises(DataError, match="interleaved of chunk c00077 is not written"):
        more.entries("interleaved")
