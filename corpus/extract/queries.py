"""The XPaths by which trafilatura looks for content and clutter, asked only what can be true of the page.

Goes in: the tree of a page. Comes out: the same tree, of which trafilatura learns the same, sooner. A dozen times a
page it asks each element whether class and id match regular expressions of up to sixty words, each time a call from
libxml2 into Python: more than half of the time that it took. Yet a page has few different names. Which tests any of
them passes is found once, and of each name once in the life of a process; the other tests are left out.

What is found holds for one page. Its root bears a mark, which copies keep: of a tree without it the whole XPath is
asked, and so is every XPath that is written in some other way than expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from itertools import count
from typing import Any

import trafilatura.xpaths
from lxml import etree

MARK = "data-corpus-page"
BORDER = "\uf8ff"  # stands between the values in a variable
MAX_ANSWERS = 50_000
MAX_VALUE_CHARACTERS = 500  # answers on longer values are not kept, so that no page fills the memory
MAX_PASSED_CHARACTERS = 2_000  # libxml2 searches a variable from its start for every element
STRING = r"(?:'[^']*'|\"[^\"]*\")"
NAMES = r"\s*@[a-z-]+\s*(?:\|\s*@[a-z-]+\s*)*"
TEST = re.compile(
    rf"(?:re:test|contains|starts-with)\((?:{NAMES}|translate\({NAMES}(?:,\s*{STRING}\s*){{2}}\))"
    rf"(?:,\s*{STRING}\s*){{1,2}}\)|@[a-z-]+\s*=\s*{STRING}"
)
NEVER = re.compile(r"\[\s*false\(\)(?:\s+or\s+false\(\))*\s*\]")
FALSE_OR = re.compile(r"\bfalse\(\)\s+or\s+")
TOKEN = re.compile(rf"{STRING}|[^'\"]")
NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
BASIC_CLEAN = "BASIC_CLEAN_XPATH"  # the one that trafilatura.baseline holds itself

Values = Mapping[str, frozenset[str]]
Shortened = tuple[etree.XPath | None, dict[str, str]]


class Test:
    """One test of attributes, as it stands in an XPath, with its answers so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names = tuple(dict.fromkeys(re.findall(r"@([a-z-]+)", re.sub(STRING, "", text))))
        self.passing = etree.XPath(f"*[{text}]", namespaces=NAMESPACES)
        # Only regular expressions are slow, and only libxml2 knows which one of several names counts.
        self.is_replaceable = text.startswith("re:test") and len(self.names) == 1 and not any(self.ask([{}]))
        self.answers: dict[tuple[str, str], bool] = {}

    def passed_by(self, values: Values) -> list[str]:
        """The values that pass. ValueError for one that lxml gives out of a page and takes into no other tree."""
        pairs = [(name, value) for name in self.names for value in values[name]]
        new = [pair for pair in pairs if pair not in self.answers]
        answers = dict(zip(new, self.ask([dict([pair]) for pair in new]), strict=True))
        passed = [pair[1] for pair in pairs if (answers[pair] if pair in answers else self.answers[pair])]
        if len(self.answers) > MAX_ANSWERS:
            self.answers.clear()
        self.answers.update((pair, answers[pair]) for pair in new if len(pair[1]) <= MAX_VALUE_CHARACTERS)
        return passed

    def ask(self, attributes: Sequence[dict[str, str]]) -> list[bool]:
        """Whether elements with these attributes pass."""
        root = etree.Element("root")
        elements = [etree.SubElement(root, "element", own) for own in attributes]
        passing = set(self.passing(root))
        return [element in passing for element in elements]

    def shortened(self, number: int, passed: Sequence[str]) -> tuple[str, str | None]:
        """What stands in place of the test, and the value of its variable, where these values pass."""
        if not passed:
            return "false()", None
        joined = BORDER.join(["", *passed, ""])
        if not self.is_replaceable or len(joined) > MAX_PASSED_CHARACTERS:
            return self.text, None
        bordered = f"concat('{BORDER}', ., '{BORDER}')"
        return f"@{self.names[0]}[contains($passed{number}, {bordered})]", joined


@dataclass(frozen=True)
class Page:
    """A page that is being read: the values of the attributes that queries ask for, by name, and what is left of each
    query that was asked."""

    values: Values
    queries: dict[Query, Shortened] = field(default_factory=dict)


PAGES: dict[str, Page] = {}
"""By mark."""
page_numbers = count()


class Query:
    """An XPath, called as those of lxml are."""

    def __init__(self, xpath: etree.XPath) -> None:
        self.xpath = xpath
        self.path = str(xpath.path)
        self.tests = [Test(match.group()) for match in TEST.finditer(self.path)]

    def __str__(self) -> str:
        return str(self.xpath)

    def __call__(self, tree: Any, **variables: Any) -> Any:
        page = PAGES.get(mark_of(tree))
        if page is None:
            return self.xpath(tree, **variables)
        if self not in page.queries:
            page.queries[self] = self.shorten(page.values)
        shortened, passed = page.queries[self]
        return [] if shortened is None else shortened(tree, **variables, **passed)

    def shorten(self, values: Values) -> Shortened:
        """The query for a page with these values, None when it can select nothing, and its variables."""
        try:
            passed = [test.passed_by(values) for test in self.tests]
        except ValueError:
            return self.xpath, {}
        replaced = [
            test.shortened(number, own)
            for number, (test, own) in enumerate(zip(self.tests, passed, strict=True))
        ]
        texts = iter([text for text, _ in replaced])
        variables = {
            f"passed{number}": value for number, (_, value) in enumerate(replaced) if value is not None
        }
        return compiled(TEST.sub(lambda _: next(texts), self.path)), variables


@lru_cache(maxsize=1024)
def compiled(path: str) -> etree.XPath | None:
    """The XPath without the branches and alternatives that are false; None when nothing is left."""
    possible = [branch for branch in branches_of(path) if not NEVER.search(branch)]
    if not possible:
        return None
    joined = "|".join(possible)
    return etree.XPath(joined if " and " in joined else FALSE_OR.sub("", joined), namespaces=NAMESPACES)


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


def mark_of(tree: Any) -> str:
    """The mark of the page that a tree is a copy of, "" when there is none."""
    return tree.getroottree().getroot().get(MARK, "") if isinstance(tree, etree._Element) else ""


@lru_cache(maxsize=1)
def installed() -> dict[str, etree.XPath]:
    """Put queries in the place of trafilatura's XPaths, once per process; for each attribute that they ask for, what
    selects its values. A trafilatura that holds its XPaths in some other way keeps them, and its speed."""
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
    names = {name for query in queries for test in query.tests for name in test.names}
    return {
        name: etree.XPath(f"descendant-or-self::*/@{name}", smart_strings=False) for name in sorted(names)
    }


@contextmanager
def marked(root: Any) -> Iterator[None]:
    """While trafilatura reads this tree and copies of it, its XPaths ask only what can be true of it."""
    values = {name: frozenset(select(root)) for name, select in installed().items()}
    if any(BORDER in value for own in values.values() for value in own):
        yield
        return
    mark = str(next(page_numbers))
    PAGES[mark] = Page(values)
    root.set(MARK, mark)
    try:
        yield
    finally:
        root.attrib.pop(MARK, None)
        PAGES.pop(mark, None)
