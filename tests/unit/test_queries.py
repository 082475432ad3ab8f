from copy import deepcopy
from importlib import import_module
from unittest.mock import patch

import lxml.html
import pytest
import trafilatura.xpaths
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from corpus.extract.predicates import read_predicate
from corpus.extract.queries import KNOWN, NUMBER, PAGES, Query, branches_of, installed, marked

NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
IN_USE = (
    "BODY_XPATH", "RAW_TREE_PRUNE_XPATH", "REMOVE_COMMENTS_AND_LISTS_XPATH", "OVERALL_DISCARD_XPATH",
    "TEASER_DISCARD_XPATH", "DISCARD_IMAGE_ELEMENTS",
)  # fmt: skip
TAGS = ("div", "p", "section", "span", "article", "main", "list", "item", "ul", "details", "aside", "footer")
NAMES = ("id", "class", "style", "role", "itemprop", "aria-hidden", "data-component")
VALUES = (
    "", "post", "entry-content", "postContent", "sidebar share-this", "nav", "Navigation", "comment", "comments-title",
    "commentary", "hidden", "x hidden", "reply-1", "display:none", "true", "main", "main-content", "Main-Content",
    "story-body", "teaser", "Teaser", "caption", "footer", "cookie-banner", "cookie", "content", "art\nbody-text",
    "a 'quoted' \"name\"", "articleBody", "ad-1", "mvp-post-add-box", "disqus_thread", "\uf8ff", "\x01",
)  # fmt: skip


def all_queries():
    installed()
    lists = [own for own in vars(trafilatura.xpaths).values() if isinstance(own, list)]
    found = [query for own in lists for query in own if isinstance(query, Query)]
    return [*found, import_module("trafilatura.baseline").BASIC_CLEAN_XPATH]


@st.composite
def trees(draw):
    root = lxml.html.Element("html")
    elements = [root]
    for tag in draw(st.lists(st.sampled_from(TAGS), max_size=20)):
        element = etree.SubElement(draw(st.sampled_from(elements)), tag)
        attributes = draw(
            st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES[:-1])), max_size=3)
        )
        for name, value in attributes:
            element.set(name, value)
        elements.append(element)
    return root


def test_trafilatura_asks_by_queries_of_class_and_id():
    assert len(all_queries()) > 20
    assert {"id", "class", "style", "role"} <= installed()
    in_use = [query for name in IN_USE for query in getattr(trafilatura.xpaths, name)]
    assert [str(query) for query in in_use if query.branches is None] == []


@settings(max_examples=60)
@given(trees())
def test_a_query_selects_what_the_xpath_selects(root):
    with marked(root):
        for query in all_queries():
            assert query(root) == query.xpath(root), str(query)
    assert not PAGES


def test_an_xpath_is_not_asked_where_nothing_on_the_page_passes():
    root = lxml.html.document_fromstring('<div class="alone"><p id="one">Text</p></div>')
    query = Query(etree.XPath(".//div[re:test(@class, 'share|social') or @id='x']", namespaces=NAMESPACES))
    with marked(root), patch.object(query, "xpath", None):
        assert query(root) == []


def test_a_number_that_the_page_brings_along_is_none():
    query = Query(etree.XPath(".//div[re:test(@class, 'share')]", namespaces=NAMESPACES))
    with marked(lxml.html.document_fromstring('<div class="share">A</div>')):
        number = KNOWN.numbers[(("class", "share"),)]
    root = lxml.html.document_fromstring(f'<div class="share">A</div><div {NUMBER}="{number}">B</div>')
    with marked(root):
        assert query(root) == [root[0][0]]


def test_a_path_that_goes_on_below_is_asked_whole():
    query = Query(etree.XPath(".//div[@class='a']/p[@class='b']", namespaces=NAMESPACES))
    root = lxml.html.document_fromstring('<div class="a"><p class="b">A</p></div><p class="b">B</p>')
    with marked(root):
        assert query.branches is None
        assert query(root) == [root[0][0][0]]


def test_long_names_are_not_kept_for_ever():
    with marked(etree.Element("div", {"class": "x" * 21_000_000})):
        assert KNOWN.n_bytes > 20_000_000
    with marked(lxml.html.document_fromstring('<div class="y">A</div>')):
        assert len(KNOWN.sets) == 2


def test_copies_of_the_page_are_asked_by_its_numbers():
    root = lxml.html.document_fromstring('<div class="share"><p id="x">Text</p></div><div id="x">Text</div>')
    query = Query(etree.XPath(".//div[re:test(@class, 'share|social') or @id='x']", namespaces=NAMESPACES))
    with marked(root):
        copied = deepcopy(root)
        with patch.object(query, "xpath", None):
            assert query(copied) == [copied[0][0], copied[0][1]]


def test_the_xpath_is_asked_whole_of_a_tree_that_is_no_copy_of_the_page():
    query = Query(etree.XPath(".//div[re:test(@class, 'share')]", namespaces=NAMESPACES))
    other = lxml.html.document_fromstring('<div class="share">Text</div>')
    with marked(lxml.html.document_fromstring('<div class="alone">Text</div>')):
        assert len(query(other)) == 1
    assert len(query(other)) == 1


def test_a_name_that_holds_control_characters_is_asked_like_others():
    root = lxml.html.document_fromstring('<div class="&#1;share">Text</div>')
    query = Query(etree.XPath(".//div[re:test(@class, 'share')]", namespaces=NAMESPACES))
    with marked(root):
        assert query(root) == query.xpath(root) != []


def test_an_xpath_that_asks_for_more_than_attributes_is_asked_where_these_pass():
    path = ".//div[re:test(@class, 'share')][not(.//h1)]"
    query = Query(etree.XPath(path, namespaces=NAMESPACES))
    root = lxml.html.document_fromstring('<div class="share"><h1>A</h1></div><div class="share">B</div>')
    with marked(root):
        assert query(root) == [root[0][1]]


@given(
    st.sampled_from(
        (
            "@class='a' or @id='b'", "@class and not(@id)", "contains(@id|@class, 'a')", "starts-with(@class|@id, 'b')",
            "contains(translate(@class, 'AB', 'b'), 'b')", "re:test(@id, '^a|b$')", "re:test(@class|@style, 'a', 'i')",
            "not(self::ol or self::ul) or (@class='a' and re:test(@id, 'b'))", "translate(@id, 'ab', 'ba')",
        )
    ),
    st.sampled_from(("div", "ol")),
    st.lists(st.tuples(st.sampled_from(("class", "id", "style")), st.text("abAB ", max_size=3)), max_size=3),
)  # fmt: skip
def test_a_predicate_holds_where_the_xpath_selects(text, tag, attributes):
    root = etree.Element("root")
    element = etree.SubElement(root, tag, dict(attributes))
    expected = bool(etree.XPath(f"*[{text}]", namespaces=NAMESPACES)(root))
    try:
        predicate = read_predicate(text)
    except ValueError:
        assert text.startswith("translate")
        return
    assert predicate(tag, tuple(element.items())) == expected


@pytest.mark.parametrize(
    ("path", "branches"),
    [
        (".//a|.//b", [".//a", ".//b"]),
        (".//a[re:test(@id|@class, 'x|(y')]|(.//b)[1]", [".//a[re:test(@id|@class, 'x|(y')]", "(.//b)[1]"]),
        (".//a", [".//a"]),
    ],
)
def test_branches_end_at_bars_outside_of_brackets(path, branches):
    assert branches_of(path) == branches
