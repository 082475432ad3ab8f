from dataclasses import replace

import pyarrow as pa
import pytest

from corpus.cli import main
from corpus.look.explain import explain
from corpus.look.lookup import FILE
from corpus.overrides import flat, settings_from, settings_from_flat
from tests.unit.drawn_build import content, draw_build, image_url
from tests.unit.drawn_pages import BROKEN, COPY, LAKES, PAGES, PICTURELESS
from tests.unit.written_build import write_build

SETTINGS = settings_from({"align": {"min_similarity": 0.15}})
PART = "tables/interleaved/0123/chunk=c00000/part-00000.parquet"


@pytest.fixture(scope="module")
def find():
    return finder(draw_build(PAGES))


def finder(build):
    def find(table, columns, where, chunk=None):
        assert chunk in (None, "c00000")
        rows = build.table(table)
        rows = rows.append_column(FILE, pa.array([PART] * len(rows), pa.string()))
        return rows.filter(where).select(list(columns)).to_pylist()

    return find


def told(find, what):
    """The only story, its steps in order."""
    (story,) = explain(find, SETTINGS, what)
    return story


def test_a_kept_page_is_told_from_its_record_to_its_file(find):
    story = told(find, LAKES.url)
    assert [step.strip() for step, _ in story] == [
        *("page", "id", "read", "extracted", "page filters", "images"),
        *("0", "1", "2", "3", "4"),
        *("document", "lies in"),
    ]
    steps = dict(story)
    assert steps["read"].endswith("sample-00000.warc.gz at byte 0, captured 2024-08-03 12:00:00")
    assert steps["extracted"].startswith("en, 6 sentences in 4 blocks, 5 image references;")
    assert steps["document"] == "kept"
    assert steps["lies in"] == PART


def test_each_image_of_a_page_is_told_with_its_sentence_or_what_dropped_it(find):
    steps = dict(told(find, LAKES.url))
    assert steps["images"] == "3 kept, 1 image_aspect, 1 http_error"
    assert steps["  0"].endswith("kept: sentence 2 at 0.31, margin 0.04: The path climbs through birches.")
    assert steps["  3"].endswith("dropped by http_error")
    assert steps["  4"].endswith("dropped by min_similarity: its best sentence is at 0.08")


def test_a_page_and_its_id_tell_the_same(find):
    assert told(find, f"{0:032x}") == told(find, LAKES.url)


def test_a_copy_names_the_page_that_was_kept(find):
    steps = dict(told(find, COPY.url))
    assert steps["page filters"] == "dropped by page_text_copies: 1, but 0 or less passes"
    assert steps["copy of"] == LAKES.url
    assert "document" not in steps


def test_a_page_that_could_not_be_read_tells_its_fault(find):
    steps = dict(told(find, BROKEN.url))
    assert steps["extracted"].startswith("dropped as deadline: 20 s of CPU were not enough;")
    assert "page filters" not in steps


def test_a_dropped_score_stands_beside_what_would_have_passed(find):
    steps = dict(told(find, PICTURELESS.url))
    assert steps["  0"].endswith("dropped by image_side_px: 90, but 150 or more passes")
    assert steps["document"] == "dropped by document_images: 0, but 1 to 30 passes"


def test_an_image_is_found_by_url_by_id_and_by_content(find):
    url = image_url(LAKES, 0)
    story = told(find, url)
    steps = dict(story)
    assert steps["got"].startswith("kept; from archive")
    assert steps["on page"].startswith(f"{LAKES.url}  kept: sentence 2 at 0.31")
    assert told(find, steps["id"]) == story
    assert told(find, steps["content"].rpartition(" ")[2]) == story


def test_a_picture_tells_which_one_it_is_most_like():
    build = draw_build(PAGES)
    (_, one), (_, other) = content(LAKES, 0), content(LAKES, 1)
    build.rows["image_neighbours"].append({"content_hash": one, "similar_to": other, "cosine": 0.9713})
    assert dict(told(finder(build), one))["like"] == f"{image_url(LAKES, 1)}, cosine 0.9713"


def test_what_the_build_never_saw_has_no_story(find):
    assert explain(find, SETTINGS, "https://nowhere.example/") == []


@pytest.mark.parametrize(
    "what", ["http://M\u00dcNCHEN.example:80/stra%C3%9fe#top", "http://xn--mnchen-3ya.example/stra\u00dfe"]
)
@pytest.mark.parametrize(
    "written", ["http://m\u00fcnchen.example/stra\u00dfe", "HTTP://XN--MNCHEN-3YA.example:80/stra%C3%9Fe"]
)
def test_a_page_is_found_by_its_url_however_it_is_written(what, written):
    assert dict(told(finder(draw_build([replace(LAKES, url=written)])), what))["page"] == written


def test_of_an_unknown_url_those_that_come_near_are_named(tmp_path, capsys):
    write_build(tmp_path, draw_build([LAKES]), SETTINGS)
    near = LAKES.url.replace("https://", "http://www.") + "/?page=2"
    assert main(["explain", str(tmp_path), near]) == 1
    assert capsys.readouterr().err.endswith(f"knows no page and no image {near}; it knows {LAKES.url}\n")


def test_settings_read_back_from_their_flat_form_are_the_same():
    changed = settings_from(
        {"seed": 3, "filters": {"page_words": {"min": 9}}, "places": {"inputs": ["a", "b"]}}
    )
    assert settings_from_flat(flat(changed)) == changed


def test_a_folder_without_a_finished_build_is_refused_in_one_sentence(tmp_path, capsys):
    assert main(["explain", str(tmp_path), "https://a.example/"]) == 1
    assert capsys.readouterr().err == (
        f"corpus: {tmp_path} has no build.json: it is no build, or one that is not finished\n"
    )
