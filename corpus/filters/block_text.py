"""The texts of the blocks of a page, prepared once for all of their scores.

Goes in: the sentences, blocks and language of a document. Comes out: `BlockTexts`, where blocks that are equal stand
once: tables repeat their cells. What looks at every character or word is done for the page as a whole: most blocks are
short, and a call for each would cost more than its text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from corpus.columns import Row
from corpus.filters.page_text import MAX_UNSPACED_SHARE, UNSPACED, Codes, Counts, code_points, paragraph
from corpus.filters.repetition import CHARACTERS_PER_GRAM, MULTIPLIER, grams
from corpus.filters.wording import JOINERS

Flags = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

SURE = 0.9  # probability from which the language of a block outweighs that of the page
BORDER = "\n"
# Not that of runs: what stands in a run and what is told apart beside it would add up.
OTHER_MULTIPLIER = np.uint64(0xD1342543DE82EF95)
EDGES = "".join(chr(code) for code in range(33, 127) if not chr(code).isalnum()) + "“”‘’«»…–—।॥،؛؟"
KNOWN, SPECIAL, MARK, SPACE, EDGE, UNSPACED_LETTER = (1 << bit for bit in range(6))
FLAGS: Flags = np.zeros(0x110000, dtype=np.uint8)
"""What is known of each code point; of most of them nobody ever asks."""


@dataclass(frozen=True)
class BlockTexts:
    """The distinct blocks of a page; arrays are [n_blocks] unless said otherwise.

    `languages` are those of the blocks where they are sure, else that of the page. `n_special` counts the characters
    that are neither letters nor their accents, `n_marks` those of punctuation, `n_words` what is left between spaces
    without punctuation at its ends; 0 where the script sets no spaces between words, which `is_spaced` tells. `windows`
    [n_characters] are hashes of every 10 characters in a row, those of a block from its start on.
    """

    kinds: Sequence[str]
    texts: Sequence[str]
    languages: Sequence[str | None]
    n_characters: Counts
    n_special: Counts
    n_marks: Counts
    n_words: Counts
    is_spaced: Mask
    windows: Codes
    starts: Counts
    masks: dict[frozenset[str], Mask] = field(default_factory=dict, compare=False)

    @property
    def n_blocks(self) -> int:
        return len(self.texts)

    def are(self, kinds: frozenset[str]) -> Mask:
        """Which blocks are of one of these kinds."""
        if kinds not in self.masks:
            self.masks[kinds] = np.array([kind in kinds for kind in self.kinds], dtype=bool)
        return self.masks[kinds]

    @cached_property
    def words(self) -> Codes:
        """A hash of each word of the page in lower case [n_words], those of the first block first."""
        spaced = [text for text, n in zip(self.texts, self.n_words.tolist(), strict=True) if n]
        return word_hashes(" ".join(spaced))

    @cached_property
    def word_edges(self) -> Counts:
        """Where the words of each block begin, and where the last ones end [n_blocks + 1]."""
        return np.concatenate(([0], np.cumsum(self.n_words)))


def word_hashes(text: str) -> Codes:
    """A hash of each word in lower case, in their order."""
    codes = code_points(text.lower())
    flags = flags_of(codes)
    first, last = word_ends(flags)
    lengths = last + 1 - first
    edges = np.cumsum(lengths) - lengths
    offsets = np.arange(int(lengths.sum())) - np.repeat(edges, lengths)
    powers = np.cumprod(np.full(int(lengths.max(initial=0)), OTHER_MULTIPLIER))
    letters = codes[np.repeat(first, lengths) + offsets] * powers[offsets]
    hashes: Codes = np.add.reduceat(letters, edges) if len(edges) else letters
    return (hashes ^ (hashes >> np.uint64(32))) * MULTIPLIER


def block_texts(
    sentences: Sequence[str], blocks: Sequence[Row], language: str | None
) -> tuple[list[int], BlockTexts]:
    """Which of the distinct blocks each block is, and these. A block has `kind`, `first_sentence`, `n_sentences`,
    `language` and `language_probability`."""
    places: dict[tuple[str, str, str | None], int] = {}
    place_of = [
        places.setdefault(
            (paragraph(sentences, block), block["kind"], language_of(block, language)), len(places)
        )
        for block in blocks
    ]
    texts = [text for text, _, _ in places]
    codes = code_points("".join(text + BORDER for text in texts))
    n_characters = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    starts = np.concatenate(([0], np.cumsum(n_characters + len(BORDER)))).astype(np.int64)
    flags = flags_of(codes)
    n_unspaced = counts_by_block(np.flatnonzero(flags & UNSPACED_LETTER), starts)
    is_spaced = ~(n_unspaced > MAX_UNSPACED_SHARE * n_characters)
    return place_of, BlockTexts(
        kinds=[kind for _, kind, _ in places],
        texts=texts,
        languages=[own for _, _, own in places],
        n_characters=n_characters,
        n_special=counts_by_block(np.flatnonzero(flags & SPECIAL), starts),
        n_marks=counts_by_block(np.flatnonzero(flags & MARK), starts),
        n_words=np.where(is_spaced, counts_by_block(word_ends(flags)[0], starts), 0),
        is_spaced=is_spaced,
        windows=grams(codes, CHARACTERS_PER_GRAM),
        starts=starts[:-1],
    )


def flags_of(codes: Codes) -> Flags:
    """What is asked of each character, as bits."""
    places = codes.astype(np.int64)
    flags = FLAGS.take(places)
    if not flags.all():
        for code in np.unique(places[flags == 0]).tolist():
            FLAGS[code] = flag_of(chr(code))
        flags = FLAGS.take(places)
    return flags


def flag_of(character: str) -> int:
    initial = unicodedata.category(character)[0]
    tests = (
        (KNOWN, True),
        (SPECIAL, initial in "CNPSZ" and character not in JOINERS + BORDER),
        (MARK, initial == "P"),
        (SPACE, character.isspace()),
        (EDGE, character in EDGES),
        (UNSPACED_LETTER, UNSPACED.match(character) is not None),
    )
    return sum(bit for bit, holds in tests if holds)


def word_ends(flags: Flags) -> tuple[Counts, Counts]:
    """Places of the first and of the last character of each word: between spaces, but for what is stripped from its
    ends."""
    inner = np.flatnonzero((flags & (SPACE | EDGE)) == 0)
    piece = np.cumsum(flags & SPACE > 0)[inner]
    borders = np.flatnonzero(piece[1:] != piece[:-1])
    return np.concatenate((inner[:1], inner[borders + 1])), np.concatenate((inner[borders], inner[-1:]))


def counts_by_block(places: Counts, starts: Counts) -> Counts:
    """How many of the places, ascending, lie in each block [n_blocks]; blocks end where the next one starts."""
    return np.diff(np.searchsorted(places, starts))


def language_of(block: Row, language: str | None) -> str | None:
    is_sure = block["language"] is not None and block["language_probability"] >= SURE
    return block["language"] if is_sure else language
