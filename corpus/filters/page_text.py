"""The text of a page, prepared once for all of its scores.

Goes in: the sentences, blocks and language of a document. Comes out: a `PageText`, its words as Gopher's filters (Rae
et al. 2021, section A.1.1) count them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.columns import Row

Codes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

# Thai, Lao, Tibetan, Burmese, Khmer, kana, Han. Asked of the text and not of the language, because a language
# identifier calls the languages it does not know by the names of others.
UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
FIRST_UNSPACED = "\u0e00"
MAX_UNSPACED_SHARE = 0.2


@dataclass(frozen=True)
class PageText:
    """`vocabulary` are the distinct words, in lower case, without punctuation at their ends, and how often each stands;
    `word_ids` and `word_letters` [n_words] number the words as they come and tell their letters. All three are empty
    where the script sets no spaces between words. `codes` are
    the code points of the text; `characters` counts each, accents apart from their letters and Hangul by its letters.
    `n_list_items` counts blocks. `repeats` holds what `repetition` has found of so many words in a row."""

    sentences: tuple[str, ...]
    paragraphs: tuple[str, ...]
    n_list_items: int
    language: str | None
    text: str
    codes: Codes
    characters: Mapping[str, int]
    is_spaced: bool
    vocabulary: Mapping[str, int]
    word_ids: Codes
    word_letters: Counts
    repeats: dict[int, Any] = field(default_factory=dict, compare=False)

    @property
    def n_words(self) -> int:
        return len(self.word_ids)


def page_text(sentences: Sequence[str], blocks: Sequence[Row], language: str | None) -> PageText:
    """The text of a document; a block has `kind`, `first_sentence` and `n_sentences`."""
    text = " ".join(sentences)
    codes = code_points(text)
    decomposed = unicodedata.normalize("NFD", text)
    characters = character_counts(codes if decomposed == text else code_points(decomposed))
    n_unspaced = sum(
        n for character, n in characters.items() if character >= FIRST_UNSPACED and UNSPACED.match(character)
    )
    is_spaced = n_unspaced <= MAX_UNSPACED_SHARE * len(text)
    distinct, ids = words_of(text, characters) if is_spaced else ([], np.zeros(0, dtype=np.int64))
    return PageText(
        sentences=tuple(sentences),
        paragraphs=tuple(paragraph(sentences, block) for block in blocks),
        n_list_items=sum(block["kind"] == "list_item" for block in blocks),
        language=language,
        text=text,
        codes=codes,
        characters=characters,
        is_spaced=is_spaced,
        vocabulary=dict(zip(distinct, np.bincount(ids).tolist(), strict=True)),
        word_ids=ids.astype(np.uint64),
        word_letters=letters_of(distinct)[ids],
    )


def code_points(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)


def character_counts(codes: Codes) -> dict[str, int]:
    counts = np.bincount(codes.astype(np.int64))
    present = np.flatnonzero(counts)
    return dict(zip(map(chr, present.tolist()), counts[present].tolist(), strict=True))


def paragraph(sentences: Sequence[str], block: Row) -> str:
    first = block["first_sentence"]
    return " ".join(sentences[first : first + block["n_sentences"]])


def words_of(text: str, characters: Iterable[str]) -> tuple[list[str], Counts]:
    """The distinct words, and for each word as it comes its place among them. A word is what stands between white
    space, in lower case, punctuation and symbols stripped from its ends, if anything is left."""
    strange = "".join(each for each in characters if unicodedata.category(each)[0] in "PS")
    pieces = text.split()
    ids = {"": -1}
    id_of_piece = {}
    for piece in dict.fromkeys(pieces):
        word = piece.strip(strange).lower()
        id_of_piece[piece] = ids.setdefault(word, len(ids) - 1)
    found = np.fromiter(map(id_of_piece.__getitem__, pieces), dtype=np.int64, count=len(pieces))
    return list(ids)[1:], found[found >= 0]


def letters_of(words: Sequence[str]) -> Counts:
    """Number of characters of each word, as a reader of English would count: Hangul by its letters and not by its
    blocks, vowel signs and accents not at all, else the bounds made for English fit no other script."""
    letters = {each: n_letters(each) for each in set("".join(words))}
    lengths = (len(word) if word.isascii() else sum(map(letters.__getitem__, word)) for word in words)
    return np.fromiter(lengths, dtype=np.int64, count=len(words))


def n_letters(character: str) -> int:
    return sum(unicodedata.category(each)[0] != "M" for each in unicodedata.normalize("NFD", character))


def count_of(characters: Mapping[str, int], categories: str) -> int:
    """How many of the characters are of Unicode's general categories with these initials."""
    return sum(count for each, count in characters.items() if unicodedata.category(each)[0] in categories)
