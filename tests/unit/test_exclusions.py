"""What was forgotten stays out of later builds into the same folder, by hashes that tell no name."""

import pytest

from corpus.fetch.opt_outs import EXCLUSIONS, domain_entry, opt_outs_of, parse
from corpus.overrides import settings_from
from corpus.recipes.documents import read_warcs
from corpus.recipes.images import images_from
from corpus.urls import image_url_id
from tests.unit.test_documents_recipe import PAGE, PNG, files
from tests.unit.warc_bytes import http_response, page_record, warc_record

PICTURE = "http://e.org/mill.jpg"


def entry(url):
    return f"url-id:{image_url_id(url)}"


def excluding(out, *entries):
    path = out / EXCLUSIONS
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(entries))
    return settings_from({"places": {"out": str(out)}})


def read(tmp_path, *entries):
    """Documents and captures of two pages and a picture, read into a build that excludes these entries."""
    path = tmp_path / "test.warc"
    pages = [page_record(PAGE, "http://e.org/river"), page_record(PAGE, "http://other.org/river")]
    path.write_bytes(b"".join([*pages, warc_record(http_response(PNG, "image/png"), PICTURE)]))
    settings = excluding(tmp_path / "out", *entries)
    rows = {"documents": [], "captures": []}
    for name, batch in read_warcs(iter([files(path)]), settings):
        if name in rows:
            rows[name] += batch.to_pylist()
    return rows["documents"], rows["captures"]


@pytest.mark.parametrize("named", [entry("http://E.org/river"), domain_entry("e.org")])
def test_an_excluded_page_keeps_its_identity_and_nothing_else(tmp_path, named):
    (gone, other), _ = read(tmp_path, named)
    assert gone.pop("document_id") != other["document_id"]
    assert gone.pop("outcome") == "forgotten"
    assert not any(gone.values())
    assert other["outcome"] == "kept"
    assert other["sentences"][0] == "Rivers"


def test_an_excluded_picture_leaves_a_blank_reference_and_a_blank_capture(tmp_path):
    (page, other), (capture,) = read(tmp_path, entry(PICTURE))
    (reference,) = page["image_references"]
    assert (reference["image_url_id"], reference["url"]) == (image_url_id(PICTURE), "")
    assert {reference[name] for name in ("raw_url", "alt", "title", "caption", "link_url")} == {None}
    assert other["image_references"][0]["url"] == "http://other.org/mill.jpg"
    assert (capture["image_url_id"], capture["url"]) == (image_url_id(PICTURE), "")


def test_a_blank_reference_is_asked_of_nobody(tmp_path):
    settings = excluding(tmp_path / "out", entry(PICTURE))
    row = {
        "image_url_id": image_url_id(PICTURE),
        "url": "",
        "warc_filename": "a.warc",
        "warc_record_offset": 0,
    }
    ((_, batch),) = images_from([row], settings)
    (image,) = batch.to_pylist()
    assert (image["outcome"], image["url"], image["bytes"]) == ("forgotten", "", None)


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("https://a.example/x", 1),
        ("https://a.example/x/y", None),
        ("https://b.example/", 2),
        ("https://img.b.example/z", 2),
        ("https://notb.example/", None),
    ],
)
def test_hashed_entries_name_whole_urls_and_domains_with_what_is_below_them(url, line):
    listed = parse(f"{entry('https://a.example/x')}\n{domain_entry('b.example')}".encode(), "list")
    assert listed.of_url(url) == (line and f"list, line {line}")


def test_the_list_of_the_settings_and_what_was_forgotten_both_hold(tmp_path):
    (tmp_path / "opt-outs.txt").write_text("c.example")
    settings = excluding(tmp_path / "out", entry("https://a.example/x"))
    fetch = settings.fetch.model_copy(update={"opt_outs": str(tmp_path / "opt-outs.txt")})
    listed = opt_outs_of(settings.model_copy(update={"fetch": fetch}))
    assert listed.of_url("https://c.example/").endswith("opt-outs.txt, line 1")
    assert listed.of_url("https://a.example/x").endswith(f"{EXCLUSIONS}, line 1")
    assert listed.of_url("https://d.example/") is None
