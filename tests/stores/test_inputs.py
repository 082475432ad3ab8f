"""WARC files are read where they lie in a store."""

import pytest

from corpus.errors import InputError
from corpus.storage import join, put_file, write_bytes
from corpus.warc.sources import expand_inputs, open_warc
from tests.jobs.built import SAMPLE


def test_files_are_found_by_globs_and_by_listings_with_names_beside_them(place_for):
    for name in ("crawl/a.warc.gz", "crawl/b.warc.gz", "crawl/b.txt", "other/c.warc.gz"):
        write_bytes(join(place_for, name), b"x")
    write_bytes(join(place_for, "crawl", "warc.paths"), b"b.warc.gz\ncrawl-data/x.warc.gz\n")
    both = [join(place_for, "crawl", name) for name in ("a.warc.gz", "b.warc.gz")]
    assert expand_inputs([join(place_for, "crawl", "*.warc.gz")]) == both
    assert set(expand_inputs([join(place_for, "crawl", "warc.paths")])) == {
        both[1],
        "https://data.commoncrawl.org/crawl-data/x.warc.gz",
    }
    with pytest.raises(InputError, match="nothing matches"):
        expand_inputs([join(place_for, "none", "*.warc.gz")])


def test_a_file_is_read_from_any_offset_and_a_missing_one_is_an_error_at_the_first_read(place_for):
    put_file(str(SAMPLE), join(place_for, "sample.warc.gz"))
    data = SAMPLE.read_bytes()
    for offset in (0, 1_000_001):
        with open_warc(join(place_for, "sample.warc.gz"), offset) as stream:
            assert stream.read() == data[offset:]
    with open_warc(join(place_for, "none.warc.gz")) as stream, pytest.raises(FileNotFoundError):
        stream.read(1)
