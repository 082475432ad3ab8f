"""Scores of wording: whether a page is made of words as people write them.

Goes in: a `PageText`. Comes out: counts and shares, or None where a score cannot be measured. Sources: Gopher
(Rae et al. 2021, arXiv 2112.11446, section A.1.1), C4 (Raffel et al. 2020, section 2.2), OBELICS (arXiv 2306.16527,
table 3).
"""

from __future__ import annotations

import re

from corpus.filters.page_text import PageText, count_of
from corpus.filters.stop_words import STOP_SYLLABLES, STOP_WORDS

ELLIPSES = ("...", "…")
BULLETS = tuple("•‣◦⁃∙▪●■")
JOINERS = "\u200c\u200d"
# Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Georgian, and the letters of Hangul: a character is about a sound.
ALPHABETIC = re.compile("[a-z\u00c0-\u077f\u10a0-\u11ff\u1e00-\u1fff]")
MIN_ALPHABETIC_SHARE = 0.8
SYLLABLES_APART = frozenset({"vi"})
CODE_BRACKET = re.compile(r"\{(?!\w+\})")
# Vowels of Hebrew and Arabic, which children's books write and others leave out.
POINTS = re.compile("[\u0591-\u05c7\u064b-\u0652]")
MIN_STOP_WORD_WORDS = 50
MIN_PUNCTUATION_WORDS = 12


def page_words(text: PageText) -> float | None:
    """Number of words; not measured where the script sets no spaces between them."""
    return float(text.n_words) if text.is_spaced else None


def page_word_letters(text: PageText) -> float | None:
    """Mean length of a word, letters; accents are none, Hangul is counted by its letters. Measured in alphabets only,
    and not where each syllable stands apart: signs for syllables are fewer, vowel signs more than it was made for."""
    if text.n_words == 0 or text.language in SYLLABLES_APART:
        return None
    n_alphabetic = sum(n for each, n in text.characters.items() if ALPHABETIC.match(each.lower()))
    if n_alphabetic < MIN_ALPHABETIC_SHARE * count_of(text.characters, "L"):
        return None
    return float(text.word_letters.mean())


def page_symbols(text: PageText) -> float | None:
    """Hash signs or ellipses, whichever are more, per word."""
    ellipses = sum(map(text.text.count, ELLIPSES))
    return max(text.text.count("#"), ellipses) / text.n_words if text.n_words else None


def page_bullets(text: PageText) -> float | None:
    """Share of the sentences that open a list item or start with a bullet."""
    n_bullets = text.n_list_items + sum(sentence.startswith(BULLETS) for sentence in text.sentences)
    return min(1.0, n_bullets / len(text.sentences)) if text.sentences else None


def page_ellipses(text: PageText) -> float | None:
    """Share of the blocks that end with an ellipsis."""
    return share([paragraph.endswith(ELLIPSES) for paragraph in text.paragraphs])


def page_alphabetic_words(text: PageText) -> float | None:
    """Share of the words that have a letter."""
    alphabetic = (n for word, n in text.vocabulary.items() if word.isalpha() or any(map(str.isalpha, word)))
    return sum(alphabetic) / text.n_words if text.n_words else None


def page_stop_words(text: PageText) -> float | None:
    """How many of the words are stop words of the language, or of English, which stands on pages in every language; not
    measured in languages without a list, nor under 50 words, where Gopher never asks."""
    if max(text.n_words, 0 if text.is_spaced else len(text.text)) < MIN_STOP_WORD_WORDS:
        return None
    if text.language in STOP_SYLLABLES:
        return float(sum(map(text.text.count, STOP_SYLLABLES[text.language])))
    if text.language in STOP_WORDS and text.is_spaced:
        stop_words = STOP_WORDS[text.language] | STOP_WORDS["en"]
        has_points = any(map(POINTS.match, text.characters))
        vocabulary = text.vocabulary.items()
        return float(
            sum(n for word, n in vocabulary if (POINTS.sub("", word) if has_points else word) in stop_words)
        )
    return None


def page_special_characters(text: PageText) -> float | None:
    """Share of the characters that are no letters: white space, digits, punctuation, symbols. Hangul is counted by its
    letters, an accent as one more character."""
    n_special = count_of(text.characters, "CNPSZ") - sum(text.characters.get(each, 0) for each in JOINERS)
    return n_special / sum(text.characters.values()) if text.text else None


def page_punctuation(text: PageText) -> float | None:
    """Punctuation marks per word or mark; not measured under 12 of them, nor where the script sets no spaces, as some
    such set no marks either."""
    n_marks = count_of(text.characters, "P")
    n_pieces = n_marks + text.n_words
    return n_marks / n_pieces if text.n_words and n_pieces >= MIN_PUNCTUATION_WORDS else None


def page_lorem_ipsum(text: PageText) -> float | None:
    """How often the filler text lorem ipsum begins on the page."""
    return float(text.text.lower().count("lorem ipsum"))


def page_curly_brackets(text: PageText) -> float | None:
    """Number of curly brackets that open, but for those around a single word or number, as in 13C{1H} and in TeX; the
    others are program code, as C4 takes them."""
    return float(len(CODE_BRACKET.findall(text.text)))


def page_sentences_without_javascript(text: PageText) -> float | None:
    """Number of sentences that do not name JavaScript; those that do mostly ask the reader to switch it on."""
    return float(sum("javascript" not in sentence.lower() for sentence in text.sentences))


def share(marks: list[bool]) -> float | None:
    return sum(marks) / len(marks) if marks else None
