import json
import random
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace

import pyarrow as pa
import pytest
from pyspark.sql.pandas.types import from_arrow_schema

from bench.duplicates import find_copies, quality
from bench.generated_pages import generated
from corpus.config import Dedup, Settings
from corpus.manifest import new_manifest, table_digests, write_manifest
from corpus.recipes.components import components
from corpus.recipes.near_pages import candidates
from corpus.recipes.page_clusters import page_clusters
from corpus.recipes.page_signatures import page_signature
from corpus.spark.parts import Target, write_parts
from corpus.tables import TABLES
from corpus.tables.pages import PAGE_SIGNATURES

WORDS = [f"w{n}" for n in range(5_000)]


def text(seed, n_words=300):
    return random.Random(seed).choices(WORDS, k=n_words)


def edited(words, n_edits, seed=0):
    """Each edit replaces one word, which changes five shingles."""
    chosen = random.Random(seed)
    places = chosen.sample(range(0, len(words), 6), n_edits)
    return [f"x{seed}y{n}" if n in places else word for n, word in enumerate(words)]


def page(name, words, url=None, year=2024, n_images=1):
    return {"document_id": name, "url": url or f"https://a.example/{name}", "words": words,
            "fetch_time": year and datetime(year, 1, 1, tzinfo=UTC), "n_image_references": n_images}  # fmt: skip


@pytest.fixture
def clusters(spark):
    """Rows by document_id of pages that stand in `documents` and `page_signatures` as they do in a build."""

    def make(pages, **settings):
        made = Settings(dedup=Dedup(**settings))
        read = lambda table, chunks=None: tables(spark, pages, made)[table]  # noqa: E731
        build = SimpleNamespace(spark=spark, settings=made, tasks=2, read=read)
        return {row.document_id: row for row in page_clusters(build, "").collect()}

    return make


def signed_rows(pages, settings):
    return [
        {**each, "text_hash": " ".join(each["words"]), "n_characters": len(" ".join(each["words"])),
         "signature": [int(n) for n in page_signature([" ".join(each["words"])], settings)], "chunk": "c00000"}
        for each in pages
    ]  # fmt: skip


def tables(spark, pages, settings):
    schema = from_arrow_schema(PAGE_SIGNATURES.schema).add("chunk", "string")
    rows = [tuple(each[name] for name in schema.names) for each in signed_rows(pages, settings)]
    texts = [(each["document_id"], [" ".join(each["words"])]) for each in pages]
    return {
        "page_signatures": spark.createDataFrame(rows, schema),
        "documents": spark.createDataFrame(texts, "document_id string, sentences array<string>"),
    }


def fallen(rows):
    return {name: (row.relation, row.representative) for name, row in rows.items()}


def test_the_newest_capture_of_a_url_stands_for_it_unless_told_otherwise(clusters):
    pages = [
        page("d0", text(0), "https://a.example/", 2023, n_images=2),
        page("d1", text(1), "https://a.example/", 2024, n_images=2),
        page("d2", text(2), "https://a.example/", None, n_images=3),
    ]
    assert fallen(clusters(pages)) == {"d0": ("url", "d1"), "d2": ("url", "d1")}
    assert fallen(clusters(pages, keep_of_url="oldest")) == {"d1": ("url", "d0"), "d2": ("url", "d0")}
    assert fallen(clusters(pages, keep_of_url="best")) == {"d0": ("url", "d2"), "d1": ("url", "d2")}


def test_of_equal_texts_the_first_captured_is_kept_and_near_copies_fall_to_it_with_their_similarity(clusters):
    words = text(0)
    pages = [
        page("d1", words, year=2022),
        page("d0", words),
        page("d2", edited(words, 5)),
        page("e", text(1)),
    ]
    rows = clusters(pages)
    assert fallen(rows) == {"d0": ("text", "d1"), "d2": ("near", "d1")}
    assert rows["d2"].similar_to == "d1"
    assert rows["d2"].jaccard == pytest.approx((296 - 25) / (296 + 25))
    assert rows["d2"].is_estimate is False
    assert rows["d0"].jaccard is None


def test_pages_less_alike_than_the_bound_and_pages_without_words_are_left(clusters):
    words = text(0)
    pages = [page("d0", words), page("d1", edited(words, 8)), page("e0", []), page("e1", ["..."])]
    assert clusters(pages) == {}  # (296 - 40) / (296 + 40) = 0.76
    assert fallen(clusters(pages, min_jaccard=0.75, bands=56, rows_per_band=2)) == {"d1": ("near", "d0")}


def test_copies_of_copies_are_given_the_page_that_stands_for_all_of_them(clusters):
    words = text(0)
    near = edited(words, 4)
    pages = [
        page("d3", words, year=2020),
        page("d2", near, year=2021),
        page("d1", near, "https://a.example/", 2022),
        page("d0", text(9), "https://a.example/", 2021),
    ]
    expected = {"d2": ("near", "d3"), "d1": ("text", "d3"), "d0": ("url", "d3")}
    assert fallen(clusters(pages)) == expected
    pages[2] = page("d1", words, "https://a.example/", 2022)
    assert fallen(clusters([pages[0], *pages[2:]])) == {"d1": ("text", "d3"), "d0": ("url", "d3")}


def test_a_cluster_hangs_together_by_a_chain(clusters):
    chain = [text(0)]
    for n in range(1, 6):
        chain.append(edited(chain[-1], 3, seed=n))
    rows = clusters([page(f"d{n}", words) for n, words in enumerate(chain)])
    assert fallen(rows) == {f"d{n}": ("near", "d0") for n in range(1, 6)}


def finished(folder, pages, dropped=(), **settings):
    """A finished build in `folder` as far as later ones look at it; the folder."""
    made = Settings(dedup=Dedup(**settings))
    digests = table_digests(made, {})
    rows = {
        "page_signatures": signed_rows(pages, made),
        "document_decisions": [
            {"document_id": each["document_id"], "scores": [], "n_sentences": 1, "n_images": 1,
             "evaluation_sets": [], "pictures": [],
             "outcome": "document_images" if each["document_id"] in dropped else "kept"}
            for each in pages
        ],
    }  # fmt: skip
    for name, some in rows.items():
        target = Target({name: str(folder / "tables" / name / digests[name])}, "c00000", 0, 2**26)
        batch = pa.RecordBatch.from_pylist(some, schema=TABLES[name].schema)
        parts = list(write_parts([(name, batch)], target))
        manifest = new_manifest(TABLES[name], (digests[name], "c00000"), made, {}, parts, 0.0)
        write_manifest(f"{target.folders[name]}/chunk=c00000", manifest)
    (folder / "build.json").write_text(json.dumps({"digests": digests, "chunks": ["c00000"]}))
    return str(folder)


def test_what_an_earlier_corpus_keeps_stands_for_pages_of_this_one_whatever_their_age(clusters, tmp_path):
    before = finished(
        tmp_path, [page("b0", text(0)), page("b1", text(1)), page("b2", text(2)), page("d4", text(4))]
    )
    pages = [
        page("d0", text(9), "https://a.example/b0", year=2025),
        page("d1", text(1), year=2020),
        page("d2", edited(text(2), 3), year=2020),
        page("d3", text(3)),
        page("d4", text(4)),
    ]
    rows = clusters(pages, against=(before,))
    assert fallen(rows) == {
        "d0": ("url", "b0"),
        "d1": ("text", "b1"),
        "d2": ("near", "b2"),
        "d4": ("url", "d4"),
    }
    assert {row.found_in for row in rows.values()} == {before}
    assert (rows["d2"].similar_to, rows["d2"].is_estimate) == ("b2", True)
    assert rows["d2"].jaccard == pytest.approx((296 - 15) / (296 + 15), abs=0.1)


def test_what_an_earlier_corpus_dropped_stands_for_nothing_and_pages_of_this_one_still_compare(
    clusters, tmp_path
):
    before = finished(tmp_path, [page("b0", text(0)), page("b1", text(1))], dropped=("b0",))
    pages = [page("d0", text(0)), page("d1", text(0)), page("d2", edited(text(0), 3))]
    rows = clusters(pages, against=(before,))
    assert fallen(rows) == {"d1": ("text", "d0"), "d2": ("near", "d0")}
    assert {row.found_in for row in rows.values()} == {None}


def test_of_two_earlier_corpora_with_one_document_the_first_is_named(clusters, tmp_path):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    before = [finished(folder, [page("b0", text(0))]) for folder in folders]
    (row,) = clusters([page("d0", text(0))], against=tuple(before)).values()
    assert (row.representative, row.found_in) == ("b0", before[0])


def test_a_bucket_costs_a_row_per_page_and_not_per_pair_of_pages(spark):
    settings = Settings()
    n_places = settings.dedup.bands * settings.dedup.rows_per_band
    rows = [(f"d{n}", "", [n % 2] * n_places) for n in range(100)]
    signatures = spark.createDataFrame(rows, "document_id string, found_in string, signature array<int>")
    pairs = sorted(candidates(signatures, settings).collect())
    assert pairs == sorted((f"d{n}", f"d{n % 2}") for n in range(2, 100))


def test_nearly_all_near_copies_are_found_and_nothing_else(spark):
    pages = generated(1_000)
    rows, _ = find_copies(spark, pages)
    found = quality(pages, rows, Dedup().min_jaccard)
    assert found.n_pairs > 150
    assert found.recall >= 0.95
    assert found.precision >= 0.99


@pytest.mark.parametrize("few", [0, 1_000])
def test_a_path_of_names_is_one_component_whatever_its_order(spark, few):
    names = [f"{i:03d}" for i in range(50)]
    random.Random(0).shuffle(names)
    pairs = [*pairwise(names), ("x", "y"), ("y", "x"), ("z", "z")]
    rows = components(spark.createDataFrame(pairs, "one string, other string"), few).collect()
    found = {row.name: row.least for row in rows}
    assert found == {name: "000" for name in names if name != "000"} | {"y": "x"}


def test_a_thousand_spokes_are_one_star(spark):
    pairs = [(f"{i:04d}", "0500") for i in range(1_000)]
    rows = components(spark.createDataFrame(pairs, "one string, other string"), few=0).collect()
    assert len(rows) == 999
    assert {row.least for row in rows} == {"0000"}
