"""Scores of repetition: how much of a page says the same again.

Goes in: a `PageText`. Comes out: shares, 0 to 1, or None where the script sets no spaces between words and the score
needs words. Sources: Gopher (Rae et al. 2021, arXiv 2112.11446, table A1) and OBELICS (arXiv 2306.16527, table 3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from corpus.filters.page_text import Codes, Counts, PageText

# Odd and without pattern in its bits: windows that differ get hashes that differ, but for one pair in 2^64.
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
BUCKET_SHIFT = np.uint64(48)
WORDS_PER_PARAGRAPH = 4
CHARACTERS_PER_GRAM = 10
WORDS_PER_GRAM = 5


def page_duplicate_sentences(text: PageText) -> float | None:
    """Share of the sentences that stand on the page before; Gopher's duplicate lines."""
    return share_of_copies(text.sentences)


def page_duplicate_sentence_characters(text: PageText) -> float | None:
    """Share of the characters that are in such sentences."""
    return character_share_of_copies(text.sentences)


def page_duplicate_blocks(text: PageText) -> float | None:
    """Share of the blocks of four words or more, OBELICS' shortest paragraph, whose text stands on the page before;
    Gopher's duplicate paragraphs. Shorter ones are names above posts and cells of tables, and repeat on good pages."""
    if not text.is_spaced:
        return None
    return share_of_copies([each for each in text.paragraphs if has_words(each)])


def page_duplicate_block_characters(text: PageText) -> float | None:
    """Share of the characters that are in such blocks."""
    return character_share_of_copies(text.paragraphs)


def page_top_2_gram(text: PageText) -> float | None:
    """Share of the letters that are in the most frequent pair of words."""
    return top_gram_share(text, 2)


def page_top_3_gram(text: PageText) -> float | None:
    """Share of the letters that are in the most frequent three words in a row."""
    return top_gram_share(text, 3)


def page_top_4_gram(text: PageText) -> float | None:
    """Share of the letters that are in the most frequent four words in a row."""
    return top_gram_share(text, 4)


def page_duplicate_5_grams(text: PageText) -> float | None:
    """Share of the letters that are in five words in a row said before."""
    return repeated_gram_share(text, 5)


def page_duplicate_6_grams(text: PageText) -> float | None:
    """Share of the letters that are in six words in a row said before."""
    return repeated_gram_share(text, 6)


def page_duplicate_7_grams(text: PageText) -> float | None:
    """Share of the letters that are in seven words in a row said before."""
    return repeated_gram_share(text, 7)


def page_duplicate_8_grams(text: PageText) -> float | None:
    """Share of the letters that are in eight words in a row said before."""
    return repeated_gram_share(text, 8)


def page_duplicate_9_grams(text: PageText) -> float | None:
    """Share of the letters that are in nine words in a row said before."""
    return repeated_gram_share(text, 9)


def page_duplicate_10_grams(text: PageText) -> float | None:
    """Share of the letters that are in ten words in a row said before."""
    return repeated_gram_share(text, 10)


def page_repeated_characters(text: PageText) -> float | None:
    """Share of the 10-character windows that the most frequent repeated ones make up; of n distinct windows at most
    the square root of n are taken, so that long pages are not punished for their length."""
    hashes = grams(text.codes, CHARACTERS_PER_GRAM)
    return window_repetition(hashes, repeated(hashes)[1]) if len(hashes) else None


def page_repeated_words(text: PageText) -> float | None:
    """Share of the 5-word windows that stand more than once on the page."""
    n_windows = text.n_words - WORDS_PER_GRAM + 1
    return float(repeats_of(text, WORDS_PER_GRAM)[2].sum() / n_windows) if n_windows > 0 else None


def window_repetition(hashes: Codes, counts: Counts) -> float:
    """The same of these windows, of which those that stand more than once stand `counts` times."""
    n_distinct = len(hashes) - int(counts.sum()) + len(counts)
    return float(np.sort(counts)[::-1][: math.isqrt(n_distinct)].sum() / len(hashes))


def share_of_copies(texts: Sequence[str]) -> float | None:
    return 1 - len(set(texts)) / len(texts) if texts else None


def character_share_of_copies(texts: Sequence[str]) -> float | None:
    n_characters = sum(map(len, texts))
    return 1 - sum(map(len, set(texts))) / n_characters if n_characters else None


def has_words(paragraph: str) -> bool:
    return len(paragraph.split(maxsplit=WORDS_PER_PARAGRAPH)) >= WORDS_PER_PARAGRAPH


def grams(numbers: Codes, n: int) -> Codes:
    """A hash of every n numbers in a row, [len(numbers) - n + 1], none when there are fewer than n."""
    n_grams = max(0, len(numbers) - n + 1)
    hashes = np.zeros(n_grams, dtype=np.uint64)
    for offset in range(n):
        hashes = hashes * MULTIPLIER + numbers[offset : offset + n_grams]
    return hashes


def repeated(hashes: Codes) -> tuple[Codes, Counts]:
    """The hashes that stand more than once, ascending, and how often each does. Most stand once and are alone in their
    bucket; only the others are sorted."""
    buckets = (hashes >> BUCKET_SHIFT).astype(np.int64)
    ordered = np.sort(hashes[np.bincount(buckets)[buckets] > 1])
    is_first = np.ones(len(ordered), dtype=bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    starts: Counts = np.flatnonzero(is_first)
    counts: Counts = np.append(starts[1:], len(ordered))[: len(starts)] - starts
    return ordered[starts][counts > 1], counts[counts > 1]


def repeats_of(text: PageText, n: int) -> tuple[Codes, Codes, Counts]:
    """The hashes of n words in a row, and those that stand more than once with their counts. None at all where it is
    known that fewer words in a row do not repeat: then more do not either."""
    if n not in text.repeats:
        fewer = text.repeats.get(n - 1)
        is_known = fewer is not None and len(fewer[1]) == 0
        hashes = grams(text.word_ids[:0] if is_known else text.word_ids, n)
        text.repeats[n] = hashes, *repeated(hashes)
    return text.repeats[n]


def places_of(values: Codes, hashes: Codes) -> Counts:
    """Where one of the values, in ascending order, stands among the hashes."""
    if len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    nearest = np.minimum(np.searchsorted(values, hashes), len(values) - 1)
    return np.flatnonzero(values[nearest] == hashes)


def top_gram_share(text: PageText, n: int) -> float | None:
    """Share of the letters in the most frequent n words in a row, the longest of equally frequent ones; 0 when none
    stands twice, else every page of few words would be full of its first."""
    if text.n_words == 0:
        return None
    hashes, values, counts = repeats_of(text, n)
    if len(values) == 0:
        return 0.0
    starts = places_of(values[counts == counts.max()], hashes)
    ends = np.concatenate(([0], np.cumsum(text.word_letters)))
    longest = starts[np.argmax(ends[starts + n] - ends[starts])]
    return letter_share(text, np.flatnonzero(hashes == hashes[longest]), n)


def repeated_gram_share(text: PageText, n: int) -> float | None:
    """Share of the letters in n words in a row that stand on the page before. Taken from left to right without
    overlap, so that no letter is counted twice."""
    if text.n_words == 0:
        return None
    hashes, values, _ = repeats_of(text, n)
    taken: list[int] = []
    seen: set[int] = set()
    for start in places_of(values, hashes).tolist():
        value = int(hashes[start])
        if value in seen and (not taken or start >= taken[-1] + n):
            taken.append(start)
        seen.add(value)
    return letter_share(text, np.array(taken, dtype=np.int64), n) if taken else 0.0


def letter_share(text: PageText, starts: Counts, n: int) -> float:
    """Share of the letters in the n words from each of `starts` on."""
    edges = np.zeros(text.n_words + 1, dtype=np.int64)
    np.add.at(edges, starts, 1)
    np.add.at(edges, starts + n, -1)
    covered = np.cumsum(edges[:-1]) > 0
    return float(text.word_letters[covered].sum() / max(1, text.word_letters.sum()))
