"""Adding WARC files to a build: what is done stays done, and the rows are those of a build made at once."""

from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.config import Settings
from corpus.recipes.documents import read_file
from tests.jobs.built import SAMPLE, corpus_build, manifests, product_files

ONE_FILE_PER_CHUNK = ("--set", "spark.files_per_chunk=1")


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """The first pages of the sample in two WARC files, cut where a record begins."""
    folder = tmp_path_factory.mktemp("halves")
    whole = SAMPLE.read_bytes()
    found = read_file(str(SAMPLE), Settings())
    pages = [row["warc_record_offset"] for name, row in found if name == "documents"]
    for number, (start, end) in enumerate(pairwise([0, pages[8], pages[16]])):
        (folder / f"{number}.warc.gz").write_bytes(whole[start:end])
    return folder


def rows(out):
    read = pa.concat_tables(pq.read_table(file) for file in product_files(out)).to_pylist()
    return sorted(read, key=lambda row: row["document_id"])


def test_files_added_later_come_to_the_rows_of_a_build_made_at_once(halves, tmp_path):
    first, both = halves / "0.warc.gz", [halves / "0.warc.gz", halves / "1.warc.gz"]
    assert corpus_build(first, "--out", tmp_path / "grown", *ONE_FILE_PER_CHUNK).returncode == 0
    early = manifests(tmp_path / "grown")
    grown = corpus_build(*both, "--out", tmp_path / "grown", *ONE_FILE_PER_CHUNK)
    assert grown.returncode == 0, grown.stderr
    whole = corpus_build(*both, "--out", tmp_path / "whole", *ONE_FILE_PER_CHUNK)
    assert whole.returncode == 0, whole.stderr
    assert rows(tmp_path / "grown") == rows(tmp_path / "whole")

    (kept,) = [folder for folder in early if "/documents/" in folder]
    assert manifests(tmp_path / "grown")[kept] == early[kept]


def test_a_build_of_other_files_is_not_mixed_in(halves, tmp_path):
    assert (
        corpus_build(halves / "1.warc.gz", "--out", tmp_path / "out", "--stage", "documents").returncode == 0
    )
    done = corpus_build(halves / "0.warc.gz", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "was built from 1 other file(s)" in done.stderr


def test_a_stage_before_its_inputs_says_what_is_missing(halves, tmp_path):
    done = corpus_build(halves / "0.warc.gz", "--out", tmp_path / "out", "--stage", "alignments")
    assert done.returncode == 1
    assert "is not written" in done.stderr.splitlines()[-1]
