"""Block filters: which blocks of a page are text, judged before sentences are embedded.

Goes in: the sentences, blocks and language of a document; later, a row with `kind`, `scores` and `is_host_boilerplate`
of a block. Comes out: scores. Headings, captions and cells of tables are short and strange by nature: of these only
repetition and notices are measured, of code not even they. Sources: OBELICS (arXiv 2306.16527, table 3, paragraphs),
C4 (Raffel et al. 2020, section 2.2). OBELICS' flagged, common and spam words and its perplexity are not measured: words
need lists per language, of which no package is kept that brings little else, perplexity a model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.columns import Row
from corpus.filters.block_text import BORDER, OTHER_MULTIPLIER, BlockTexts, Mask, block_texts, word_hashes
from corpus.filters.filter import Filter
from corpus.filters.page_text import Codes, Counts
from corpus.filters.repetition import (
    CHARACTERS_PER_GRAM,
    NO_PLACES,
    WORDS_PER_GRAM,
    grams,
    places_of,
    repeated,
    window_repetition,
)  # fmt: skip
from corpus.filters.stop_words import STOP_WORDS

Scores = npt.NDArray[np.float64]
Measure = Callable[[BlockTexts], Scores]
"""A score per block [n_blocks], not a number where it is not measured."""

RUNNING_TEXT = frozenset(("paragraph", "list_item", "quote"))
HEADING = "heading"
CODE = frozenset(("code",))
# What ends a sentence in the scripts of the world, with the quotes and brackets that close behind it.
END_MARK = re.compile("[.!?。．｡！？।॥۔؟።։៕။‽][\"'”’»」』)）\\]]*$")
ELLIPSES = ("...", "…")
NOTICES = (
    "javascript", "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies",
)  # fmt: skip
OBELICS = "OBELICS, table 3"
C4 = "C4, section 2.2"
MAX_NOTICE_WORDS = 30
MIN_STOP_WORD_WORDS = 50
MIN_PUNCTUATION_WORDS = 12
MIN_REPETITION_CHARACTERS = 100
MIN_REPETITION_WORDS = 12


def block_words(blocks: BlockTexts) -> Scores:
    """Number of words of a paragraph, list item or quote; not measured where the script sets no spaces between them."""
    return where(running(blocks) & blocks.is_spaced, blocks.n_words)


def block_special_characters(blocks: BlockTexts) -> Scores:
    """Share of the characters of a paragraph, list item or quote that are no letters: white space, digits, punctuation,
    symbols."""
    return where(running(blocks), blocks.n_special / blocks.n_characters)


def block_stop_words(blocks: BlockTexts) -> Scores:
    """Share of the words of a paragraph, list item or quote that are stop words of its language or of English; not
    measured in languages without a list, nor under 50 words."""
    scores = np.full(blocks.n_blocks, np.nan)
    for place in np.flatnonzero(running(blocks) & (blocks.n_words >= MIN_STOP_WORD_WORDS)).tolist():
        language = blocks.languages[place]
        if language in STOP_WORDS:
            words = blocks.words[slice(*blocks.word_edges[place : place + 2])]
            scores[place] = len(places_of(stop_word_hashes(language), words)) / len(words)
    return scores


@cache
def stop_word_hashes(language: str) -> Codes:
    """Of the language and of English, ascending."""
    return np.unique(word_hashes(" ".join(STOP_WORDS[language] | STOP_WORDS["en"])))


def block_punctuation(blocks: BlockTexts) -> Scores:
    """Punctuation marks per word or mark of a paragraph, list item or quote; not measured under 12 words, nor where the
    script sets no spaces between them."""
    n_pieces = np.maximum(1, blocks.n_marks + blocks.n_words)
    return where(running(blocks) & (blocks.n_words >= MIN_PUNCTUATION_WORDS), blocks.n_marks / n_pieces)


def block_end_mark(blocks: BlockTexts) -> Scores:
    """1 when a paragraph, list item or quote ends as a sentence does in one script or another, 0 when it does not or
    ends with an ellipsis."""
    ends = (text[-8:] for text in blocks.texts)
    is_marked = [END_MARK.search(end) is not None and not end.endswith(ELLIPSES) for end in ends]
    return where(running(blocks), np.array(is_marked, dtype=bool))


def block_repeated_characters(blocks: BlockTexts) -> Scores:
    """Share of the 10-character windows that the most frequent repeated ones make up, as of a page; not measured of
    code, nor under 100 characters."""
    is_measured = ~blocks.are(CODE) & (blocks.n_characters >= MIN_REPETITION_CHARACTERS)
    scores = where(is_measured, np.zeros(blocks.n_blocks))
    n_windows = np.where(is_measured, blocks.n_characters - CHARACTERS_PER_GRAM + 1, 0)
    block_of, counts = repeats_within(blocks.windows, blocks.starts, n_windows)
    for place in np.unique(block_of).tolist():
        scores[place] = window_repetition(int(n_windows[place]), counts[block_of == place])
    return scores


def block_repeated_words(blocks: BlockTexts) -> Scores:
    """Share of the 5-word windows that stand more than once in the block; not measured of code, nor under 12 words."""
    is_measured = ~blocks.are(CODE) & (blocks.n_words >= MIN_REPETITION_WORDS)
    if not is_measured.any():
        return where(is_measured, blocks.n_words)
    n_windows = np.where(is_measured, blocks.n_words - WORDS_PER_GRAM + 1, 0)
    block_of, counts = repeats_within(grams(blocks.words, WORDS_PER_GRAM), blocks.word_edges[:-1], n_windows)
    n_repeated = np.bincount(block_of, counts, blocks.n_blocks)
    return where(is_measured, n_repeated / np.maximum(1, n_windows))


def block_notices(blocks: BlockTexts) -> Scores:
    """How many of C4's phrases of notices stand in it (JavaScript, terms of use, privacy policy, use of cookies); not
    measured of code, nor above 30 words, as longer blocks mostly speak of these things. English alone."""
    found = np.zeros(blocks.n_blocks)
    whole = BORDER.join(blocks.texts).lower()
    for phrase in NOTICES:
        if phrase in whole:
            found += [phrase in text.lower() for text in blocks.texts]
    return where(~blocks.are(CODE) & (blocks.n_words <= MAX_NOTICE_WORDS), found)


def where(is_measured: Mask, scores: npt.NDArray[Any]) -> Scores:
    """The scores where they are measured."""
    return np.where(is_measured, scores, np.nan)


def running(blocks: BlockTexts) -> Mask:
    return blocks.are(RUNNING_TEXT)


def repeats_within(windows: Codes, starts: Counts, n_windows: Counts) -> tuple[Counts, Counts]:
    """Each window that stands more than once in a block, of those that have so many from their starts on: the place of
    the block, and how often."""
    if not n_windows.any():
        return NO_PLACES, NO_PLACES
    block_of = np.repeat(np.arange(len(starts)), n_windows)
    offsets = np.arange(len(block_of)) - np.repeat(np.cumsum(n_windows) - n_windows, n_windows)
    found = repeated(windows[starts[block_of] + offsets] + block_of.astype(np.uint64) * OTHER_MULTIPLIER)
    return block_of[found.firsts], found.counts


def block_host_boilerplate(row: Row) -> float | None:
    """1 when the text stands on three pages or more of the same host, one of which keeps it, else 0; not measured of
    headings, as all papers of a journal have an abstract and conclusions."""
    return None if row["kind"] == HEADING else float(row["is_host_boilerplate"])


MEASURES: tuple[tuple[Measure, str], ...] = (
    (
        block_words,
        f"{OBELICS}: 4 to 1,000; {C4}: at least 3; no bound, as picture books and labels say it in fewer",
    ),
    (block_special_characters, f"{OBELICS}: at most 0.3; 0.6 is for bare numbers, dates and counters"),
    (block_stop_words, f"{OBELICS}: at least 0.3, by a longer list; 0.01 is for lists of names and numbers"),
    (block_punctuation, f"{OBELICS}: at least 0.001; no bound, as captions and speech of some go without"),
    (block_end_mark, f"{C4}: 1; no bound, as labels and list items end without"),
    (block_repeated_characters, f"{OBELICS}: at most 0.1; 0.4 spares the refrains of tales and songs"),
    (block_repeated_words, f"{OBELICS}: at most 0.1; 0.4 spares the refrains of tales and songs"),
    (block_notices, f"{C4}: none, in a block of any length"),
)
NAMES = tuple(measure.__name__ for measure, _ in MEASURES)


def block_scores(
    sentences: Sequence[str], blocks: Sequence[Row], language: str | None
) -> tuple[list[int], list[tuple[str, dict[str, float]]]]:
    """Which of the distinct blocks each block is; of these the text, and score by filter name without the scores that
    cannot be measured."""
    if not blocks:
        return [], []
    places, distinct = block_texts(sentences, blocks, language)
    columns = [measure(distinct).tolist() for measure, _ in MEASURES]
    scores = [
        {name: score for name, score in zip(NAMES, row, strict=True) if score == score}
        for row in zip(*columns, strict=True)
    ]
    return places, list(zip(distinct.texts, scores, strict=True))


def as_measured(measure: Measure) -> Callable[[Row], float | None]:
    """The score of one block, looked up in `scores` of its row."""

    @wraps(measure)
    def score(row: Row) -> float | None:
        found: float | None = row["scores"].get(measure.__name__)
        return found

    return score


BLOCK_FILTERS = (
    *(Filter(measure.__name__, as_measured(measure), source) for measure, source in MEASURES),
    Filter(
        "block_host_boilerplate",
        block_host_boilerplate,
        "OBELICS' code, build_obelics/09_05: from three times per host on; C4, section 2.2: all but one",
    ),
)
