import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyarrow import fs

import corpus
from corpus.cli import main
from corpus.look.released import Released
from corpus.publish.publication import Sizes, prepare
from corpus.publish.publish import How, publish
from corpus.publish.rows import Choice
from corpus.release.manifest import read_release_manifest, write_release_manifest
from corpus.tables.product import INTERLEAVED
from corpus.view.index import Question, count, groups, pages
from corpus.view.reading import Site, read_all
from corpus.view.release import look_at_release
from corpus.view.site import look_at, respond
from tests.unit.stored_build import write_build


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("viewed")
    build = write_build(folder / "build")
    for name, choice in (("release", Choice()), ("few", Choice(where="mean_matched_sim > 0.3"))):
        sizes = Sizes(30_000, 3_000)
        publish(prepare(build, str(folder / name), choice, sizes), How(), lambda text: None)
    assert main(["export", "mmc4", str(folder / "few"), str(folder / "mmc4"), "--references"]) == 0
    shard = folder / "mmc4" / "docs_shard_00000.jsonl"
    assert main(["import", "mmc4", str(shard), "--out", str(folder / "imported")]) == 0
    return folder


@pytest.fixture(scope="module")
def rows(folders):
    return [row for batch in corpus.open(str(folders / "release")) for row in batch.to_pylist()]


@pytest.fixture(scope="module")
def site(folders):
    return read_site(folders / "release")


def read_site(*folders):
    site = Site(*(look_at(str(folder)) for folder in folders))
    read_all(site)
    assert site.fault == ""
    return site


def text_of(site, target):
    response = respond(site, target)
    assert (response.status, response.media_type) == (200, "text/html")
    return response.body.decode()


def test_every_document_of_a_release_is_listed_in_its_order(site, rows):
    found = pages(site.build.index, Question(), 0, 100)
    assert [each["document_id"] for each in found] == [row["document_id"] for row in rows]
    assert [(each["n_sentences"], each["n_images"]) for each in found] == [
        (len(row["text_list"]), len(row["image_info"])) for row in rows
    ]
    assert groups(site.build.index, "outcome") == [("kept", len(rows))]
    assert count(site.build.index, Question(tier="core")) == len(rows)


def test_sentences_and_pictures_of_a_release_of_an_earlier_version_are_counted(folders, tmp_path, rows):
    earlier = Path(shutil.copytree(folders / "release", tmp_path / "release"))
    manifest = read_release_manifest(str(earlier))
    for file in manifest.files:
        table = pq.read_table(earlier / file.path).drop_columns(["n_sentences", "n_images"])
        pq.write_table(table, earlier / file.path)
    sized = [replace(file, bytes=(earlier / file.path).stat().st_size) for file in manifest.files]
    write_release_manifest(str(earlier), replace(manifest, files=tuple(sized)))
    found = pages(read_site(earlier).build.index, Question(), 0, 100)
    assert [(each["n_sentences"], each["n_images"]) for each in found] == [
        (len(row["text_list"]), len(row["image_info"])) for row in rows
    ]


def test_a_document_reads_as_in_the_release_and_its_pictures_are_served(site, rows):
    for row in rows[::7]:
        html = text_of(site, f"/page/{row['document_id']}")
        assert all(sentence in html for sentence in row["text_list"])
        for info, image in zip(row["image_info"], row["images"], strict=True):
            start = html.index(f'id="image-{info["dom_index"]}"')
            source = html[start:].partition(' src="')[2].partition('"')[0]
            response = respond(site, source)
            assert (response.status, response.media_type) == (200, info["media_type"])
            assert response.body == image["bytes"]
            for name, place in (("matched", "matched"), ("page", "dom"), ("fused", "fused")):
                assert f'data-{name}="{info[f"{place}_text_index"]}"' in html[start : start + 200]


def test_a_release_says_what_it_cannot_show(site):
    assert "kept documents alone" in text_of(site, "/")
    assert 'href="/scores"' not in text_of(site, "/")
    response = respond(site, "/scores")
    assert response.status == 404
    assert b"the build that it was made from" in response.body


def test_a_text_is_found_in_the_sentences_of_a_release(site, rows):
    found = site.build.search("OF PAGE 17.")
    assert found == tuple(row["document_id"] for row in rows if row["url"].endswith("/17"))


@pytest.mark.parametrize(
    "target",
    ["/picture/0/0", "/picture/9-x/0", "/picture/%2F/x", "/picture/0-/x", "/page/x", "/?sort=page_words"],
)
def test_a_senseless_request_is_answered(site, target):
    assert respond(site, target).status in (200, 404)


def test_a_smaller_release_beside_a_larger_one_marks_nothing_that_is_the_same(folders):
    both = read_site(folders / "few", folders / "release")
    assert count(both.build.index, Question(changed=True)) == 0
    (first,) = pages(both.build.index, Question(), 0, 1)
    assert first["other_outcome"] == "kept"
    assert text_of(both, f"/page/{first['document_id']}?compare=1").count('class="reading') == 2


def test_an_imported_corpus_of_references_is_shown_without_pictures(folders):
    site, few = read_site(folders / "imported"), read_site(folders / "few")
    assert count(site.build.index, Question()) == count(few.build.index, Question())
    (first,) = pages(site.build.index, Question(), 0, 1)
    html = text_of(site, f"/page/{first['document_id']}")
    assert "not got" in html
    assert "<img loading" not in html


def test_the_documents_that_a_release_begins_with_are_there_before_it_is_read(folders, rows):
    site = Site(look_at(str(folders / "release")))
    found = [each["document_id"] for each in pages(site.build.index, Question(), 0, 100)]
    assert 0 < len(found) < len(rows)
    assert found == [row["document_id"] for row in rows[: len(found)]]
    assert "Still reading: 0 of" in text_of(site, "/")
    assert "files" in text_of(site, "/")


def test_a_file_of_a_release_that_breaks_while_it_is_read_is_named_and_the_others_stay(folders, tmp_path):
    shutil.copytree(folders / "release", tmp_path / "release")
    site = Site(look_at(str(tmp_path / "release")))
    last = Path(site.build.release.paths[-1])
    last.write_bytes(b"PAR1 and then nothing")
    read_all(site)
    assert str(last) in site.fault
    assert site.build.index.n_read == len(site.build.release.paths) - 1


def test_a_release_of_which_nothing_is_left_is_shown_as_such():
    nothing = Released("nowhere", fs.LocalFileSystem(), (), INTERLEAVED.schema)
    assert "0 of 0 pages" in text_of(Site(look_at_release("nowhere", nothing)), "/")
