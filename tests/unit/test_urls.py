"""URLs resolve as in browsers and are identified by their normal form."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import urls
from corpus.urls import document_id, hash_parts, image_url_id, normalise, resolve

BASE = "http://a/b/c/d;p?q"
RFC_3986_SECTION_5_4 = {
    "g:h": "g:h", "g": "http://a/b/c/g", "./g": "http://a/b/c/g", "g/": "http://a/b/c/g/", "/g": "http://a/g",
    "//g": "http://g", "?y": "http://a/b/c/d;p?y", "g?y": "http://a/b/c/g?y", "#s": "http://a/b/c/d;p?q#s",
    "g#s": "http://a/b/c/g#s", "g?y#s": "http://a/b/c/g?y#s", ";x": "http://a/b/c/;x", "g;x": "http://a/b/c/g;x",
    ".": "http://a/b/c/", "./": "http://a/b/c/", "..": "http://a/b/", "../": "http://a/b/", "../g": "http://a/b/g",
    "../..": "http://a/", "../../": "http://a/", "../../g": "http://a/g", "../../../g": "http://a/g",
    "../../../../g": "http://a/g", "/./g": "http://a/g", "/../g": "http://a/g", "g.": "http://a/b/c/g.",
    ".g": "http://a/b/c/.g", "g..": "http://a/b/c/g..", "..g": "http://a/b/c/..g", "./../g": "http://a/b/g",
    "./g/.": "http://a/b/c/g/", "g/./h": "http://a/b/c/g/h", "g/../h": "http://a/b/c/h",
    "g;x=1/./y": "http://a/b/c/g;x=1/y", "g;x=1/../y": "http://a/b/c/y", "g?y/../x": "http://a/b/c/g?y/../x",
}  # fmt: skip


@pytest.mark.parametrize(("reference", "url"), RFC_3986_SECTION_5_4.items())
def test_references_resolve_as_the_rfc_says(reference, url):
    assert resolve(BASE, reference) == url


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("  a.jpg\n", "https://e.org/dir/a.jpg"),
        ("a\nb\t.jpg", "https://e.org/dir/ab.jpg"),
        ("a b.jpg", "https://e.org/dir/a%20b.jpg"),
        ("ü/é.jpg?q=ö", "https://e.org/dir/%C3%BC/%C3%A9.jpg?q=%C3%B6"),
        ("a%20b%zz.jpg", "https://e.org/dir/a%20b%zz.jpg"),
        ("back\\slash.jpg", "https://e.org/dir/back/slash.jpg"),
        ("\\\\cdn.org\\x.jpg?a\\b", "https://cdn.org/x.jpg?a%5Cb"),
        ("//cdn.org/x.jpg", "https://cdn.org/x.jpg"),
        ("http://e.org/../../etc/x.jpg", "http://e.org/etc/x.jpg"),
        ("data:image/gif;base64,A\\B", "data:image/gif;base64,A\\B"),
        ("", None),
        (" \n", None),
        ("http://[bad/x.jpg", None),
        ("http://e.org:port/x.jpg", None),
        ("http://e.org:99999/x.jpg", None),
    ],
)
def test_references_resolve_as_browsers_do(reference, url):
    assert resolve("https://e.org/dir/page.html", reference) == url


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("http://e.org:80/a", "http://e.org/a"),
        ("https://e.org:443/a", "https://e.org/a"),
        ("http://e.org:8080/a", "http://e.org:8080/a"),
        ("http://e.org/a#part", "http://e.org/a"),
        ("http://user:word@e.org/a", "http://e.org/a"),
        ("http://e.org/%c3%bc", "http://e.org/%C3%BC"),
        ("http://e.org/ü", "http://e.org/%C3%BC"),
        ("http://e.org/100%", "http://e.org/100%25"),
        ("http://e.org/a/../b", "http://e.org/b"),
        ("http://e.org/?b=2&a=1", "http://e.org/?b=2&a=1"),
        ("http://müller.de/", "http://xn--mller-kva.de/"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
        ("ftp://e.org/a", None),
        ("javascript:alert(1)", None),
        ("http:///a", None),
        ("http://exa mple/a", None),
        ("http://e.org:x/", None),
    ],
)
def test_normal_forms(url, normal):
    assert normalise(url) == normal


def test_escapes_without_need_make_no_other_picture():
    assert image_url_id("http://e.org/a%2Cb%7E.jpg") == image_url_id("http://e.org/a,b~.jpg")


@pytest.mark.parametrize("other", ["http://e.org/a%2Fb.jpg", "http://e.org/a/b.jpg?", "http://e.org/A/b.jpg"])
def test_escapes_and_letters_that_matter_make_another_picture(other):
    assert (image_url_id(other) == image_url_id("http://e.org/a/b.jpg")) == (
        normalise(other) == "http://e.org/a/b.jpg"
    )


def test_a_slash_in_a_name_is_not_a_slash_between_names():
    assert image_url_id("http://e.org/a%2Fb.jpg") != image_url_id("http://e.org/a/b.jpg")


@given(st.text(), st.text())
def test_no_text_makes_resolution_fail_and_normal_forms_are_stable(base, reference):
    resolve(base, reference)
    url = resolve("https://e.org/dir/", reference)
    normal = normalise(url) if url else None
    assert normal is None or (normal.isascii() and normalise(normal) == normal)


def test_hashed_parts_do_not_run_together():
    assert len({hash_parts("ab", "c"), hash_parts("a", "bc"), hash_parts("abc"), hash_parts("abc", "")}) == 4


def test_a_document_is_told_by_its_record_and_not_by_the_folder_of_its_file():
    first = document_id("http://e.org", "2024-01-01T00:00:00Z", "/data/a.warc.gz", 100)
    assert first == document_id("http://E.org/", "2024-01-01T00:00:00Z", "s3://bucket/a.warc.gz", 100)
    others = {
        document_id("http://e.org", "2024-01-01T00:00:01Z", "a.warc.gz", 100),
        document_id("http://e.org", "2024-01-01T00:00:00Z", "b.warc.gz", 100),
        document_id("http://e.org", "2024-01-01T00:00:00Z", "a.warc.gz", 101),
        document_id("http://e.org", "2024-01-01T00:00:00Z", "a.warc.gz", 100, 1),
    }
    assert len(others | {first}) == 5


def test_a_host_in_letters_above_ascii_may_hold_no_more_than_one_in_ascii():
    assert normalise("http://e,org\u02de\u041dd/a") is None
    assert normalise("http://b\u00fccher.example/a") == "http://xn--bcher-kva.example/a"


PARTS = st.lists(
    st.sampled_from([
        "http://", "https://", "a.example", "B.example", "/", "//", ".", "..", "x", "y.jpg", "?", "?a=1", "#", "#f",
        ";p", ":80", "@", "%20", "%zz", "é", " ", "(", "*", "-", "_", "~", "+", "\\",
    ]),
    max_size=6,
).map("".join)  # fmt: skip


@given(st.sampled_from(["http://a.example/b/c?d", "https://A.example:80/", "http://a.example"]), PARTS)
def test_urls_that_are_seen_to_be_in_normal_form_are_left_as_the_rules_leave_them(base, reference):
    resolved, normal = resolve(base, reference), normalise(reference)
    plain, rooted = urls.PLAIN, urls.ROOTED
    urls.PLAIN = urls.ROOTED = re.compile("(?!)")
    try:
        assert resolve.__wrapped__(base, reference) == resolved
        assert normalise.__wrapped__(reference) == normal
    finally:
        urls.PLAIN, urls.ROOTED = plain, rooted
