"""Sections that are clutter by their names or hold little but links, found as trafilatura finds them.

Goes in: a tree in trafilatura's form, its links `ref`. Comes out: the same tree without these sections, as
`trafilatura.main_extractor.prune_unwanted_sections` leaves it. That reads each link for every element around it, twice
over; here each link is read once, and once more where something was deleted.
"""

from __future__ import annotations

from typing import Any

from lxml import etree
from trafilatura.htmlprocessing import is_paragraph_listing, link_density_test_tables, prune_unwanted_nodes
from trafilatura.settings import Extractor
from trafilatura.utils import LINK_FARM_RATIO
from trafilatura.xml import delete_element
from trafilatura.xpaths import DISCARD_IMAGE_ELEMENTS, OVERALL_DISCARD_XPATH, TEASER_DISCARD_XPATH

N_ROUNDS = 2
SHORT_LINK_CHARACTERS = 10
LONG_LINK_CHARACTERS = 100
SHORT_CHARACTERS = 100
MIN_CHILDREN = 3
ENOUGH_CHARACTERS = 1_000
MIN_FARM_LINKS = 5
CELLS = ("item", "td", "th")


def prune_sections(
    tree: Any, potential_tags: set[str], options: Extractor, keep_teasers: bool = False
) -> Any:
    """The tree without them, and without the marks of links, for an extractor that looks for these tags."""
    tree = prune_unwanted_nodes(tree, OVERALL_DISCARD_XPATH, with_backup=True)
    if "graphic" not in potential_tags:
        tree = prune_unwanted_nodes(tree, DISCARD_IMAGE_ELEMENTS)
    if options.focus != "recall" and not keep_teasers:
        tree = prune_unwanted_nodes(tree, TEASER_DISCARD_XPATH)
    for _ in range(N_ROUNDS):
        n_deleted = sum([delete_link_sections(tree, tag) for tag in ("div", "list", "p")])
        if n_deleted == 0:  # nor would the next round delete anything
            break
    if "table" in potential_tags:
        for table in [table for table in tree.iter("table") if link_density_test_tables(table)]:
            delete_element(table, keep_tail=False)
    etree.strip_tags(tree, "span", *(() if "ref" in potential_tags else ("ref",)))
    return tree


def delete_link_sections(tree: Any, tag: str) -> int:
    """Delete the elements with this tag that hold little but links; how many these are."""
    if next(tree.iter("ref"), None) is None:
        return 0
    has_pictures = next(tree.iter("graphic"), None) is not None
    link_characters: dict[Any, int] = {}
    found = [
        element
        for element in tree.iter(tag)
        if not (has_pictures and element.find(".//graphic") is not None)
        and holds_links_alone(element, tag, link_characters)
        and not (tag == "p" and is_in_cell(element))
    ]
    for element in found:
        delete_element(element)
    return len(found)


def is_in_cell(element: Any) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag in CELLS


def holds_links_alone(element: Any, tag: str, link_characters: dict[Any, int]) -> bool:
    """Whether an element is little but links; `link_characters` of the links that were read before."""
    links = list(element.iterdescendants("ref"))
    if not links:
        return False
    text = element.text_content()
    lengths = [n for link in links if (n := characters_of(link, link_characters))]
    n_linked = sum(lengths)
    if len(links) == 1 and n_linked > LONG_LINK_CHARACTERS and n_linked > 0.9 * n_folded(text):
        return True
    if is_shorter(text, limit_of(element, tag)):
        return is_linked(lengths, n_folded(text)) or (
            tag == "div" and len(element) >= MIN_CHILDREN and is_shorter(text, SHORT_CHARACTERS)
        )
    return (
        len(links) >= MIN_FARM_LINKS
        and n_linked < 100 * len(lengths)
        and n_linked > n_folded(text) * LINK_FARM_RATIO
        and not is_paragraph_listing(links)
    )


def is_linked(lengths: list[int], n_characters: int) -> bool:
    """Whether links of these lengths are most of a small element, or most of them very short."""
    n_short = sum(n < SHORT_LINK_CHARACTERS for n in lengths)
    return (
        not lengths
        or sum(lengths) > n_characters * 0.8
        or (len(lengths) > 1 and n_short / len(lengths) > 0.8)
    )


def is_shorter(text: str, n_characters: int) -> bool:
    """Whether a text is shorter, white space folded. Of a long one the beginning mostly tells."""
    start = text[:ENOUGH_CHARACTERS]
    return n_folded(start) < n_characters and (start == text or n_folded(text) < n_characters)


def limit_of(element: Any, tag: str) -> int:
    """Up to how many characters an element counts as small: at the end of its parent more than before others."""
    is_last = element.getnext() is None
    if tag == "p":
        return 60 if is_last else 30
    return 300 if is_last else 100


def characters_of(link: Any, link_characters: dict[Any, int]) -> int:
    """Number of characters of a link, white space folded."""
    if link not in link_characters:
        link_characters[link] = n_folded(link.text_content())
    return link_characters[link]


def n_folded(text: str) -> int:
    """Number of characters when white space is folded."""
    return len(" ".join(text.split()))
