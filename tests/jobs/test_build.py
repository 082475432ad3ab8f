"""The whole chain on the bundled WARC file, as a user runs it; on every supported Spark."""

import html
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.align.assignment import assign
from corpus.columns import KEPT
from corpus.tables import TABLES
from corpus.tables.product import INTERLEAVED
from demo.precision import ALL, GOLD, precision
from tests.jobs.built import (
    SAMPLE,
    build_json,
    command,
    corpus_build,
    corpus_command,
    environment,
    manifests,
    product_files,
)

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The sample built once: its folder and what the command printed."""
    out = tmp_path_factory.mktemp("sample") / "out"
    done = corpus_build(SAMPLE, "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done


@pytest.fixture(scope="module")
def rows(sample):
    return pa.concat_tables(pq.read_table(file) for file in product_files(sample[0])).to_pylist()


def read_gold():
    return [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]


def table_rows(out, name, columns):
    digest = build_json(out)["digests"][name]
    found = []
    for path in sorted(Path(out).glob(f"tables/{name}/{digest}/*/*.parquet")):
        found.extend(pq.read_table(path, columns=columns).to_pylist())
    return found


def test_pictures_stand_at_their_right_sentence(rows):
    judged = precision(rows, read_gold())[ALL]
    assert judged.n_images > 100
    assert judged.n_matched / judged.n_images >= 0.85
    assert judged.n_matched > judged.n_dom


def test_the_command_ends_with_the_funnel_and_the_report(sample):
    out, done = sample
    assert re.search(r"^  interleaved\s+\d+", done.stdout, flags=re.MULTILINE)
    assert f"look at   {out}/report.html" in done.stdout
    assert "<script" not in (out / "report.html").read_text()


def test_without_any_model_command_and_report_begin_with_the_scores_that_are_absent_and_the_rules_that_did_not_run(
    sample,
):
    out, done = sample
    absent = {
        "nsfw_head": "image_nsfw_head",
        "nsfw_classifier": "image_nsfw_classifier",
        "nsfw_zero_shot": "image_nsfw_zero_shot",
        "faces": "image_faces and image_face_share",
    }
    ends = [f"{name} was not measured (.+): {rules} did not run" for name, rules in absent.items()]
    ends.append(r"no picture was judged .+: image_nsfw and document_unsafe_images did not run")
    report = html.unescape((out / "report.html").read_text())
    head = report[: report.index('class="totals"')]
    before_funnel = done.stdout[: done.stdout.index("count   of step")].splitlines()
    for at, end in enumerate(ends):
        assert re.fullmatch(end, before_funnel[at])
        assert f"<li>{before_funnel[at]}</li>" in head
    assert build_json(out)["not_measured"] == before_funnel[: len(ends)]
    for row in table_rows(out, "image_safety", ["scores", "faces"]):
        assert (row["scores"], row["faces"]) == ([], None)
    for row in table_rows(out, "image_decisions", ["scores"]):
        assert not [name for name, _ in row["scores"] if "nsfw" in name or "face" in name]
    assert not table_rows(out, "image_neighbours", ["content_hash"])


def test_every_html_page_has_a_row_and_every_row_an_outcome(sample):
    out, _ = sample
    files = table_rows(out, "warc_files", ["n_pages", "n_captures"])
    pages = table_rows(out, "documents", ["document_id", "outcome"])
    assert len(pages) == sum(file["n_pages"] for file in files)
    assert len({page["document_id"] for page in pages}) == len(pages)
    for name in ("page_decisions", "document_decisions"):
        decided = table_rows(out, name, ["document_id", "outcome"])
        assert sorted(row["document_id"] for row in decided) == sorted(page["document_id"] for page in pages)
    fates = table_rows(out, "document_decisions", ["document_id", "outcome"])
    kept = {row["document_id"] for row in fates if row["outcome"] == KEPT}
    assert kept == {row["document_id"] for row in table_rows(out, "interleaved", ["document_id"])}


def test_no_image_url_is_without_a_row(sample):
    out, _ = sample
    references = table_rows(out, "image_decisions", ["image_url_id", "outcome"])
    wanted = {
        reference["image_url_id"]
        for reference in references
        if reference["outcome"] not in ("image_url_words", "image_content")
    }
    spared = {reference["image_url_id"] for reference in references} - wanted
    assert len(spared) > 10
    fetched = [row["image_url_id"] for row in table_rows(out, "images", ["image_url_id"])]
    assert sorted(fetched) == sorted(wanted)


def test_each_picture_content_is_embedded_once(sample):
    embedded = [row["content_hash"] for row in table_rows(sample[0], "image_features", ["content_hash"])]
    assert embedded
    assert len(set(embedded)) == len(embedded)


def test_matched_sentences_and_matrix_agree_in_every_row(rows):
    for row in rows:
        places = [(info["matched_text_index"], info["dom_index"]) for info in row["image_info"]]
        assert places == sorted(places)
        for info, cells in zip(row["image_info"], row["similarity_matrix"], strict=True):
            assert len(cells) == len(row["text_list"])
            assert cells[info["matched_text_index"]] == pytest.approx(info["matched_sim"], abs=1e-6)
            assert 0 <= info["dom_text_index"] <= len(row["text_list"])


def test_fused_places_are_those_that_cosine_and_page_together_assign(rows):
    n_on_page = 0
    for row in rows:
        similarity, page = (np.float32(row[name]) for name in ("similarity_matrix", "page_matrix"))
        fused = [info["fused_text_index"] for info in row["image_info"]]
        assert fused == assign(similarity + page, -1).tolist()
        n_on_page += bool(page.any())
    assert n_on_page > 0


def test_planted_defects_end_as_the_gold_says(sample):
    out, _ = sample
    found = {(row["url"], row["outcome"]) for row in table_rows(out, "image_decisions", ["url", "outcome"])}
    documents = {
        row["document_id"]: row["url"] for row in table_rows(out, "documents", ["document_id", "url"])
    }
    pages = {
        (documents[row["document_id"]], row["outcome"])
        for row in table_rows(out, "document_decisions", ["document_id", "outcome"])
    }
    wanted_images = {
        (image["url"], image["expected"])
        for page in read_gold()
        if page["expected"] == KEPT
        for image in [*page["images"], *page["others"]]
        if image["expected"] != KEPT
    }
    assert wanted_images - found == set()
    assert {(page["url"], page["expected"]) for page in read_gold() if page["expected"]} - pages == set()
    no_documents = {page["url"] for page in read_gold() if page["expected"] is None}
    assert no_documents
    assert no_documents & set(documents.values()) == set()


def test_the_product_opens_in_duckdb(sample, rows):
    files = product_files(sample[0])
    query = "SELECT count(*), sum(len(images)), min(octet_length(images[1].bytes)) FROM read_parquet(?)"
    # Not the connection that duckdb.sql shares: since 2.0.1 it serves nobody else until its result is read to the end.
    with duckdb.connect() as connection:
        n_rows, n_pictures, smallest_bytes = connection.execute(query, [files]).fetchone()
    assert (n_rows, n_pictures) == (len(rows), sum(len(row["images"]) for row in rows))
    assert smallest_bytes > 0


def test_the_product_opens_in_hugging_face_datasets_with_pictures_decoded(sample, rows, tmp_path):
    import datasets

    loaded = datasets.load_dataset(
        "parquet", data_files=product_files(sample[0]), split="train", cache_dir=str(tmp_path)
    )
    assert len(loaded) == len(rows)
    by_id = {row["document_id"]: row for row in rows}
    for row in loaded.select(range(3)):
        infos = by_id[row["document_id"]]["image_info"]
        assert [picture.size for picture in row["images"]] == [(i["width_px"], i["height_px"]) for i in infos]


def test_the_product_has_the_declared_columns_and_their_comments(sample):
    schema = pq.read_schema(product_files(sample[0])[0])
    assert schema.names == INTERLEAVED.schema.names
    assert schema.field("text_list").metadata[b"comment"] == b"kept sentences in reading order"


def test_the_lines_in_readme_read_the_product(sample, rows, tmp_path, monkeypatch):
    readme = (SAMPLE.parents[1] / "README.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(import pyarrow.+?)```", readme, flags=re.DOTALL)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    monkeypatch.chdir(sample[0].parent)
    names = {}
    (product,) = (sample[0] / "tables" / "interleaved").iterdir()
    exec(lines.replace("DIGEST", product.name).replace(".show()", ""), names)
    assert names["table"].num_rows == len(rows)
    assert len(names["rows"]) == len(rows)


def test_a_second_run_makes_nothing(sample):
    out, _ = sample
    before = manifests(out)
    done = corpus_build(SAMPLE, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "\n0 chunk(s) of tables made" in done.stdout
    assert manifests(out) == before


def test_a_moved_bound_remakes_only_the_tables_behind_it(sample, tmp_path):
    out, _ = sample
    before = manifests(out)
    done = corpus_build(SAMPLE, "--out", out, "--set", "filters.document_images.min=3")
    assert done.returncode == 0, done.stderr
    added = {Path(folder).parts[-3] for folder in manifests(out).keys() - before.keys()}
    assert added == {"document_decisions", "interleaved"}
    kept = pa.concat_tables(pq.read_table(file) for file in product_files(out)).to_pylist()
    assert all(len(row["images"]) >= 3 for row in kept)


def test_a_bound_tried_on_the_scores_keeps_as_many_pages_as_the_build_made_with_it(sample):
    out, _ = sample
    arguments = ["thresholds", out, "document_images", "--set", "filters.document_images.min=4", "--write"]
    done = corpus_command(*arguments)
    assert done.returncode == 0, done.stderr
    (told,) = re.findall(r"^  (\d+) documents pass instead of \d+$", done.stdout, flags=re.MULTILINE)
    assert sum(pq.read_metadata(file).num_rows for file in product_files(out)) == int(told)


def test_a_build_killed_in_the_middle_goes_on_and_comes_to_the_same_rows(rows, tmp_path):
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(SAMPLE, "--out", out),
        env=environment(),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(lambda: list(out.glob("tables/images/*/*/_manifest.json")), process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = manifests(out)
    assert not (out / "build.json").exists()
    done = corpus_build(SAMPLE, "--out", out)
    assert done.returncode == 0, done.stderr
    after = manifests(out)
    assert {folder: after[folder] for folder in before} == before
    again = pa.concat_tables(pq.read_table(file) for file in product_files(out)).to_pylist()
    key = "document_id"
    assert sorted(again, key=lambda row: row[key]) == sorted(rows, key=lambda row: row[key])


def wait_for(condition, process, timeout_s=600):
    started = time.monotonic()
    while not condition():
        assert process.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() - started < timeout_s
        time.sleep(0.05)


def test_a_picture_on_a_block_list_takes_its_documents_along_and_is_written_nowhere(sample, rows, tmp_path):
    """Its document is one of two pictures or more, so that another could have carried it."""
    document = next(row for row in rows if len(row["images"]) > 1)
    digest, data = document["image_info"][0]["content_hash"], document["images"][0]["bytes"]
    showing = {row["document_id"] for row in rows if digest in [i["content_hash"] for i in row["image_info"]]}
    listed = tmp_path / "blocked.txt"
    listed.write_text(f"{digest}\n")
    done = corpus_build(SAMPLE, "--out", tmp_path / "out", "--set", f"safety.blocked_sha256={listed}")
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    audit = [row for row in table_rows(out, "images", None) if row["outcome"] == "blocked"]
    assert {(row["content_hash"], row["bytes"], row["fault"]) for row in audit} == {
        (digest, None, f"sha256 of {listed}, line 1")
    }
    fates = {row["document_id"]: row["outcome"] for row in table_rows(out, "document_decisions", None)}
    assert {fates[name] for name in showing} == {"document_blocked_images"}
    assert len(product_rows(out)) == len(rows) - len(showing)
    middle = data[len(data) // 2 :][:64]
    files = [path for path in out.rglob("*") if path.is_file()]
    assert not [path for path in files if middle in path.read_bytes()]
    assert any(middle in path.read_bytes() for path in Path(sample[0]).rglob("*.parquet"))


def product_rows(out):
    return pa.concat_tables(pq.read_table(file) for file in product_files(out)).to_pylist()


def test_counts_in_manifests_are_those_of_the_files(sample):
    out, _ = sample
    for folder, (manifest, _) in manifests(out).items():
        for part in manifest["parts"]:
            path = Path(folder) / part["name"]
            assert pq.read_metadata(path).num_rows == part["n_rows"]
            assert path.stat().st_size == part["file_bytes"]
            outcome = TABLES[manifest["table"]].outcome
            if outcome:
                written = pq.read_table(path, columns=[outcome]).column(0).to_pylist()
                told = {count["outcome"]: count["n"] for count in part["counts"] if not count["item"]}
                assert told == {value: written.count(value) for value in set(written)}
    assert json.loads((out / "plan.json").read_text())["chunks"][0]["files"] == [str(SAMPLE)]
