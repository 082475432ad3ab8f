"""Image URLs that the WARC files do not answer are answered by the captures that a table names."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.errors import InputError
from corpus.manifest import table_digests
from corpus.overrides import settings_from
from corpus.plan import Chunk, plan_of
from corpus.recipes.image_urls import best_captures
from corpus.recipes.looked_up import with_looked_up
from corpus.spark.build import Build
from corpus.urls import image_url_id

CRAWL = "crawl-data/CC-MAIN-2026-30/segments/1/warc/a.warc.gz"
LOOKED_UP = [  # url, file, offset, length, status
    ("https://a.example/own.jpg", CRAWL, 1, 10, 200),
    ("https://a.example/own-failed.jpg", CRAWL, 2, 10, 200),
    ("https://a.example:443/twice.jpg", CRAWL.replace("2026-30", "2026-40"), 3, 10, 200),
    ("https://a.example/twice.jpg", CRAWL, 9, 10, 200),
    ("https://a.example/moved.jpg", CRAWL, 4, 10, 301),
    ("https://a.example/beside.jpg", "beside.warc.gz", 5, 10, 200),
    ("https://a.example/nowhere.jpg", "nowhere.warc.gz", 6, 10, 200),
    ("https://a.example/no-place.jpg", CRAWL, None, 10, 200),
    ("https://a.example/nothing.jpg", CRAWL, 7, 0, 200),
]
COLUMNS = ("url", "warc_filename", "warc_record_offset", "warc_record_length", "fetch_status")
OWN = [("https://a.example/own.jpg", 200), ("https://a.example/own-failed.jpg", 404)]
ADDRESS = "https://data.commoncrawl.org/" + CRAWL


def build_with(table):
    settings = settings_from({"fetch": {"captures": table}})
    return Build("out", settings, plan_of([Chunk("c00000", ("a",), (1,))]), table_digests(settings, {}))


def answers(spark, table):
    own = [(image_url_id(url), url, "own.warc.gz", 100, status) for url, status in OWN]
    schema = "image_url_id string, url string, warc_filename string, warc_record_offset long, http_status int"
    captures = with_looked_up(build_with(table), spark.createDataFrame(own, schema))
    best = best_captures(captures, "is_looked_up", "warc_filename", "warc_record_offset").collect()
    assert all(row.image_url_id == image_url_id(row.url) for row in best)
    return {
        row.url.rpartition("/")[2]: (row.warc_filename, row.warc_record_offset, row.warc_record_length)
        for row in best
    }


def write(path, columns=COLUMNS):
    rows = [dict(zip(columns, row, strict=False)) for row in LOOKED_UP]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return str(path)


def test_the_table_answers_what_the_files_do_not(spark, tmp_path):
    (tmp_path / "beside.warc.gz").write_bytes(b"")
    assert answers(spark, write(tmp_path / "captures.parquet")) == {
        "own.jpg": ("own.warc.gz", 100, None),
        "own-failed.jpg": (ADDRESS, 2, 10),
        "twice.jpg": (ADDRESS, 9, 10),
        "beside.jpg": (str(tmp_path / "beside.warc.gz"), 5, 10),
        "nowhere.jpg": ("nowhere.warc.gz", 6, 10),
    }


def test_without_a_status_every_row_of_the_table_answers(spark, tmp_path):
    found = answers(spark, write(tmp_path / "captures.parquet", COLUMNS[:4]))
    assert found["moved.jpg"] == (ADDRESS, 4, 10)


def test_without_a_table_the_files_answer_alone(spark):
    assert answers(spark, None) == {
        "own.jpg": ("own.warc.gz", 100, None),
        "own-failed.jpg": ("own.warc.gz", 100, None),
    }


def test_a_table_without_urls_is_one_clear_error(spark, tmp_path):
    path = write(tmp_path / "captures.parquet", ("address", *COLUMNS[1:]))
    with pytest.raises(InputError, match="has no column url"):
        answers(spark, path)
