"""The texts of the blocks of a page, prepared once for all of their scores.

Goes in: the sentences, blocks and language of a document. Comes out: one `BlockText` per block. What looks at every
character is done for the page as a whole: most blocks are short, and a call for each would cost more than its text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from corpus.columns import Row
from corpus.filters.page_text import MAX_UNSPACED_SHARE, UNSPACED, Codes, Counts, code_points, paragraph
from corpus.filters.repetition import CHARACTERS_PER_GRAM, grams
from corpus.filters.wording import JOINERS

SURE = 0.9  # probability from which the language of a block outweighs that of the page
BORDER = "\n"
FIRST_UNSPACED = "\u0e00"
EDGES = "".join(chr(code) for code in range(33, 127) if not chr(code).isalnum()) + "“”‘’«»…–—।॥،؛؟"


@dataclass(slots=True)
class BlockText:
    """`words` are in lower case, without punctuation at their ends; None where the script sets no spaces between them.
    `language` is that of the block where it is sure, else that of the page. `n_special` counts the characters that are
    neither letters nor their accents, `n_marks` those of punctuation; `windows` are hashes of every 10 in a row."""

    kind: str
    text: str
    language: str | None
    words: Sequence[str] | None
    n_special: int
    n_marks: int
    windows: Codes


def block_texts(sentences: Sequence[str], blocks: Sequence[Row], language: str | None) -> list[BlockText]:
    """The texts of the blocks, in their order. A block has `kind`, `first_sentence`, `n_sentences`, `language` and
    `language_probability`."""
    if not blocks:
        return []
    texts = [paragraph(sentences, block) for block in blocks]
    codes = code_points(BORDER.join(texts))
    starts = np.cumsum([0, *(len(text) + len(BORDER) for text in texts[:-1])])
    n_special, n_marks = counts_by_block(codes, starts, "CNPSZ"), counts_by_block(codes, starts, "P")
    windows = grams(codes, CHARACTERS_PER_GRAM)
    return [
        BlockText(
            kind=block["kind"],
            text=text,
            language=language_of(block, language),
            words=words_of(text),
            n_special=int(n_special[index]),
            n_marks=int(n_marks[index]),
            windows=windows[start : start + max(0, len(text) - CHARACTERS_PER_GRAM + 1)],
        )
        for index, (block, text, start) in enumerate(zip(blocks, texts, starts.tolist(), strict=True))
    ]


def counts_by_block(codes: Codes, starts: Counts, categories: str) -> Counts:
    """How many characters of each block are of Unicode's general categories with these initials."""
    places = codes.astype(np.int64)
    present = np.flatnonzero(np.bincount(places))
    counted = np.zeros(present[-1] + 1, dtype=np.int64)
    counted[present] = [is_of(code, categories) for code in present.tolist()]
    found: Counts = np.add.reduceat(counted[places], starts)
    return found


@cache
def is_of(code: int, categories: str) -> bool:
    character = chr(code)
    return character not in JOINERS + BORDER and unicodedata.category(character)[0] in categories


def language_of(block: Row, language: str | None) -> str | None:
    is_sure = block["language"] is not None and block["language_probability"] >= SURE
    return block["language"] if is_sure else language


def words_of(text: str) -> list[str] | None:
    may_be_unspaced = not text.isascii() and max(text) >= FIRST_UNSPACED
    if may_be_unspaced and len(UNSPACED.findall(text)) > MAX_UNSPACED_SHARE * len(text):
        return None
    return [word for word in map(word_of, text.split()) if word]


@lru_cache(maxsize=2**16)
def word_of(piece: str) -> str:
    return piece.strip(EDGES).lower()
