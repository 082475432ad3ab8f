"""One <img> gives the one picture that a reader of the page would see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.extract.references import declared_px, reference_from
from corpus.extract.srcset import best_candidate, parse_srcset
from corpus.urls import image_url_id

BASE = "https://e.org/dir/page.html"


def found(picture_sets=(), **attributes):
    reference = reference_from(
        {name.replace("_", "-"): value for name, value in attributes.items()}, picture_sets, BASE, 7, False
    )
    return reference and (reference.attribute, reference.url)


def test_src_is_taken_when_it_is_all_there_is():
    assert found(src="a.jpg") == ("src", "https://e.org/dir/a.jpg")


def test_an_element_without_any_source_gives_nothing():
    assert found(alt="no source") is None
    assert found(src="", srcset="", data_srcset=" ") is None


@pytest.mark.parametrize("name", ["data-src", "data-original", "data-lazy-src", "data-lazy"])
def test_a_lazy_attribute_comes_before_the_placeholder_in_src(name):
    attributes = {name.replace("-", "_"): "/real.jpg", "src": "/placeholder.gif"}
    assert found(**attributes) == (name, "https://e.org/real.jpg")


def test_a_lazy_srcset_comes_before_all():
    got = found(data_srcset="/s.jpg 400w, /m.jpg 800w", data_src="/lazy.jpg", src="/tiny.jpg")
    assert got == ("data-srcset", "https://e.org/m.jpg")


def test_src_comes_before_srcset_unless_it_is_a_placeholder():
    assert found(src="/a.jpg", srcset="/b.jpg 2x") == ("src", "https://e.org/a.jpg")
    assert found(src="/img/blank.gif", srcset="/b.jpg 2x") == ("srcset", "https://e.org/b.jpg")
    assert found(src="/img/blank.gif") == ("src", "https://e.org/img/blank.gif")


def test_the_sources_of_a_picture_element_are_the_last_resort():
    sets = [("srcset", "/wide.webp 800w, /huge.webp 4000w"), ("srcset", "/other.jpg")]
    assert found(sets) == ("srcset", "https://e.org/wide.webp")
    assert found(sets, src="/a.jpg") == ("src", "https://e.org/a.jpg")


def test_a_data_uri_gives_way_to_an_address():
    assert found(src="data:image/gif;base64,AAAA", srcset="data:image/gif;base64,AAAA 1x, /b.jpg 2x") == (
        "srcset",
        "https://e.org/b.jpg",
    )


def test_a_data_uri_is_kept_by_its_hash_alone():
    uri = "DATA:image/png;base64," + "A" * 100_000
    reference = reference_from({"src": uri}, (), BASE, 0, False)
    assert reference.data_characters == len(uri)
    assert reference.raw_url is None
    assert reference.url == f"data:image/png;hash={reference.image_url_id}"
    assert reference.image_url_id != reference_from({"src": uri + "B"}, (), BASE, 0, False).image_url_id


@pytest.mark.parametrize(
    "source",
    [
        "javascript:alert(1)", "java\nscript:alert(1)", "vbscript:x", "file:///etc/passwd", "blob:https://e.org/1",
        "about:blank", "ftp://e.org/x.jpg", "s3://b/x.jpg", "mailto:a@e.org", "http:///x.jpg", "http://[bad/x.jpg",
        "http://e.org:99999/x.jpg", "http://exa mple/x.jpg", "#part", "/{size}/x.jpg", "/" + "x" * 5_000,
        "data:text/html,<script>", "data:",
    ],
)  # fmt: skip
def test_sources_that_name_no_picture_on_the_web_give_nothing(source):
    assert found(src=source) is None


def test_identity_is_that_of_the_normal_form():
    reference = reference_from({"src": "//E.org:443/a.jpg#x"}, (), BASE, 0, False)
    assert reference.image_url_id == image_url_id("https://e.org/a.jpg")
    assert (reference.url, reference.raw_url) == ("https://E.org:443/a.jpg#x", "//E.org:443/a.jpg#x")


def test_declared_texts_are_folded_and_cut():
    reference = reference_from({"src": "a.jpg", "alt": " a\n b ", "title": " "}, (), BASE, 0, False)
    assert (reference.alt, reference.title) == ("a b", None)
    assert len(reference_from({"src": "a.jpg", "alt": "b" * 50_000}, (), BASE, 0, False).alt) == 2_000


@pytest.mark.parametrize(
    ("text", "px"),
    [
        ("640", 640),
        (" 640px ", 640),
        ("640.5", 640),
        ("0", 0),
        ("50%", None),
        ("auto", None),
        ("-1", None),
        (None, None),
    ],
)
def test_sizes_are_read_in_px_only(text, px):
    assert declared_px(text) == px


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("a.jpg", [("a.jpg", 1, "x")]),
        ("a.jpg 1x, b.jpg 2x", [("a.jpg", 1, "x"), ("b.jpg", 2, "x")]),
        ("a.jpg 1x,b.jpg 2x", [("a.jpg", 1, "x"), ("b.jpg", 2, "x")]),
        ("a.jpg, b.jpg 1.5x", [("a.jpg", 1, "x"), ("b.jpg", 1.5, "x")]),
        (" ,a.jpg 400w,\n\tb.jpg 800w 600h ,", [("a.jpg", 400, "w"), ("b.jpg", 800, "w")]),
        ("c,comma.jpg 1x, d(1,2).jpg 2x", [("c,comma.jpg", 1, "x"), ("d(1,2).jpg", 2, "x")]),
        ("a.jpg (x, y) 2x, b.jpg 3x", [("b.jpg", 3, "x")]),
        ("a.jpg 2x 800w, b.jpg 1x 2x, c.jpg 100h, d.jpg 0w, e.jpg -1x, f.jpg x, g.jpg 1ex", []),
        (
            "a.jpg 600h 800w, b.jpg .5x, c.jpg 1e1x",
            [("a.jpg", 800, "w"), ("b.jpg", 0.5, "x"), ("c.jpg", 10, "x")],
        ),
        (
            "data:image/png;base64,AA,BB 2x,b.jpg 3x",
            [("data:image/png;base64,AA,BB", 2, "x"), ("b.jpg", 3, "x")],
        ),
        (
            "data:image/gif;base64,AA 1x, /b.jpg 2x",
            [("data:image/gif;base64,AA", 1, "x"), ("/b.jpg", 2, "x")],
        ),
        ("a.jpg huge", []),
        ("", []),
        (",,, ,", []),
    ],
)
def test_srcsets_are_split_as_the_standard_says(text, candidates):
    assert parse_srcset(text) == candidates


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("s.jpg 400w, m.jpg 1200w, l.jpg 4000w", "m.jpg"),
        ("l.jpg 4000w, xl.jpg 8000w", "l.jpg"),
        ("a.jpg, b.jpg 2x, c.jpg 3x", "b.jpg"),
        ("", None),
    ],
)
def test_the_best_candidate_is_the_widest_that_is_of_use(text, url):
    assert best_candidate(text) == url


@given(st.text(alphabet=" ,()abw1x\n.%/", max_size=200))
def test_no_srcset_makes_the_parser_fail_or_give_an_empty_url(text):
    assert all(url for url, _, _ in parse_srcset(text))
