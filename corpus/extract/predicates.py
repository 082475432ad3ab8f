"""What XPath predicates ask of a tag and its attributes, asked in Python.

Goes in: the text of a predicate, then tags and attributes of elements. Comes out: whether it holds of them. Known are
the tests that trafilatura makes: `contains`, `starts-with`, EXSLT's `re:test` (which lxml leaves to Python's `re`),
`translate`, equality, that an attribute is there, `self::`, joined by `and`, `or` and `not`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

STRING = r"(?:'[^']*'|\"[^\"]*\")"
NAMES = r"\s*@[a-z-]+\s*(?:\|\s*@[a-z-]+\s*)*"
CALL = re.compile(
    rf"(?P<function>re:test|contains|starts-with)\(\s*(?:translate\((?P<translated>{NAMES}),\s*(?P<old>{STRING})\s*,"
    rf"\s*(?P<new>{STRING})\s*\)|(?P<names>{NAMES}))\s*,\s*(?P<argument>{STRING})\s*(?:,\s*(?P<flags>{STRING})\s*)?\)"
)
EQUAL = re.compile(rf"@(?P<name>[a-z-]+)\s*=\s*(?P<value>{STRING})")
ATTRIBUTE = re.compile(r"@(?P<name>[a-z-]+)")
SELF = re.compile(r"self::(?P<tag>\w+)")
WORD = re.compile(r"or\b|and\b|not\b|[()]")
KINDS = (CALL, EQUAL, ATTRIBUTE, SELF, WORD)

Attributes = tuple[tuple[str, str], ...]
"""Names and values in the order of the element: where several names are asked for, the first that is there counts."""
Predicate = Callable[[str, Attributes], bool]
Token = re.Match[str]


def read_predicate(text: str) -> Predicate:
    """The predicate. ValueError where it asks anything else."""
    tokens = list(tokens_of(text))
    predicate = read_any(tokens)
    if tokens:
        raise ValueError(f"{tokens[0][0]} stands where no more is expected")
    return predicate


def names_in(text: str) -> set[str]:
    """The attributes that a predicate asks for."""
    return set(re.findall(r"@([a-z-]+)", re.sub(STRING, "", text)))


def tokens_of(text: str) -> Iterator[Token]:
    place = 0
    while rest := text[place:].lstrip():
        place = len(text) - len(rest)
        token = next((found for kind in KINDS if (found := kind.match(text, place))), None)
        if token is None:
            raise ValueError(f"{rest} is no test of tag and attributes")
        place = token.end()
        yield token


def read_any(tokens: list[Token]) -> Predicate:
    """The alternatives at the beginning of the tokens, which are taken away."""
    return read_joined(tokens, "or", read_all, any)


def read_all(tokens: list[Token]) -> Predicate:
    return read_joined(tokens, "and", read_one, all)


def read_joined(
    tokens: list[Token],
    word: str,
    read: Callable[[list[Token]], Predicate],
    together: Callable[[Iterable[bool]], bool],
) -> Predicate:
    """The parts that a word joins, each as `read` reads it, and what they say together."""
    parts = [read(tokens)]
    while tokens and tokens[0][0] == word:
        tokens.pop(0)
        parts.append(read(tokens))
    return parts[0] if len(parts) == 1 else lambda tag, own: together(part(tag, own) for part in parts)


def read_one(tokens: list[Token]) -> Predicate:
    if not tokens:
        raise ValueError("a test is missing")
    token = tokens.pop(0)
    if token[0] == "not":
        negated = read_one(tokens)
        return lambda tag, own: not negated(tag, own)
    if token[0] == "(":
        within = read_any(tokens)
        if not tokens or tokens.pop(0)[0] != ")":
            raise ValueError("a bracket is not closed")
        return within
    if token.re is WORD:
        raise ValueError(f"{token[0]} stands where a test is expected")
    return read_test(token)


def read_test(token: Token) -> Predicate:
    """The predicate that a single test is."""
    if token.re is SELF:
        wanted = token["tag"]
        return lambda tag, own: tag == wanted
    if token.re is ATTRIBUTE:
        name = token["name"]
        return lambda tag, own: any(each == name for each, _ in own)
    if token.re is EQUAL:
        pair = (token["name"], token["value"][1:-1])
        return lambda tag, own: pair in own
    names = names_in(token["translated"] or token["names"])
    passes = value_test(token)
    return lambda tag, own: passes(next((value for name, value in own if name in names), ""))


def value_test(token: Token) -> Callable[[str], bool]:
    """What a call asks of the value of an attribute, "" where there is none."""
    argument, function = token["argument"][1:-1], token["function"]
    if function == "re:test":
        pattern = re.compile(argument, re.IGNORECASE if "i" in (token["flags"] or "") else 0)
        return lambda value: pattern.search(value) is not None
    table = translation(token["old"][1:-1], token["new"][1:-1]) if token["translated"] else {}
    if function == "contains":
        return lambda value: argument in value.translate(table)
    return lambda value: value.translate(table).startswith(argument)


def translation(old: str, new: str) -> dict[int, str | None]:
    """Each character of `old` as the one at its place in `new`, or nothing."""
    return {ord(each): new[place : place + 1] or None for place, each in reversed(list(enumerate(old)))}
