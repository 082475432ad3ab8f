import hashlib
from array import array
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from corpus.catalog import Catalog
from corpus.entry import Entry
from corpus.errors import DataError
from corpus.look.cost import run_costs
from corpus.look.figures import PAIR_COLUMNS
from corpus.look.lookup import finder, open_build
from corpus.look.stored import NARROW_ROWS_PER_BATCH, ROWS_PER_BATCH, Stored, rows_per_batch
from corpus.overrides import settings_from
from corpus.plan import Chunk, plan_of
from corpus.prepare import Run
from corpus.run import pages_looked_at, sampled_text
from corpus.shelf import Shelf
from tests.unit.stored_build import write_build, write_part


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
        list(more.entries("interleaved"))
    with pytest.raises(DataError, match="interleaved of chunk c00077 is not written"):
        more.total("interleaved")


def ids(scan, table):
    return {
        each for batch in scan(table, ["document_id"]) for each in batch.column("document_id").to_pylist()
    }


def test_a_table_that_the_version_of_a_build_did_not_have_is_empty(stored):
    digests = {name: digest for name, digest in stored.digests.items() if name != "image_signs"}
    earlier = replace(stored, digests=digests)
    assert list(earlier.entries("image_signs")) == [] == list(earlier("image_signs", ["scores"]))
    assert finder(earlier)("image_signs", ["scores"], pc.scalar(True)) == []
    assert "image_signs" in {cost.name for cost in run_costs(replace(earlier, digests={}), settings_from({}))}


def test_a_share_of_documents_is_the_same_documents_in_every_table(tmp_path):
    every = {hashlib.sha256(str(number).encode()).hexdigest() for number in range(64)}
    for table in ("documents", "interleaved"):
        write_part(str(tmp_path), table, "d", "c00000", [{"document_id": each} for each in sorted(every)])
    quarter = Stored(str(tmp_path), {"documents": "d", "interleaved": "d"}, ("c00000",), share=0.25)
    assert ids(quarter, "documents") == ids(quarter, "interleaved") == {each for each in every if each < "4"}
    assert ids(replace(quarter, share=1.0), "documents") == every


def run_of(n_pages, report_pages):
    """A run whose tables are known by their counts alone."""
    run = Run(settings_from({"spark": {"report_pages": report_pages}}), (), {"documents": "d"}, "demo")
    run = replace(run, chunks=plan_of(Chunk(f"c{n:05d}", (), ()) for n in range(len(n_pages))))
    known = [
        Entry("documents", "d", f"c{at:05d}", {}, {}, "f" * 16, 0, 0, 0, (), n, 0, (), array("q"))
        for at, n in enumerate(n_pages)
    ]
    place = (run.out, "documents", "d")
    run.catalog.keep(place, run.catalog.shelves.setdefault(place, Shelf()), known)
    return run


@pytest.mark.parametrize(
    ("n_pages", "bound", "n_chunks", "share"),
    [([10, 10, 10], 30, 3, 1.0), ([10, 10, 10], 11, 2, 0.55), ([10, 10, 10], 5, 1, 0.5), ([0], 5, 1, 1.0)],
)
def test_the_report_looks_at_no_more_pages_than_it_is_told(n_pages, bound, n_chunks, share):
    looked_at = pages_looked_at(run_of(n_pages, bound))
    assert len(looked_at.chunks) == n_chunks
    assert looked_at.share == pytest.approx(share)
    assert pages_looked_at(run_of(n_pages, bound)).chunks == looked_at.chunks


def test_a_report_of_a_part_says_so_and_one_of_all_does_not():
    assert sampled_text(3, 3, 1.0) == ""
    assert "the documents of 2 of 3 chunks" in sampled_text(2, 3, 1.0)
    assert "50.0 % of the documents of 3 of 3 chunks" in sampled_text(3, 3, 0.5)
