"""Sections that are clutter by their names or hold little but links, found as trafilatura finds them.

Goes in: a tree in trafilatura's form, its links `ref`. Comes out: the same tree without these sections, as
`trafilatura.main_extractor.prune_unwanted_sections` leaves it. That reads each link for every element around it, twice
over; here each link is read once, what it adds is handed on to the sections around it, and only sections from which
something was deleted are judged again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import etree
from trafilatura.htmlprocessing import is_paragraph_listing, prune_unwanted_nodes
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
SMALL_TABLE_CHARACTERS = 200
MIN_FARM_LINKS = 5
CELLS = ("item", "td", "th")
SECTIONS = ("div", "list", "p", "table")


@dataclass(slots=True, eq=False)
class Section:
    """An element, the one around it, and the links in it: how many, how many of them have text, how many of these are
    short, and their characters, white space folded. `is_settled`: it was judged to stay, and nothing near it went."""

    element: Any
    tag: str
    around: Section | None
    n_links: int = 0
    n_worded: int = 0
    n_short: int = 0
    n_linked: int = 0
    is_settled: bool = False


Sections = dict[Any, Section]
"""By element, in document order."""


def prune_sections(
    tree: Any, potential_tags: set[str], options: Extractor, keep_teasers: bool = False
) -> Any:
    """The tree without them, and without the marks of links, for an extractor that looks for these tags."""
    tree = prune_unwanted_nodes(tree, OVERALL_DISCARD_XPATH, with_backup=True)
    if "graphic" not in potential_tags:
        tree = prune_unwanted_nodes(tree, DISCARD_IMAGE_ELEMENTS)
    if options.focus != "recall" and not keep_teasers:
        tree = prune_unwanted_nodes(tree, TEASER_DISCARD_XPATH)
    delete_link_sections(tree, "table" in potential_tags)
    etree.strip_tags(tree, "span", *(() if "ref" in potential_tags else ("ref",)))
    return tree


def delete_link_sections(tree: Any, with_tables: bool) -> None:
    """Delete the elements that hold little but links, tables last. All links are let go of before anything else is done
    to them: to strip elements that somebody holds, libxml2 looks through all of the tree for each."""
    if next(tree.iter("ref"), None) is None:
        return
    sections = sections_of(tree)
    for _ in range(N_ROUNDS):
        n_deleted = 0
        for tag in ("div", "list", "p"):
            asked = (
                each for each in sections.values() if each.tag == tag and each.n_links and not each.is_settled
            )
            found = [each for each in asked if is_clutter(each)]
            n_deleted += len(found)
            sections = without(sections, found, tree)
        if n_deleted == 0:  # nor would the next round delete anything
            break
    if with_tables:
        found = [each for each in sections.values() if each.tag == "table" and is_link_table(each)]
        for each in found:
            delete_element(each.element, keep_tail=False)


def sections_of(tree: Any) -> Sections:
    sections: Sections = {}
    for element in tree.iter("ref", *SECTIONS):
        around = sections.get(element.getparent())
        if around is None:
            around = sections.get(next(element.iterancestors(*SECTIONS), None))
        if element.tag != "ref":
            sections[element] = Section(element, element.tag, around)
        elif around is not None:
            n_characters = n_folded(text_of(element))
            count(around, (1, n_characters > 0, 0 < n_characters < SHORT_LINK_CHARACTERS, n_characters))
    for section in reversed(sections.values()):
        if section.around is not None:
            count(section.around, links_in(section))
    return sections


def links_in(section: Section) -> tuple[int, int, int, int]:
    return section.n_links, section.n_worded, section.n_short, section.n_linked


def count(section: Section, links: tuple[int, int, int, int], sign: int = 1) -> None:
    """Add such links to those in a section."""
    section.n_links += sign * links[0]
    section.n_worded += sign * links[1]
    section.n_short += sign * links[2]
    section.n_linked += sign * links[3]


def without(sections: Sections, found: list[Section], tree: Any) -> Sections:
    """Delete some of the sections; those that are left. Where that changes a link, or cuts the tree off, all are
    counted again."""
    is_changed = False
    for section in found:
        element = section.element
        if element not in sections:  # it went with another
            continue
        is_changed = is_changed or element is tree or next(element.iterancestors("ref"), None) is not None
        if element.getnext() is None and element.getprevious() in sections:
            sections[element.getprevious()].is_settled = False  # as the last one it counts as small sooner
        around, links = section.around, links_in(section)
        while around is not None:
            count(around, links, -1)
            around.is_settled = False
            around = around.around
        if element is not tree:
            for each in element.iter(*SECTIONS):
                sections.pop(each, None)
        delete_element(element)
    return recounted(sections, tree) if is_changed else sections


def recounted(sections: Sections, tree: Any) -> Sections:
    """The sections counted again; those that were judged to stay and hold the same links are settled still."""
    found = sections_of(tree)
    for element, section in found.items():
        before = sections.get(element)
        section.is_settled = (
            element is not tree
            and before is not None
            and before.is_settled
            and links_in(before) == links_in(section)
        )
    return found


def is_clutter(section: Section) -> bool:
    """Whether it goes; one that stays is not judged again before something in it or beside it went."""
    element = section.element
    section.is_settled = (
        next(element.iter("graphic"), None) is not None
        or not holds_links_alone(section)
        or (section.tag == "p" and is_in_cell(element))
    )
    return not section.is_settled


def is_in_cell(element: Any) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag in CELLS


def holds_links_alone(section: Section) -> bool:
    """Whether an element is little but links."""
    element, n_links, n_linked = section.element, section.n_links, section.n_linked
    text = text_of(element)
    if n_links == 1 and n_linked > LONG_LINK_CHARACTERS and n_linked > 0.9 * n_folded(text):
        return True
    limit = limit_of(element, section.tag)
    n_characters = n_folded_below(limit, text)
    if n_characters < limit:
        return is_linked(section, n_characters) or (
            section.tag == "div" and len(element) >= MIN_CHILDREN and n_characters < SHORT_CHARACTERS
        )
    most = n_linked / LINK_FARM_RATIO
    return (
        n_links >= MIN_FARM_LINKS
        and n_linked < 100 * section.n_worded
        and n_folded_below(most, text) < most
        and not is_paragraph_listing(list(element.iterdescendants("ref")))
    )


def is_link_table(section: Section) -> bool:
    """Whether most of a table that is not small is links."""
    if section.n_links == 0:
        return False
    n_characters = n_folded(text_of(section.element))
    share = 0.8 if n_characters < ENOUGH_CHARACTERS else 0.5
    return n_characters >= SMALL_TABLE_CHARACTERS and section.n_linked > share * n_characters


def is_linked(section: Section, n_characters: int) -> bool:
    """Whether links are most of a small section of so many characters, or most of them very short."""
    return (
        section.n_worded == 0
        or section.n_linked > n_characters * 0.8
        or (section.n_worded > 1 and section.n_short / section.n_worded > 0.8)
    )


def limit_of(element: Any, tag: str) -> int:
    """Up to how many characters an element counts as small: at the end of its parent more than before others."""
    is_last = element.getnext() is None
    if tag == "p":
        return 60 if is_last else 30
    return 300 if is_last else 100


def text_of(element: Any) -> str:
    """The text within an element, in a third of the time that its method `text_content` takes for a short one."""
    text: str = etree.tostring(element, method="text", encoding="unicode", with_tail=False)
    return text


def n_folded(text: str) -> int:
    """Number of characters when white space is folded."""
    return len(" ".join(text.split()))


def n_folded_below(bound: float, text: str) -> int:
    """The same where it is below the bound, else the bound or more: of a long text the beginning mostly tells."""
    start = text[: int(2 * bound)]
    n_characters = n_folded(start)
    return n_characters if n_characters >= bound or len(start) == len(text) else n_folded(text)
