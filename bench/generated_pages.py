"""Pages made of words drawn by chance, whose copies and near copies are known.

Goes in: how many. Comes out: their words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

VOCABULARY = 50_000
N_WORDS = (100, 500)
"""Least and most words of a page; the median page of the sample's articles has 180."""
WORDS_OF_A_COPY = 100
N_SHINGLE_WORDS = 5


def generated(n_pages: int, seed: int = 0) -> list[list[str]]:
    """Pages as words: half stand alone, the others are families of two to five of which all but one were edited, so
    that their similarity with it is anything from 0.5 to 1, evenly."""
    random = np.random.default_rng(seed)
    weights = 1 / np.arange(1, VOCABULARY + 1)  # Zipf
    pages: list[list[str]] = []
    while len(pages) < n_pages:
        ranks = random.choice(VOCABULARY, size=random.integers(*N_WORDS), p=weights / weights.sum())
        original = [f"w{rank}" for rank in ranks]
        pages.append(original)
        if random.random() < 0.25:
            pages += [edited(original, random) for _ in range(random.integers(1, 5))]
    pages = pages[:n_pages]
    random.shuffle(pages)
    return pages


def different(n_pages: int) -> Iterator[list[str]]:
    """Pages of which no two share a shingle, or hardly any."""
    random = np.random.default_rng(0)
    return ([f"w{rank}" for rank in random.integers(0, VOCABULARY, WORDS_OF_A_COPY)] for _ in range(n_pages))


def equal(n_pages: int) -> Iterator[list[str]]:
    (page,) = different(1)
    return (page for _ in range(n_pages))


def nearly_equal(n_pages: int) -> Iterator[list[str]]:
    """Pages that differ in one word, so that any two are alike by 0.9."""
    (page,) = different(1)
    return (with_a_word(page, number) for number in range(n_pages))


def nearly_equal_in_twos(n_pages: int) -> Iterator[list[str]]:
    return (with_a_word(page, number) for page in different(n_pages // 2) for number in range(2))


def with_a_word(page: Sequence[str], number: int) -> list[str]:
    middle = len(page) // 2
    return [*page[:middle], f"x{number}", *page[middle + 1 :]]


BUCKETS: Mapping[str, Callable[[int], Iterator[list[str]]]] = {
    "different": different,
    "equal": equal,
    "equal but for a word": nearly_equal,
    "the same, two by two": nearly_equal_in_twos,
}


def edited(words: Sequence[str], random: np.random.Generator) -> list[str]:
    """The words with some of them replaced, removed or doubled: each spoils about five shingles, and 5 k of n spoiled
    leave a similarity of (n - 5 k) / (n + 5 k)."""
    wanted = random.uniform(0.5, 1)
    n_edits = round(len(words) * (1 - wanted) / (1 + wanted) / N_SHINGLE_WORDS)
    places = set(random.choice(len(words), size=n_edits, replace=False).tolist())
    pieces = (
        [[f"x{random.integers(10**9)}"], [], [word, word]][random.integers(3)] if place in places else [word]
        for place, word in enumerate(words)
    )
    return [word for piece in pieces for word in piece]
