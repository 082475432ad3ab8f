"""Block filters: which blocks of a page are text, judged before sentences are embedded.

Goes in: the sentences, blocks and language of a document; later, a row with `kind`, `scores` and `is_host_boilerplate`
of a block. Comes out: scores. Headings, captions and cells of tables are short and strange by nature: of these only
repetition and notices are measured, of code not even they. Sources: OBELICS (arXiv 2306.16527, table 3, paragraphs),
C4 (Raffel et al. 2020, section 2.2). OBELICS' flagged, common and spam words and its perplexity are not measured: words
need lists per language, of which no package is kept that brings little else, perplexity a model.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import wraps

import numpy as np

from corpus.columns import Row
from corpus.filters.block_text import BlockText, block_texts
from corpus.filters.filter import Filter
from corpus.filters.repetition import WORDS_PER_GRAM, window_repetition
from corpus.filters.stop_words import STOP_WORDS

Measure = Callable[[BlockText], float | None]

RUNNING_TEXT = frozenset(("paragraph", "list_item", "quote"))
HEADING = "heading"
CODE = "code"
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


def block_words(block: BlockText) -> float | None:
    """Number of words of a paragraph, list item or quote; not measured where the script sets no spaces between them."""
    return None if block.words is None or block.kind not in RUNNING_TEXT else float(len(block.words))


def block_special_characters(block: BlockText) -> float | None:
    """Share of the characters of a paragraph, list item or quote that are no letters: white space, digits, punctuation,
    symbols."""
    return block.n_special / len(block.text) if block.kind in RUNNING_TEXT else None


def block_stop_words(block: BlockText) -> float | None:
    """Share of the words of a paragraph, list item or quote that are stop words of its language or of English; not
    measured in languages without a list, nor under 50 words."""
    known = STOP_WORDS.get(block.language or "")
    if known is None or block.kind not in RUNNING_TEXT or len(block.words or ()) < MIN_STOP_WORD_WORDS:
        return None
    return sum(word in known or word in STOP_WORDS["en"] for word in block.words or ()) / len(
        block.words or ()
    )


def block_punctuation(block: BlockText) -> float | None:
    """Punctuation marks per word or mark of a paragraph, list item or quote; not measured under 12 words, nor where the
    script sets no spaces between them."""
    if block.kind not in RUNNING_TEXT or len(block.words or ()) < MIN_PUNCTUATION_WORDS:
        return None
    return block.n_marks / (block.n_marks + len(block.words or ()))


def block_end_mark(block: BlockText) -> float | None:
    """1 when a paragraph, list item or quote ends as a sentence does in one script or another, 0 when it does not or
    ends with an ellipsis."""
    if block.kind not in RUNNING_TEXT:
        return None
    text = block.text[-8:]
    return float(END_MARK.search(text) is not None and not text.endswith(ELLIPSES))


def block_repeated_characters(block: BlockText) -> float | None:
    """Share of the 10-character windows that the most frequent repeated ones make up, as of a page; not measured of
    code, nor under 100 characters."""
    is_measured = block.kind != CODE and len(block.text) >= MIN_REPETITION_CHARACTERS
    if not is_measured:
        return None
    ordered = np.sort(block.windows)
    if not (ordered[1:] == ordered[:-1]).any():
        return 0.0
    counts = np.unique(ordered, return_counts=True)[1]
    return window_repetition(ordered, counts[counts > 1])


def block_repeated_words(block: BlockText) -> float | None:
    """Share of the 5-word windows that stand more than once in the block; not measured of code, nor under 12 words."""
    words = block.words or ()
    if block.kind == CODE or len(words) < MIN_REPETITION_WORDS:
        return None
    windows = list(zip(*(words[start:] for start in range(WORDS_PER_GRAM)), strict=False))
    if len(set(windows)) == len(windows):  # of most blocks
        return 0.0
    return sum(n for n in Counter(windows).values() if n > 1) / len(windows)


def block_notices(block: BlockText) -> float | None:
    """How many of C4's phrases of notices stand in it (JavaScript, terms of use, privacy policy, use of cookies); not
    measured of code, nor above 30 words, as longer blocks mostly speak of these things. English alone."""
    if block.kind == CODE or len(block.words or ()) > MAX_NOTICE_WORDS:
        return None
    text = block.text.lower()
    return float(len([phrase for phrase in NOTICES if phrase in text]))


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
NAMED_MEASURES = tuple((measure.__name__, measure) for measure, _ in MEASURES)


def block_scores(
    sentences: Sequence[str], blocks: Sequence[Row], language: str | None
) -> list[tuple[str, dict[str, float]]]:
    """Text and score by filter name of each block, without the scores that cannot be measured."""
    return [
        (
            block.text,
            {name: score for name, measure in NAMED_MEASURES if (score := measure(block)) is not None},
        )
        for block in block_texts(sentences, blocks, language)
    ]


def as_measured(measure: Measure) -> Callable[[Row], float | None]:
    """The same score, looked up in `scores` of a row."""

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
