"""The text of a page, prepared once for all of its scores.

Goes in: the sentences, blocks and language of a document. Comes out: a `PageText`, its words as Gopher's filters (Rae
et al. 2021, section A.1.1) count them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
MAX_UNSPACED_SHARE = 0.2


@dataclass(frozen=True)
class PageText:
    """`words` are in lower case, without punctuation at their ends; `word_ids` and `word_letters` [n_words] number the
    distinct ones and tell their letters. All three are empty where the script sets no spaces between words. `codes` are
    the code points of the text; `characters` counts each, accents apart from their letters and Hangul by its letters.
    `n_list_items` counts blocks."""

    sentences: tuple[str, ...]
    paragraphs: tuple[str, ...]
    n_list_items: int
    language: str | None
    text: str
    codes: Codes
    characters: Mapping[str, int]
    is_spaced: bool
    words: tuple[str, ...]
    word_ids: Codes
    word_letters: Counts


def page_text(sentences: Sequence[str], blocks: Sequence[Row], language: str | None) -> PageText:
    """The text of a document; a block has `kind`, `first_sentence` and `n_sentences`."""
    text = " ".join(sentences)
    codes = code_points(text)
    decomposed = unicodedata.normalize("NFD", text)
    characters = character_counts(codes if decomposed == text else code_points(decomposed))
    n_unspaced = sum(count for character, count in characters.items() if UNSPACED.match(character))
    is_spaced = n_unspaced <= MAX_UNSPACED_SHARE * len(text)
    words = words_of(text, characters) if is_spaced else ()
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    ids = np.fromiter(map(numbers.__getitem__, words), dtype=np.int64)
    return PageText(
        sentences=tuple(sentences),
        paragraphs=tuple(paragraph(sentences, block) for block in blocks),
        n_list_items=sum(block["kind"] == "list_item" for block in blocks),
        language=language,
        text=text,
        codes=codes,
        characters=characters,
        is_spaced=is_spaced,
        words=words,
        word_ids=ids.astype(np.uint64),
        word_letters=letters_of(numbers)[ids],
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


def words_of(text: str, characters: Iterable[str]) -> tuple[str, ...]:
    """What stands between white space, in lower case, punctuation and symbols stripped from its ends."""
    strange = "".join(each for each in characters if unicodedata.category(each)[0] in "PS")
    pieces = text.split()
    stripped = {piece: piece.strip(strange).lower() for piece in set(pieces)}
    return tuple(filter(None, map(stripped.__getitem__, pieces)))


def letters_of(words: Iterable[str]) -> Counts:
    """Number of characters of each word, as a reader of English would count: Hangul by its letters and not by its
    blocks, vowel signs and accents not at all, else the bounds made for English fit no other script."""
    return np.fromiter((len(word) if word.isascii() else n_letters(word) for word in words), dtype=np.int64)


def n_letters(word: str) -> int:
    return sum(unicodedata.category(each)[0] != "M" for each in unicodedata.normalize("NFD", word))


def count_of(characters: Mapping[str, int], categories: str) -> int:
    """How many of the characters are of Unicode's general categories with these initials."""
    return sum(count for each, count in characters.items() if unicodedata.category(each)[0] in categories)
