"""trafilatura's stages, made with less work, find what trafilatura finds."""

import os
from copy import deepcopy
from pathlib import Path

import lxml.html
import pytest
import trafilatura
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from trafilatura import main_extractor
from trafilatura.settings import TAG_CATALOG, Extractor

from corpus.config import Settings
from corpus.extract.cascade import is_small_part
from corpus.extract.link_density import prune_sections
from corpus.extract.page import UNASKED
from corpus.extract.text import PARAGRAPH, blocks_in, extract_blocks
from corpus.recipes.documents import is_page, read_address
from corpus.warc.records import Response

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "demo" / "sample.warc.gz"
WARCS = sorted(Path(os.environ.get("CORPUS_TEST_DATA", ROOT.parent / "shared/data")).rglob("*arc.gz"))
"""More pages to compare; no part of the project, and none where the folder is not there."""
WORDS = st.sampled_from(
    ("", " ", "One.", "Share this page", "A low sun stood over the ridge all day. " * 3, "x" * 260)
)
TAGS = ("div", "p", "list", "item", "ref", "span", "table", "tr", "td", "quote", "head", "graphic")


def theirs(root):
    found = trafilatura.bare_extraction(root, fast=True, include_comments=False, output_format="xml")
    return [] if found is None or found.body is None else list(blocks_in(found.body, PARAGRAPH))


@pytest.mark.parametrize("warc", [SAMPLE, *WARCS], ids=lambda path: path.name)
def test_pages_give_the_blocks_that_trafilatura_gives(warc):
    n_blocks = 0
    for response in read_address(str(warc), Settings()):
        if not isinstance(response, Response) or not is_page(response) or not response.body.strip():
            continue
        root = lxml.html.document_fromstring(response.body)
        expected = theirs(root)
        etree.strip_attributes(root, *UNASKED)
        assert extract_blocks(root) == expected, response.url
        n_blocks += len(expected)
    assert n_blocks > 300 or warc != SAMPLE


@st.composite
def trees(draw):
    root = lxml.html.document_fromstring("<html><body></body></html>")
    elements = [root[0]]
    for tag in draw(st.lists(st.sampled_from(TAGS), max_size=25)):
        element = etree.SubElement(draw(st.sampled_from(elements)), tag)
        element.text, element.tail = draw(WORDS), draw(WORDS)
        elements.append(element)
    return root


@settings(max_examples=300)
@given(trees(), st.booleans(), st.booleans(), st.sets(st.sampled_from(("table", "graphic", "ref"))))
def test_sections_are_pruned_that_trafilatura_prunes(root, recall, keep_teasers, more_tags):
    options = Extractor(fast=True, recall=recall)
    tags = TAG_CATALOG | more_tags
    expected = main_extractor.prune_unwanted_sections(deepcopy(root), tags, options, keep_teasers)
    found = prune_sections(root, tags, options, keep_teasers)
    assert etree.tostring(found) == etree.tostring(expected)


@given(trees(), st.integers(0, 400))
def test_a_small_part_of_a_page_is_told_as_by_its_whole_text(root, n_characters):
    whole = trafilatura.html2txt(root)
    assert is_small_part(n_characters, root) == (n_characters < 0.2 * len(whole))
