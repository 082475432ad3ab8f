"""What owners permit is read from page and headers, and recorded whomever it addresses."""

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.extract.permissions import (
    MAX_DIRECTIVES,
    directives_in_headers,
    directives_in_page,
    listed,
    reserved_in_page,
    reserves,
)


def tree(*metas):
    return lxml.html.document_fromstring(f"<html><head>{''.join(metas)}</head><body>text</body></html>")


@pytest.mark.parametrize(
    ("meta", "directives"),
    [
        ('<meta name="robots" content="noindex, nofollow">', ["nofollow", "noindex"]),
        ('<META NAME="ROBOTS" CONTENT=" NoAI,NOIMAGEAI ">', ["noai", "noimageai"]),
        ('<meta name="googlebot" content="noimageindex">', ["googlebot: noimageindex"]),
        ('<meta name="CCBot" content="noai; noimageai">', ["ccbot: noai", "ccbot: noimageai"]),
        ('<meta name="robots" content="max-image-preview:Large">', ["max-image-preview: large"]),
        ('<meta name="robots" content=", ,">', []),
        ('<meta name="robots">', []),
        ('<meta property="robots" content="noai">', []),
        ('<meta name="description" content="robots, noai">', []),
        ('<meta name="generator" content="robot maker">', []),
    ],
)
def test_directives_of_a_page_are_those_of_metas_that_address_robots(meta, directives):
    assert listed(directives_in_page(tree(meta))) == directives


def test_several_metas_count_together():
    root = tree(
        '<meta name="robots" content="noindex">', '<meta name="robots" content="noai"><meta charset="x">'
    )
    assert listed(directives_in_page(root)) == ["noai", "noindex"]


@pytest.mark.parametrize(
    ("header", "directives"),
    [
        ("noai, NoImageAI", ["noai", "noimageai"]),
        (
            "otherbot: noindex, nofollow, ccbot: noai",
            ["ccbot: noai", "otherbot: nofollow", "otherbot: noindex"],
        ),
        ("otherbot: noindex,\nnoai", ["noai", "otherbot: noindex"]),
        ("*: noai", ["noai"]),
        ("max-snippet: -1, none", ["max-snippet: -1", "none"]),
        ("", []),
    ],
)
def test_a_name_in_a_header_addresses_what_follows_it_in_that_header(header, directives):
    assert listed(directives_in_headers({"x-robots-tag": header})) == directives


def test_no_header_gives_no_directive():
    assert directives_in_headers({"content-type": "text/html"}) == set()


@pytest.mark.parametrize(
    ("declared", "reserved"),
    [
        ({"tdm-reservation": "1"}, True),
        ({"tdm-reservation": " 1 ", "tdm-policy": "https://e.org/p.json"}, True),
        ({"tdm-reservation": "0"}, False),
        ({"tdm-reservation": "0", "tdm-policy": "https://e.org/p.json"}, False),
        ({"tdm-reservation": "yes"}, False),
        ({"tdm-policy": "https://e.org/p.json"}, False),
        ({}, False),
    ],
)
def test_mining_is_reserved_by_a_1_in_headers_and_in_metas_alike(declared, reserved):
    metas = [f'<meta name="{name.upper()}" content="{value}">' for name, value in declared.items()]
    assert reserves(declared) is reserved
    assert reserved_in_page(tree(*metas)) is reserved


def test_a_page_that_contradicts_itself_reserves():
    metas = [f'<meta name="tdm-reservation" content="{value}">' for value in (1, 0)]
    assert reserved_in_page(tree(*metas))
    assert reserved_in_page(tree(*reversed(metas)))


@given(st.text(max_size=300))
def test_any_header_gives_a_bounded_sorted_list(value):
    found = listed(directives_in_headers({"x-robots-tag": value + ",x" * 60}))
    assert found == sorted(set(found))
    assert all(each and len(each) <= 100 for each in found)
    assert len(found) <= MAX_DIRECTIVES
