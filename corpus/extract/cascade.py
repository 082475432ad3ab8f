"""The stages by which trafilatura finds the text of a page, in its fast mode and without its copies.

Goes in: the tree of a page. Comes out: the body that `trafilatura.bare_extraction(fast=True, include_comments=False)`
finds in it. That copies the tree of a page with little text eight times, cleans it twice, and makes a text of all of it
only to count the letters. Here what one stage leaves untouched the next one takes, and letters are counted where they
are.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy, deepcopy
from functools import cache
from importlib import import_module
from typing import Any

from lxml import etree
from trafilatura import core, main_extractor
from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
from trafilatura.settings import MIN_DUPLICATE_LENGTH, Extractor
from trafilatura.utils import SPACING_PROTECTED, text_chars_test
from trafilatura.xml import delete_element
from trafilatura.xpaths import RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH

from corpus.extract.link_density import n_folded, prune_sections

baseline = import_module("trafilatura.baseline")  # the package shows a function by that name
Found = tuple[Any, str]
"""A body and its text."""


def main_body(tree: Any) -> Any:
    """The body with the text of a page; None when there is none. The tree is changed on the way."""
    theirs = main_extractor.prune_unwanted_sections
    main_extractor.prune_unwanted_sections = prune_sections
    try:
        body, text = stages(tree, options_of(recall=False))
    except (TypeError, ValueError):  # as trafilatura takes them: there is nothing to be had from this page
        return None
    finally:
        main_extractor.prune_unwanted_sections = theirs
    return body if text else None


@cache
def options_of(*, recall: bool) -> Extractor:
    return Extractor(output_format="xml", fast=True, comments=False, tables=True, recall=recall)


def stages(tree: Any, options: Extractor) -> Found:
    """The main extractor; where it finds next to nothing, whatever looks like text; where it finds little of the page,
    the main extractor once more, less choosy."""
    is_forum = core._forum_thread_page(tree)
    tree = prune_unwanted_nodes(tree, RAW_TREE_PRUNE_XPATH)
    if not is_forum:
        tree = prune_unwanted_nodes(tree, REMOVE_COMMENTS_AND_LISTS_XPATH)
    cleaned = cleaned_copy(tree, options)
    untouched = Spare(deepcopy(cleaned))
    body, text = content(cleaned, untouched.take, options)
    if len(text) < options.min_extracted_size:
        rescued, rescued_text, length = baseline.baseline(tree)
        if length > len(text):
            body, text = rescued, rescued_text
    if 0 < len(text) < core.ESCALATION_MAX_LENGTH and is_small_part(len(text), tree):
        more = less_choosy(tree, untouched)
        if len(more[1]) >= max(options.min_extracted_size, 1 + int(core.ESCALATION_ACCEPT_RATIO * len(text))):
            return more
    return body, text


class Spare:
    """A cleaned tree that nobody has changed yet, for the first who needs one."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree

    def take(self) -> Any:
        tree, self.tree = self.tree, None
        return tree


def cleaned_copy(tree: Any, options: Extractor) -> Any:
    return convert_tags(tree_cleaning(copy(tree), options), options)


def less_choosy(tree: Any, untouched: Spare) -> Found:
    """What the main extractor finds when recall counts for more; nothing where it fails."""
    options = options_of(recall=True)
    # Cleaning differs from the first one only where that leaves no paragraph.
    has_paragraphs = untouched.tree is not None and untouched.tree.find(".//p") is not None
    try:
        cleaned = untouched.take() if has_paragraphs else cleaned_copy(tree, options)
        return content(cleaned, lambda: cleaned_copy(tree, options), options)
    except Exception:  # trafilatura goes on without, too
        return None, ""


def content(cleaned: Any, untouched: Callable[[], Any], options: Extractor) -> Found:
    """What the main extractor takes of a cleaned tree, and what it overlooked where that is little; the same tree is
    made by `untouched` then."""
    order = list(cleaned.iter())
    body, text, tags = main_extractor._extract(cleaned, options)
    if len(body) == 0 or len(text) < options.min_extracted_size:
        whole = untouched()
        consumed = set()
        if any(element.tag == "done" for element in order):
            pairs = zip(order, whole.iter(), strict=True)
            consumed = {twin for element, twin in pairs if element.tag == "done"}
        body = main_extractor.recover_wild_text(whole, body, options, tags, consumed)
        text = " ".join(body.itertext()).strip()
    drop_repeated(body)
    etree.strip_elements(body, "done")
    etree.strip_tags(body, "div")
    for line_break in body.iter("lb"):
        is_blank = line_break.tail and not text_chars_test(line_break.tail)
        if is_blank and not any(around.tag in SPACING_PROTECTED for around in line_break.iterancestors()):
            line_break.tail = None
    return body, text


def drop_repeated(body: Any) -> None:
    """Take out long elements that say what the one before them says."""
    before = None
    for element in list(body):
        text = main_extractor._elem_text(element)
        if text and text == before and len(text) > MIN_DUPLICATE_LENGTH:
            delete_element(element, keep_tail=False)
        else:
            before = text


def is_small_part(n_characters: int, tree: Any) -> bool:
    """Whether so many characters are under a fifth of the text of the page, clutter left out.

    The whole text has a blank at each border of a block. With one at every tag it is never shorter, with none never
    longer; it is made only when these two do not agree.
    """
    body = tree.find(".//body")
    body = tree if body is None else body
    clutter = set(baseline.BASIC_CLEAN_XPATH(body))
    outer = [each for each in clutter if not any(around in clutter for around in each.iterancestors())]
    n_clutter = sum(2 + n_folded(each.text_content()) for each in outer)
    bound = n_characters / core.ESCALATION_PAGE_SHARE
    if n_folded(body.text_content()) - n_clutter > bound + 1:
        return True
    if n_folded(" ".join(body.itertext())) < bound - 1:
        return False
    return n_characters < core.ESCALATION_PAGE_SHARE * len(baseline.html2txt(tree))
