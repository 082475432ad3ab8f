"""Scores of repetition: how much of a page says the same again.

Goes in: a `PageText`. Comes out: shares, 0 to 1, or None where the script sets no spaces between words and the score
needs words. Sources: Gopher (Rae et al. 2021, arXiv 2112.11446, table A1) and OBELICS (arXiv 2306.16527, table 3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from corpus.filters.page_text import Codes, Counts, PageText

# Odd and without pattern in its bits: windows that differ get hashes that differ, but for one pair in 2^64.
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
BUCKETS_PER_HASH_BITS, MOST_BUCKET_BITS = 3, 19  # eight times as many as hashes; more do not fit the caches
WORDS_PER_PARAGRAPH = 4
CHARACTERS_PER_GRAM = 10
WORDS_PER_GRAM = 5
FEWEST_WORDS = 2  # of the runs whose repeats are asked for


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
    return window_repetition(len(hashes), repeated(hashes).counts) if len(hashes) else None


def page_repeated_words(text: PageText) -> float | None:
    """Share of the 5-word windows that stand more than once on the page."""
    n_windows = text.n_words - WORDS_PER_GRAM + 1
    return float(repeats_of(text, WORDS_PER_GRAM).counts.sum() / n_windows) if n_windows > 0 else None


def window_repetition(n_windows: int, counts: Counts) -> float:
    """The same of so many windows, of which those that stand more than once stand `counts` times."""
    n_distinct = n_windows - int(counts.sum()) + len(counts)
    return float(np.sort(counts)[::-1][: math.isqrt(n_distinct)].sum() / n_windows)


def share_of_copies(texts: Sequence[str]) -> float | None:
    return 1 - len(set(texts)) / len(texts) if texts else None


def character_share_of_copies(texts: Sequence[str]) -> float | None:
    n_characters = sum(map(len, texts))
    return 1 - sum(map(len, set(texts))) / n_characters if n_characters else None


def has_words(paragraph: str) -> bool:
    return len(paragraph.split(maxsplit=WORDS_PER_PARAGRAPH)) >= WORDS_PER_PARAGRAPH


def grams(numbers: Codes, n: int) -> Codes:
    """A hash of every n numbers in a row, [len(numbers) - n + 1], none when there are fewer than n: a polynomial, made
    of those of half as many."""
    if n == 1 or len(numbers) < n:
        return numbers[: max(0, len(numbers) - n + 1)]
    half = n // 2
    halves = grams(numbers, half)
    hashes = halves[:-half] * MULTIPLIER**half + halves[half:]
    return hashes[:-1] * MULTIPLIER + numbers[n - 1 :] if n % 2 else hashes


class Repeats(NamedTuple):
    """The hashes that stand more than once, ascending, how often each does and where first [n_values]; the places where
    one of them stands, ascending, and what stands there [n_places]; those of these places that are not the first."""

    values: Codes
    counts: Counts
    firsts: Counts
    places: Counts
    hashes: Codes
    copies: Counts


NO_CODES, NO_PLACES = np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
NOTHING = Repeats(NO_CODES, NO_PLACES, NO_PLACES, NO_PLACES, NO_CODES, NO_PLACES)


def repeated(hashes: Codes) -> Repeats:
    """What of the hashes stands more than once. Most stand once and are alone in their bucket; only the others are
    sorted."""
    n_bits = min(MOST_BUCKET_BITS, len(hashes).bit_length() + BUCKETS_PER_HASH_BITS)
    buckets = (hashes >> np.uint64(64 - n_bits)).astype(np.int64)
    places = np.flatnonzero(np.bincount(buckets)[buckets] > 1)
    if len(places) == 0:
        return NOTHING
    order = places[np.argsort(hashes[places])]
    ordered = hashes[order]
    is_first = np.ones(len(ordered), dtype=bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    starts: Counts = np.flatnonzero(is_first)
    counts: Counts = np.append(starts[1:], len(ordered))[: len(starts)] - starts
    is_repeated = counts > 1
    marked = np.zeros(len(hashes), dtype=bool)
    marked[order[np.repeat(is_repeated, counts)]] = True
    places = np.flatnonzero(marked)
    firsts = np.minimum.reduceat(order, starts)[is_repeated]
    marked[firsts] = False
    values = ordered[starts[is_repeated]]
    return Repeats(values, counts[is_repeated], firsts, places, hashes[places], np.flatnonzero(marked))


def repeats_of(text: PageText, n: int) -> Repeats:
    """What of n words in a row repeats: only where fewer words in a row do, more can."""
    if n not in text.repeats:
        if n <= FEWEST_WORDS:
            text.repeats[n] = repeated(grams(text.word_ids, n))
        else:
            fewer = repeats_of(text, n - 1)
            if len(fewer.places) == 0:
                return fewer
            is_whole = fewer.places + n <= text.n_words
            places = fewer.places[is_whole]
            found = repeated(fewer.hashes[is_whole] * MULTIPLIER + text.word_ids[places + n - 1])
            there = {name: places[getattr(found, name)] for name in ("firsts", "places", "copies")}
            text.repeats[n] = found._replace(**there)
    return text.repeats[n]  # type: ignore[no-any-return]  # known to this module alone


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
    found = repeats_of(text, n)
    if len(found.values) == 0:
        return 0.0
    starts = found.places[places_of(found.values[found.counts == found.counts.max()], found.hashes)]
    ends = np.concatenate(([0], np.cumsum(text.word_letters)))
    longest = np.searchsorted(found.places, starts[np.argmax(ends[starts + n] - ends[starts])])
    return letter_share(text, found.places[found.hashes == found.hashes[longest]], n)


def repeated_gram_share(text: PageText, n: int) -> float | None:
    """Share of the letters in n words in a row that stand on the page before. Taken from left to right without
    overlap, so that no letter is counted twice."""
    if text.n_words == 0:
        return None
    taken: list[int] = []
    end = 0
    for start in repeats_of(text, n).copies.tolist():
        if start >= end:
            taken.append(start)
            end = start + n
    return letter_share(text, np.array(taken, dtype=np.int64), n) if taken else 0.0


def letter_share(text: PageText, starts: Counts, n: int) -> float:
    """Share of the letters in the n words from each of `starts` on."""
    edges = np.zeros(text.n_words + 1, dtype=np.int64)
    np.add.at(edges, starts, 1)
    np.add.at(edges, starts + n, -1)
    covered = np.cumsum(edges[:-1]) > 0
    return float(text.word_letters[covered].sum() / max(1, text.word_letters.sum()))
