"""The XPaths by which trafilatura looks for content and clutter, asked in Python of what can be true of the page.

Goes in: the tree of a page. Comes out: the same tree, of which trafilatura learns the same, sooner. A dozen times a
page it asks each element whether class and id match regular expressions of up to sixty words, each time a call from
libxml2 into Python: more than half of the time that it took. Yet a page has few different sets of attributes. Each gets
a number, which its elements bear as an attribute, so that copies keep it; which numbers pass a predicate is found once
in the life of a process, and an element is asked for nothing but its number.

Of a tree without numbers the XPath is asked, and so is every XPath that is written in some other way than expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from itertools import count, takewhile
from typing import Any

import trafilatura.xpaths
from lxml import etree

from corpus.extract.predicates import STRING, Attributes, Predicate, names_in, read_predicate

MARK = "data-corpus-page"
NUMBER = "data-corpus-names"
MAX_KNOWN_BYTES = 20_000_000  # so that no page fills the memory
BYTES_PER_SET = 400
TOKEN = re.compile(rf"{STRING}|[^'\"]")
PATH = re.compile(r"\.//(?P<tag>\w+|\*)(?P<predicates>\[.*\])?", re.DOTALL)
FIRST = re.compile(r"\((?P<path>.*)\)\[1\]", re.DOTALL)
TAGS = re.compile(r"self::\w+(?:\s+or\s+self::\w+)*")
BASIC_CLEAN = "BASIC_CLEAN_XPATH"  # the one that trafilatura.baseline holds itself


@dataclass(frozen=True, eq=False)
class Branch:
    """One of the paths that an XPath unites: elements below with one of the tags (None: any) of which the predicate
    holds (None: all), or the first of them alone. Not `whole`: it asks for more."""

    tags: tuple[str, ...] | None
    predicate: Predicate | None
    asks_tag: bool
    first: bool
    whole: bool


@dataclass(frozen=True)
class Page:
    """A page that is being read: the numbers of its sets of attributes, and which of them pass each branch."""

    numbers: frozenset[int]
    passing: dict[tuple[Branch, str], frozenset[str]] = field(default_factory=dict)


PAGES: dict[str, Page] = {}
"""By mark."""
page_numbers = count()


class Known:
    """The sets of attributes that this process has met, their numbers, and of which of them each predicate was
    asked, and holds."""

    def __init__(self) -> None:
        self.numbers: dict[Attributes, int] = {(): 0}
        self.sets: list[Attributes] = [()]
        self.answers: dict[tuple[Branch, str], tuple[set[int], set[int]]] = {}
        self.n_bytes = 0

    def number_of(self, own: Attributes) -> int:
        number = self.numbers.setdefault(own, len(self.sets))
        if number == len(self.sets):
            self.sets.append(own)
            self.n_bytes += BYTES_PER_SET + sum(len(value) for _, value in own)
        return number

    def forget_when_full(self) -> None:
        if self.n_bytes > MAX_KNOWN_BYTES:
            self.__init__()  # type: ignore[misc]


KNOWN = Known()


class Query:
    """An XPath, called as those of lxml are."""

    def __init__(self, xpath: etree.XPath) -> None:
        self.xpath = xpath
        self.names: set[str] = set()
        self.branches: list[Branch] | None = None
        try:
            self.branches = [read_branch(text.strip()) for text in branches_of(str(xpath.path))]
            self.names = names_in(str(xpath.path)) if any(each.predicate for each in self.branches) else set()
        except ValueError:
            pass

    def __str__(self) -> str:
        return str(self.xpath)

    def __call__(self, tree: Any, **variables: Any) -> Any:
        page = PAGES.get(mark_of(tree))
        if page is None or self.branches is None or variables:
            return self.xpath(tree, **variables)
        possible = [branch for branch in self.branches if is_possible(branch, page)]
        found = [(branch, own) for branch in possible if (own := selected(tree, branch, page))]
        if len(found) > 1 or not all(branch.whole for branch, _ in found):
            return self.xpath(tree)  # it puts them in order, and asks for the rest
        return found[0][1] if found else []


def read_branch(text: str) -> Branch:
    """A path as a branch. ValueError where it is written in another way."""
    first = FIRST.fullmatch(text)
    path = PATH.fullmatch(first["path"].strip() if first else text)
    if path is None:
        raise ValueError(f"{text} is no path to elements below")
    predicates = predicates_in(path["predicates"] or "")
    tags = None if path["tag"] == "*" else (path["tag"],)
    if tags is None and predicates and TAGS.fullmatch(predicates[0]):
        tags = tuple(re.findall(r"self::(\w+)", predicates.pop(0)))
    known = list(takewhile(is_known, predicates))
    if predicates and not known:
        raise ValueError(f"{text} asks for something else first")
    joined = " and ".join(f"({each})" for each in known)
    if tags is None and "self::" in joined:
        raise ValueError(f"{text} asks for any tag")
    return Branch(
        tags=tags,
        predicate=read_predicate(joined) if joined else None,
        asks_tag="self::" in joined,
        first=first is not None,
        whole=len(known) == len(predicates),
    )


def is_known(predicate: str) -> bool:
    try:
        read_predicate(predicate)
    except ValueError:
        return False
    return True


def predicates_in(text: str) -> list[str]:
    """What stands in each of the brackets. ValueError where anything stands outside of them."""
    found: list[str] = []
    depth = 0
    for token in TOKEN.findall(text):
        depth -= token == "]"
        if depth > 0:
            found[-1] += token
        elif token == "[":
            found.append("")
        elif token != "]" and not token.isspace():
            raise ValueError(f"{text} goes on below")
        depth += token == "["
    return [each.strip() for each in found]


def branches_of(path: str) -> list[str]:
    """What an XPath unites: its parts between bars that stand outside of brackets."""
    branches, depth = [""], 0
    for token in TOKEN.findall(path):
        depth += (token in "[(") - (token in ")]")
        if token == "|" and depth == 0:
            branches.append("")
        else:
            branches[-1] += token
    return branches


def is_possible(branch: Branch, page: Page) -> bool:
    """Whether anything on the page can be selected."""
    return branch.predicate is None or any(passing(branch, tag, page) for tag in asked_tags(branch))


def asked_tags(branch: Branch) -> tuple[str, ...]:
    """The tags that its predicate tells apart; one that is none stands for all when it does not ask."""
    return (branch.tags or ()) if branch.asks_tag else ("",)


def selected(tree: Any, branch: Branch, page: Page) -> list[Any]:
    """The elements that a branch selects, in document order."""
    elements = tree.iterdescendants(*(branch.tags or ("*",)))
    if branch.predicate is not None:
        wanted = {tag: passing(branch, tag, page) for tag in asked_tags(branch)}
        if branch.asks_tag:
            elements = (each for each in elements if each.get(NUMBER, "") in wanted[each.tag])
        else:
            elements = (each for each in elements if each.get(NUMBER, "") in wanted[""])
    if not branch.first:
        return list(elements)
    element = next(elements, None)
    return [] if element is None else [element]


def passing(branch: Branch, tag: str, page: Page) -> frozenset[str]:
    """The numbers on the page of which the predicate holds, for elements with this tag; as they are written. "" is that
    of elements without any attribute that is asked for."""
    key = branch, tag
    if key not in page.passing:
        asked, holding = KNOWN.answers.setdefault(key, (set(), set()))
        new = page.numbers - asked
        holding |= {n for n in new if branch.predicate is None or branch.predicate(tag, KNOWN.sets[n])}
        asked |= new  # last: a deadline may end this anywhere
        page.passing[key] = frozenset(str(number or "") for number in page.numbers & holding)
    return page.passing[key]


def mark_of(tree: Any) -> str:
    """The mark of the page that a tree is a copy of, "" when there is none."""
    return tree.getroottree().getroot().get(MARK, "") if isinstance(tree, etree._Element) else ""


@lru_cache(maxsize=1)
def installed() -> frozenset[str]:
    """Put queries in the place of trafilatura's XPaths, once per process; the attributes that they ask for, and that of
    the numbers, which a page may bring along. A trafilatura that holds its XPaths in some other way keeps them, and
    its speed."""
    lists = [
        own
        for own in vars(trafilatura.xpaths).values()
        if isinstance(own, list) and own and all(isinstance(xpath, etree.XPath) for xpath in own)
    ]
    queries = []
    for own in lists:
        own[:] = map(Query, own)
        queries += own
    baseline = import_module("trafilatura.baseline")  # the package shows a function by that name
    if isinstance(getattr(baseline, BASIC_CLEAN, None), etree.XPath):
        queries.append(Query(getattr(baseline, BASIC_CLEAN)))
        setattr(baseline, BASIC_CLEAN, queries[-1])
    return frozenset({NUMBER, *(name for query in queries for name in query.names)})


@contextmanager
def marked(root: Any) -> Iterator[None]:
    """While trafilatura reads this tree and copies of it, its XPaths ask only what can be true of it."""
    names = installed()
    KNOWN.forget_when_full()
    mark = str(next(page_numbers))
    PAGES[mark] = Page(numbered(root, names))
    root.set(MARK, mark)
    try:
        yield
    finally:
        PAGES.pop(mark, None)


def numbered(root: Any, names: frozenset[str]) -> frozenset[int]:
    """The numbers that elements of the tree bear from now on; 0 stands for none of these attributes, and is not
    written."""
    found = {0}
    set_attribute = etree._Element.set  # sooner than that of lxml.html, which takes values that are none
    for element in root.iter("*"):
        items = element.items()
        if items and (own := tuple([pair for pair in items if pair[0] in names])):
            number = KNOWN.number_of(own)
            set_attribute(element, NUMBER, str(number))
            found.add(number)
    return frozenset(found)
