import json

import pyarrow.parquet as pq
import pytest

import corpus
from corpus.cli import main
from corpus.publish.publication import Sizes, prepare
from corpus.publish.publish import How, publish
from corpus.publish.rows import Choice
from tests.unit.stored_build import write_build


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    build = write_build(folder / "build")
    publish(prepare(build, str(folder / "release"), Choice(), Sizes(30_000, 3_000)), How(), lambda text: None)
    return folder / "release"


@pytest.fixture(scope="module")
def rows(release):
    return [row for batch in corpus.open(str(release)) for row in batch.to_pylist()]


def told(capsys, *arguments):
    assert main(["explain", *map(str, arguments)]) == 0
    return [(line[:14].rstrip(), line[14:]) for line in capsys.readouterr().out.splitlines()]


def test_a_page_of_a_release_is_told_with_its_pictures_and_its_file(release, rows, capsys):
    row = rows[7]
    story = told(capsys, release, row["url"])
    steps = dict(story)
    assert steps["id"] == row["document_id"]
    assert f"{len(row['text_list'])} sentences, {len(row['image_info'])} pictures" in steps["holds"]
    for at, info in enumerate(row["image_info"]):
        sentence = row["text_list"][info["matched_text_index"]]
        assert info["raw_url"] in steps[f"  {at}"]
        assert steps[f"  {at}"].endswith(sentence)
    assert row["document_id"] in pq.read_table(steps["lies in"])["document_id"].to_pylist()
    assert story == told(capsys, release, row["document_id"])


def test_a_page_of_a_release_is_found_by_its_url_however_it_is_written(release, rows, capsys):
    url = rows[7]["url"]
    scheme, _, rest = url.partition("://")
    assert told(capsys, release, f"{scheme.upper()}://{rest}#top") == told(capsys, release, url)
    assert main(["explain", str(release), rest]) == 1
    assert capsys.readouterr().err.endswith(f"it knows {url}\n")


def test_a_release_says_that_it_does_not_tell_what_was_dropped(release, rows, capsys):
    assert "the build that it was made from" in dict(told(capsys, release, rows[0]["url"]))["not told"]
    assert main(["explain", str(release), "https://dropped.example/"]) == 1
    error = capsys.readouterr().err
    assert "knows no page and no image https://dropped.example/" in error
    assert "a release holds kept documents alone" in error


def test_a_picture_of_a_release_is_told_by_every_page_that_shows_it(release, rows, capsys):
    content = rows[3]["image_info"][0]["content_hash"]
    pages = [row["url"] for row in rows for info in row["image_info"] if info["content_hash"] == content]
    lines = [text for step, text in told(capsys, release, content) if step == "on page"]
    assert len(pages) == len(lines)
    assert all(page in line for page, line in zip(pages, lines, strict=True))


def test_a_page_of_an_imported_corpus_is_told_without_what_nobody_knows(tmp_path, capsys):
    shard = tmp_path / "shard.jsonl"
    shard.write_text(json.dumps({
        "url": "https://there.example/1",
        "text_list": ["A low sun stood over the ridge.", "It set."],
        "image_info": [
            {"image_name": "a.jpg", "raw_url": "https://there.example/a.jpg", "matched_text_index": 1,
             "matched_sim": 0.3},
        ],
        "similarity_matrix": [[0.1, 0.3]],
    }) + "\n")  # fmt: skip
    assert main(["import", "mmc4", str(shard), "--out", str(tmp_path / "imported")]) == 0
    capsys.readouterr()
    steps = dict(told(capsys, tmp_path / "imported", "https://there.example/1"))
    assert steps["read"] == "record unknown, time unknown"
    assert steps["holds"].endswith("2 sentences, 1 pictures: no title")
    assert steps["  0"] == "https://there.example/a.jpg  sentence 1 at 0.3, margin 0.2: It set."
