from importlib import import_module

import lxml.html
import pytest
import trafilatura.xpaths
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from corpus.extract.queries import MARK, PAGES, Query, branches_of, installed, marked

NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
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
    assert {"id", "class", "style", "role"} <= installed().keys()


@settings(max_examples=60)
@given(trees())
def test_a_query_selects_what_the_xpath_selects(root):
    with marked(root):
        for query in all_queries():
            assert query(root) == query.xpath(root), str(query)
    assert root.get(MARK) is None
    assert not PAGES


def test_a_query_leaves_out_what_nothing_on_the_page_passes():
    root = lxml.html.document_fromstring('<div class="alone"><p id="one">Text</p></div>')
    query = Query(etree.XPath(".//div[re:test(@class, 'share|social') or @id='x']", namespaces=NAMESPACES))
    with marked(root):
        (page,) = PAGES.values()
        assert query(root) == []
        assert page.queries[query] == (None, {})


def test_the_xpath_is_asked_whole_of_a_tree_that_is_no_copy_of_the_page():
    query = Query(etree.XPath(".//div[re:test(@class, 'share')]", namespaces=NAMESPACES))
    other = lxml.html.document_fromstring('<div class="share">Text</div>')
    with marked(lxml.html.document_fromstring('<div class="alone">Text</div>')):
        assert len(query(other)) == 1
    assert len(query(other)) == 1


def test_a_name_that_holds_control_characters_is_asked_whole():
    root = lxml.html.document_fromstring('<div class="&#1;share">Text</div>')
    query = Query(etree.XPath(".//div[re:test(@class, 'share')]", namespaces=NAMESPACES))
    with marked(root):
        assert query(root) == query.xpath(root) != []


def test_many_names_that_pass_are_not_searched_for_one_by_one():
    divs = "".join(f'<div class="share-{number}">Text</div>' for number in range(1000))
    root = lxml.html.document_fromstring(divs)
    query = Query(etree.XPath(".//div[re:test(@class, '^share-')]", namespaces=NAMESPACES))
    with marked(root):
        (page,) = PAGES.values()
        assert query(root) == query.xpath(root)
        assert page.queries[query][1] == {}


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
