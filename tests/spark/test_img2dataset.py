"""img2dataset as a source and as an engine: one row of `images` per URL, whatever becomes of shards and servers."""

import hashlib
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from corpus.columns import KEPT, filed_schema
from corpus.errors import CorpusError
from corpus.manifest import table_digests
from corpus.overrides import settings_from
from corpus.plan import Chunk, plan_of
from corpus.recipes import img2dataset
from corpus.recipes.image_urls import best_captures
from corpus.recipes.images import fetch_images
from corpus.recipes.img2dataset import captures_in_shards, downloaded
from corpus.recipes.rows_before import with_images
from corpus.spark.build import Build
from corpus.spark.job import Recipe, run_recipe
from corpus.tables.images import IMAGE_URLS
from corpus.urls import image_url_id
from tests.unit.img2dataset_folder import as_fetched, failure, success, write_shard
from tests.unit.misbehaving_server import JPEG, loopback, picture, serving

CHUNK = "c00000"


def build_in(out, **fetch):
    settings = settings_from({"spark": {"master": "local[2]"}, "fetch": fetch})
    return Build(str(out), settings, plan_of([Chunk(CHUNK, ("a",), (1,))]), table_digests(settings, {}))


def image_urls_of(urls):
    """A recipe that files these URLs, with their capture where there is one."""

    def rows(build, chunk):
        return build.spark.createDataFrame([(url,) for url in urls], "url string").repartition(2)

    def file(batches, settings):
        for batch in batches:
            found = [
                {"image_url_id": image_url_id(url), "url": url, "chunk": CHUNK}
                for url in batch.column("url").to_pylist()
            ]
            yield "image_urls", pa.RecordBatch.from_pylist(found, schema=filed_schema(IMAGE_URLS))

    return Recipe(("image_urls",), rows, file)


def images_of(build, urls, port):
    """Rows of `images` by URL, each URL once."""

    def rows(build, chunk):
        image_urls = with_images(build, build.read("image_urls", [chunk]))
        return downloaded(build, chunk, image_urls, loopback(port, 80))

    run_recipe(build, image_urls_of(urls))
    run_recipe(build, Recipe(("images",), rows, fetch_images))
    found = build.read("images").collect()
    assert sorted(row.url for row in found) == sorted(urls)
    return {row.url: row for row in found}


ENGINE = {
    "images": "web",
    "engine": "img2dataset",
    "allow_unchecked": True,
    "contact": "a@example.org",
    "round": 0,
    "deadline_s": 1.0,
    "connections": 16,
}
MISBEHAVING = {
    "/good.png": "kept",
    "/to-good.jpg": "kept",
    "/missing.jpg": "http_error",
    "/failing.jpg": "http_error",
    "/page.jpg": "not_an_image",
    "/half.jpg": "truncated",
    "/lying-length.jpg": "truncated",
    "/empty.jpg": "empty",
    "/noai.jpg": "opted_out",
    "/silent.jpg": "connect_failed",
    "/hanging.jpg": "timeout",
    "/loop.jpg": "too_many_redirects",
    "/listed.jpg": "opted_out",
}
REFUSED = {
    "file:///etc/passwd": "unsupported_scheme",
    "http://10.0.0.1/a.jpg": "address_refused",
    "http://169.254.169.254/latest/meta-data/": "address_refused",
    "http://127.0.0.1:22/a.jpg": "port_refused",
    "http://no-such-name.invalid/a.jpg": "dns_failed",
    "data:image/png;hash=/0": "data_uri",
}


@pytest.fixture(scope="module")
def server(spark):
    pytest.importorskip("img2dataset", exc_type=ImportError)
    with serving() as running:
        yield running


def good(server, n):
    return [f"http://127.0.0.1:{server.port}/good.jpg?{number}" for number in range(n)]


def test_every_url_that_img2dataset_is_given_ends_in_one_row(server, tmp_path):
    base = f"http://127.0.0.1:{server.port}"
    list_ = tmp_path / "opt-outs.txt"
    list_.write_text(f"{base}/listed.jpg")
    expected = dict.fromkeys(good(server, 40), KEPT) | REFUSED
    expected |= {base + path: outcome for path, outcome in MISBEHAVING.items()}
    build = build_in(tmp_path / "out", **ENGINE, opt_outs=str(list_))
    rows = images_of(build, expected, server.port)
    assert {url: row.outcome for url, row in rows.items()} == expected
    assert {row.source for row in rows.values()} == {"img2dataset"}

    kept = rows[good(server, 1)[0]]
    assert (bytes(kept.bytes), kept.content_bytes, kept.content_hash) == (
        JPEG, len(JPEG), hashlib.sha256(JPEG).hexdigest(),
    )  # fmt: skip
    assert (kept.width_px, kept.attempts, kept.fetch_time is None) == (64, 1, False)
    assert rows[base + "/missing.jpg"].http_status == 404

    asked = Counter(
        path for path, headers, _ in server.requests if "interleaved-corpus" in headers["user-agent"]
    )
    assert set(asked) >= {"/good.jpg?39", "/missing.jpg"}
    assert "/listed.jpg" not in asked
    assert {number for path, number in asked.items() if path.startswith("/good.jpg?")} == {1}
    assert len(server.requests) == sum(asked.values())


def test_a_shard_that_is_lost_costs_its_urls_by_name_and_the_next_round_asks_for_them_alone(
    server, tmp_path, monkeypatch
):
    urls, download_shards = good(server, 30), img2dataset.download_shards

    def lose_one(list_, shards, settings):
        download_shards(list_, shards, settings)
        assert len(list(Path(shards).glob("*.parquet"))) == 4
        Path(shards, "00001.parquet").unlink()

    monkeypatch.setattr(img2dataset, "download_shards", lose_one)
    build = build_in(tmp_path, **ENGINE)
    rows = images_of(build, urls, server.port)
    counts = Counter(row.outcome for row in rows.values())
    assert set(counts) == {"kept", "shard_lost"}
    assert 0 < counts["shard_lost"] < 30
    lost = {url for url, row in rows.items() if row.outcome == "shard_lost"}
    assert {rows[url].fault for url in lost} == {"img2dataset wrote no row for it"}

    monkeypatch.setattr(img2dataset, "download_shards", download_shards)
    server.requests.clear()
    rows = images_of(build_in(tmp_path, **{**ENGINE, "round": 1}), urls, server.port)
    assert {row.outcome for row in rows.values()} == {"kept"}
    assert {url for url, row in rows.items() if row.source == "img2dataset"} == lost
    assert {f"http://127.0.0.1:{server.port}{path}" for path, *_ in server.requests} == lost


def test_a_shard_that_never_ends_is_stopped_and_costs_its_own_urls(spark, tmp_path, monkeypatch):
    def finish_one_shard_of_two(list_, shards, settings):
        rows = pq.read_table(list_).to_pylist()
        write_shard(Path(shards), 0, [{**row, **as_fetched(row["url"], JPEG)} for row in rows[:3]])
        session = SparkSession.getActiveSession()  # where img2dataset looks for it too
        session.sparkContext.parallelize([0], 1).map(lambda _: time.sleep(600)).collect()

    monkeypatch.setattr(img2dataset, "download_shards", finish_one_shard_of_two)
    urls = [f"http://127.0.0.1/{number}.jpg" for number in range(5)]
    rows = images_of(build_in(tmp_path, **ENGINE, task_deadline_s=2.0), urls, 80)
    assert Counter((row.outcome, row.fault) for row in rows.values()) == {
        ("kept", None): 3,
        ("deadline", "img2dataset was stopped: no shard was finished for 2 s"): 2,
    }


def test_a_download_that_was_broken_off_goes_on_with_what_is_missing(server, tmp_path, monkeypatch):
    urls, download_shards = good(server, 20), img2dataset.download_shards

    def break_off(list_, shards, settings):
        download_shards(list_, shards, settings)
        for path in Path(shards).glob("0000[12]*"):
            path.unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(img2dataset, "download_shards", break_off)
    with pytest.raises(KeyboardInterrupt):
        images_of(build_in(tmp_path, **ENGINE), urls, server.port)
    monkeypatch.setattr(img2dataset, "download_shards", download_shards)
    server.requests.clear()
    rows = images_of(build_in(tmp_path, **ENGINE), urls, server.port)
    assert {row.outcome for row in rows.values()} == {"kept"}
    assert 0 < len(server.requests) < 20


def test_a_download_that_fails_before_a_shard_is_finished_is_an_error(spark, tmp_path, monkeypatch):
    def fail(list_, shards, settings):
        raise OSError("no room")

    monkeypatch.setattr(img2dataset, "download_shards", fail)
    with pytest.raises(CorpusError, match="failed before a shard was finished: no room"):
        images_of(build_in(tmp_path, **ENGINE), ["http://127.0.0.1/0.jpg"], 80)


@pytest.mark.parametrize("webdataset", [False, True])
def test_an_existing_folder_answers_urls_as_the_archive_does(spark, tmp_path, webdataset):
    folder, other = tmp_path / "folder", picture(size=(30, 20))
    twice, gone = "http://a.example/twice.jpg", "http://a.example/gone.jpg"
    write_shard(
        folder, 0, [failure(twice, "timed out"), success("http://b.example/x%2Cy.jpg", JPEG)], webdataset
    )
    write_shard(folder, 1, [success(twice, other), failure(gone, "HTTP Error 404: Not Found")], webdataset)
    build = build_in(tmp_path / "out", images="img2dataset", folder=str(folder))
    urls = [twice, gone, "http://b.example/x,y.jpg", "http://c.example/unknown.jpg"]

    def rows(build, chunk):
        captures = captures_in_shards(build, str(folder))
        best = best_captures(captures, "warc_filename", "warc_record_offset").drop("location_url_id", "url")
        filed = build.read("image_urls", [chunk]).select("image_url_id", "url", "capture_url")
        return filed.join(best, on="image_url_id", how="left").repartition(2)

    run_recipe(build, image_urls_of(urls))
    run_recipe(build, Recipe(("images",), rows, fetch_images))
    found = {row.url: row for row in build.read("images").collect()}
    assert {url: (row.outcome, row.source) for url, row in found.items()} == {
        twice: ("kept", "img2dataset"),
        gone: ("http_error", "img2dataset"),
        "http://b.example/x,y.jpg": ("kept", "img2dataset"),
        "http://c.example/unknown.jpg": ("not_captured", "img2dataset"),
    }
    assert (found[twice].content_bytes, found[twice].width_px) == (len(other), 30)


def test_an_existing_shard_that_cannot_be_read_ends_the_build_with_its_name(spark, tmp_path):
    write_shard(tmp_path, 0, [success("http://a.example/a.jpg", JPEG)])
    (tmp_path / "00000.parquet").write_bytes(b"PAR1 no more")
    build = build_in(tmp_path / "out", images="img2dataset", folder=str(tmp_path))
    with pytest.raises(Exception, match=r"InputError: .*00000\.parquet cannot be read"):
        captures_in_shards(build, str(tmp_path)).collect()
