"""Images that were asked for before are asked for again only when they may end otherwise."""

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.columns import filed_schema
from corpus.manifest import NAME, table_digests
from corpus.overrides import settings_from
from corpus.plan import Chunk, plan_of
from corpus.recipes import frames
from corpus.recipes.images import from_before
from corpus.recipes.rows import rows_of
from corpus.recipes.rows_before import earlier_parts, with_before
from corpus.spark.build import Build
from corpus.spark.job import Recipe, run_recipe
from corpus.tables.images import IMAGE_URLS, IMAGES
from corpus.tables.product import SENTENCE_EMBEDDINGS

ENDINGS = {  # what asking for each URL gives the first time
    "https://a.example/kept": ("kept", 200),
    "https://a.example/gone": ("http_error", 404),
    "https://a.example/busy": ("http_error", 503),
    "https://a.example/slow": ("timeout", None),
    "https://b.example/late": ("deadline", None),
    "https://b.example/noai": ("opted_out", 200),
    "https://b.example/listed": ("opted_out", None),
    "https://c.example/forbidden": ("robots_disallowed", None),
    "https://d.example/unknown": ("robots_disallowed", None),
}
EVIDENCE = {
    "https://b.example/noai": {"x_robots_tag": "noai"},
    "https://c.example/forbidden": {"robots_status": 200, "robots_rule": "Disallow: /"},
    "https://d.example/unknown": {"robots_status": 503},
}
FIRST = datetime(2026, 1, 2, tzinfo=UTC)


def url_rows(build, chunk):
    return build.spark.createDataFrame([(url,) for url in ENDINGS], "url string").repartition(2)


def file_urls(batches, settings):
    for batch in batches:
        rows = [
            {"image_url_id": url, "url": url, "chunk": "c00000"} for url in batch.column("url").to_pylist()
        ]
        yield "image_urls", pa.RecordBatch.from_pylist(rows, schema=filed_schema(IMAGE_URLS))


def image_row(url, source, outcome, http_status):
    numbers = {"attempts": 1, "elapsed_s": 0.5, "content_bytes": 1 if outcome == "kept" else 0}
    body = b"x" if outcome == "kept" else None
    texts = {"image_url_id": url, "url": url, "source": source, "outcome": outcome}
    return {
        **texts,
        **numbers,
        "http_status": http_status,
        "fetch_time": FIRST,
        "bytes": body,
    } | EVIDENCE.get(url, {})


def ask(batches, settings):
    """A web in which every URL ends as ENDINGS says in round 0, and is kept in the next."""
    left = []
    rows = [{**row, "source": "cache"} for row in from_before(rows_of(batches), left)]
    for row in left:
        outcome, status = ENDINGS[row["url"]] if settings.fetch.round == 0 else ("kept", 200)
        rows.append(image_row(row["url"], "web", outcome, status))
    yield "images", pa.RecordBatch.from_pylist(rows, schema=IMAGES.schema)


FILE = Recipe(("image_urls",), url_rows, file_urls)
ASK = Recipe(("images",), frames.images, ask)


def build_in(folder, round_=0, **sections):
    fetch = {"images": "web", "round": round_, **sections.pop("fetch", {})}
    settings = settings_from({"fetch": fetch, **sections})
    return Build(str(folder), settings, plan_of([Chunk("c00000", ("a",), (1,))]), table_digests(settings, {}))


@pytest.fixture
def asked(spark, tmp_path):
    """The output folder of a build whose images were asked for once."""
    build = build_in(tmp_path / "first")
    run_recipe(build, FILE)
    run_recipe(build, ASK)
    assert sources(build) == dict.fromkeys(ENDINGS, "web")
    return tmp_path / "first"


def sources(build):
    return {row.url: row.source for row in build.read("images").collect()}


def made(build):
    run_recipe(build, FILE)
    assert run_recipe(build, ASK) == 1
    return sources(build)


AGAIN = {
    "https://a.example/kept": "cache",
    "https://a.example/gone": "cache",
    "https://a.example/busy": "web",
    "https://a.example/slow": "web",
    "https://b.example/late": "web",
    "https://b.example/noai": "cache",
    "https://b.example/listed": "web",
    "https://c.example/forbidden": "cache",
    "https://d.example/unknown": "web",
}


def test_the_next_round_asks_only_for_what_may_end_otherwise(asked):
    build = build_in(asked, 1)
    assert made(build) == AGAIN
    rows = {row.url: row for row in build.read("images").collect()}
    assert rows["https://a.example/slow"].outcome == "kept"
    kept = rows["https://a.example/kept"]
    assert (kept.outcome, bytes(kept.bytes), kept.attempts, kept.http_status) == ("kept", b"x", 1, 200)
    assert rows["https://a.example/gone"].outcome == "http_error"
    assert made(build_in(asked, 2)) == dict.fromkeys(ENDINGS, "cache")


def test_another_page_filter_asks_only_for_what_may_end_otherwise(asked):
    assert made(build_in(asked, filters={"page_words": {"min": 5}})) == AGAIN


def test_what_the_archive_holds_by_now_is_not_asked_for(asked, tmp_path):
    build = build_in(tmp_path / "second", places={"reuse": [str(asked)]})

    def captured(batches, settings):
        for name, batch in file_urls(batches, settings):
            rows = batch.to_pylist()
            for row in rows:
                if row["url"].startswith("https://a.example"):
                    row |= {"capture_url": row["url"], "warc_filename": "a.warc.gz", "warc_record_offset": 7}
            yield name, pa.RecordBatch.from_pylist(rows, schema=batch.schema)

    run_recipe(build, Recipe(("image_urls",), url_rows, captured))
    rows = {row.url: row for row in frames.images(build, "c00000").collect()}
    assert set(rows) == set(ENDINGS)
    ready = {url for url, row in rows.items() if row.capture_url}
    assert ready == {url for url in ENDINGS if url.startswith("https://a.example")}
    assert {rows[url].before for url in ready} == {rows[url].n_host_shares for url in ready} == {None}
    assert {url for url in rows if rows[url].before} == {
        "https://b.example/noai",
        "https://c.example/forbidden",
    }


def test_other_bounds_of_fetching_ask_for_everything(asked):
    assert set(made(build_in(asked, fetch={"max_image_bytes": 5})).values()) == {"web"}


def test_another_build_is_drawn_on_when_it_is_named(asked, tmp_path):
    assert made(build_in(tmp_path / "second", places={"reuse": [str(asked)]})) == AGAIN
    assert set(made(build_in(tmp_path / "third")).values()) == {"web"}


def test_a_table_that_is_not_whole_is_not_drawn_on(asked):
    (manifest,) = asked.glob(f"tables/images/*/*/{NAME}")
    manifest.unlink()
    assert set(made(build_in(asked, 1)).values()) == {"web"}


def test_the_table_that_is_being_made_is_not_looked_through_and_any_other_is(asked):
    same, next_round = build_in(asked), build_in(asked, 1)
    assert earlier_parts(same, IMAGES, lambda _: True) == []
    assert len(earlier_parts(next_round, IMAGES, lambda _: True)) > 0


def test_of_several_earlier_rows_the_latest_is_taken(asked, tmp_path):
    later = build_in(tmp_path / "later")

    def ask_later(batches, settings):
        for name, batch in ask(batches, settings):
            rows = [
                {**row, "fetch_time": datetime(2026, 3, 4, tzinfo=UTC), "fault": "later"}
                for row in batch.to_pylist()
            ]
            yield name, pa.RecordBatch.from_pylist(rows, schema=IMAGES.schema)

    run_recipe(later, FILE)
    run_recipe(later, replace(ASK, step=ask_later))
    build = build_in(tmp_path / "third", places={"reuse": [str(asked), str(tmp_path / "later")]})
    assert made(build) == AGAIN
    faults = {row.url: row.fault for row in build.read("images").collect() if row.source == "cache"}
    assert set(faults.values()) == {"later"}


def test_embeddings_are_taken_for_the_same_sentences_of_a_page_alone(spark, tmp_path):
    names = {"encoder": "demo", "n_dimensions": 1, "embeddings": b".."}
    for number, (document, sentences_hash) in enumerate([("d", 1), ("d", 2), ("e", 1)]):
        row = {"document_id": document, "sentences_hash": sentences_hash, "n_sentences": 10 + number, **names}
        table = pa.Table.from_pylist([row], schema=SENTENCE_EMBEDDINGS.schema)
        pq.write_table(table, tmp_path / f"part-{number}.parquet")
    earlier = spark.read.parquet(str(tmp_path))
    documents = spark.createDataFrame(
        [("d", 1), ("d", 3), ("e", 1)], "document_id string, sentences_hash bigint"
    )
    found = with_before(documents, earlier, SENTENCE_EMBEDDINGS, ("document_id", "sentences_hash")).collect()
    taken = {(row.document_id, row.sentences_hash): row.before and row.before.n_sentences for row in found}
    assert taken == {("d", 1): 10, ("d", 3): None, ("e", 1): 12}
