"""Text filters: scores of the text of a page, measured once when it is read and judged as often as bounds move.

Goes in: the sentences, blocks and language of a document; later, a row with `text_scores`. Comes out: scores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps

from corpus.columns import Row
from corpus.filters import repetition, wording
from corpus.filters.filter import Filter
from corpus.filters.page_text import PageText, page_text

Measure = Callable[[PageText], float | None]

GOPHER = "Gopher, section A.1.1"
GOPHER_TABLE = "Gopher, table A1"
OBELICS = "OBELICS, table 3"
C4 = "C4, section 2.2"
ROOTS = "ROOTS, default of its published parameters"

MEASURES: tuple[tuple[Measure, str], ...] = (
    (
        wording.page_words,
        f"{OBELICS}: at least 4, of a paragraph, as one caption makes a picture page; {GOPHER}: at most 100,000",
    ),
    (wording.page_word_letters, f"{GOPHER}: 3 to 10"),
    (wording.page_symbols, f"{GOPHER}: at most 0.1"),
    (wording.page_bullets, f"{GOPHER}: at most 0.9"),
    (wording.page_ellipses, f"{GOPHER}: at most 0.3"),
    (wording.page_alphabetic_words, f"{GOPHER}: at least 0.8"),
    (wording.page_stop_words, f"{GOPHER}: at least 2"),
    (repetition.page_duplicate_sentences, f"{GOPHER_TABLE}: at most 0.3"),
    (repetition.page_duplicate_sentence_characters, f"{GOPHER_TABLE}: at most 0.2"),
    (repetition.page_duplicate_blocks, f"{GOPHER_TABLE}: at most 0.3"),
    (repetition.page_duplicate_block_characters, f"{GOPHER_TABLE}: at most 0.2"),
    (repetition.page_top_2_gram, f"{GOPHER_TABLE}: at most 0.2"),
    (repetition.page_top_3_gram, f"{GOPHER_TABLE}: at most 0.18"),
    (repetition.page_top_4_gram, f"{GOPHER_TABLE}: at most 0.16"),
    (repetition.page_duplicate_5_grams, f"{GOPHER_TABLE}: at most 0.15"),
    (repetition.page_duplicate_6_grams, f"{GOPHER_TABLE}: at most 0.14"),
    (repetition.page_duplicate_7_grams, f"{GOPHER_TABLE}: at most 0.13"),
    (repetition.page_duplicate_8_grams, f"{GOPHER_TABLE}: at most 0.12"),
    (repetition.page_duplicate_9_grams, f"{GOPHER_TABLE}: at most 0.11"),
    (repetition.page_duplicate_10_grams, f"{GOPHER_TABLE}: at most 0.1"),
    (repetition.page_repeated_characters, f"{ROOTS}: at most 0.2; OBELICS' 0.1 is for articles"),
    (repetition.page_repeated_words, f"{ROOTS}: at most 0.3; OBELICS' 0.2 is for articles"),
    (wording.page_special_characters, f"{ROOTS}: at most 0.4; OBELICS' 0.275 is for English"),
    (wording.page_punctuation, f"{OBELICS}: at least 0.001, as of a paragraph: captions end without a stop"),
    (wording.page_lorem_ipsum, f"{C4}: none"),
    (wording.page_curly_brackets, f"{C4}: none"),
    (wording.page_sentences_without_javascript, f"{C4}: drops such lines; a page needs one other"),
)


def text_scores(sentences: Sequence[str], blocks: Sequence[Row], language: str | None) -> dict[str, float]:
    """Score by filter name, without those that cannot be measured; none at all without sentences."""
    if not sentences:
        return {}
    text = page_text(sentences, blocks, language)
    scores = {measure.__name__: measure(text) for measure, _ in MEASURES}
    return {name: score for name, score in scores.items() if score is not None}


def as_measured(measure: Measure) -> Callable[[Row], float | None]:
    """The same score, looked up in `text_scores` of a row: a mapping, or its entries as Arrow gives them."""

    @wraps(measure)
    def score(row: Row) -> float | None:
        return dict(row["text_scores"]).get(measure.__name__)

    return score


TEXT_FILTERS = tuple(Filter(measure.__name__, as_measured(measure), source) for measure, source in MEASURES)
