"""Shingles: runs of words, as numbers, by which two texts are compared.

Goes in: sentences. Comes out: one 32-bit hash per run of n words (Broder 1997). In scripts that set no spaces between
words each character counts as one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.uint64]

# Thai, Lao, Tibetan, Burmese, Khmer, kana, Han.
UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
N_CODES = 0x32400
"""Code points with letters end before it (Unicode 16); private ones beyond are no letters."""
OTHER, LETTER, WORD = 0, 1, 2
BASE = 0xD1342543DE82EF95
"""Any odd number has an inverse modulo 2^64; this one mixes well (Steele and Vigna, arXiv 2001.05304)."""
MIXERS = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)
SEED = 1997
FEWEST_POWERS = 2**14


def shingle_hashes(sentences: Iterable[str], n_words: int) -> Hashes:
    """A hash per run of `n_words` words, in order, repeated runs repeated; of a shorter text its one run, without any
    word none. Case, compatibility forms, punctuation and the borders of sentences do not count.

    A run is a stretch of one row of numbers, so its hash is the difference of two prefix sums, brought to the same
    origin (Karp and Rabin 1987): no word and no run is ever made as a string.
    """
    numbers, starts = words_of(unicodedata.normalize("NFKC", " ".join(sentences)).lower())
    if not len(starts):
        return np.empty(0, dtype=np.uint32)
    return (hashes_of_runs(numbers, starts, min(n_words, len(starts))) >> np.uint64(32)).astype(np.uint32)


def run_hashes(sentences: Iterable[str], n_words: int) -> Numbers:
    """The same runs by 64 bits, for comparing with millions of others; none of a shorter text."""
    numbers, starts = words_of(unicodedata.normalize("NFKC", " ".join(sentences)).lower())
    if len(starts) < n_words:
        return np.empty(0, dtype=np.uint64)
    return hashes_of_runs(numbers, starts, n_words)


def hashes_of_runs(numbers: Numbers, starts: npt.NDArray[np.intp], n_words: int) -> Numbers:
    """A hash per run of `n_words` of the words that start there."""
    powers, inverses = powers_to(len(numbers))
    sums = np.zeros(len(numbers) + 1, dtype=np.uint64)
    np.cumsum(numbers * powers[: len(numbers)], out=sums[1:])
    ends = np.append(starts[1:], len(numbers))[n_words - 1 :]
    starts = starts[: len(ends)]
    return mixed((sums[ends] - sums[starts]) * inverses[starts])


def words_of(text: str) -> tuple[Numbers, npt.NDArray[np.intp]]:
    """A number per letter, other characters left out, and where words start among them."""
    kinds, numbers = alphabet()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = np.minimum(codes, N_CODES - 1)
    kind = kinds[codes]
    is_start = kind > OTHER
    is_start[1:] &= (kind[1:] == WORD) | (kind[:-1] != LETTER)
    is_letter = kind > OTHER
    # A start is told apart by one more, lest "ab c" be "a bc".
    values = numbers[codes[is_letter]] + is_start[is_letter]
    return values, np.flatnonzero(is_start[is_letter])


@cache
def alphabet() -> tuple[npt.NDArray[np.uint8], Numbers]:
    """What each code point is, OTHER, LETTER or a WORD by itself, and its random number."""
    kinds = np.zeros(N_CODES, dtype=np.uint8)
    for code in range(N_CODES):
        character = chr(code)
        if UNSPACED.match(character):
            kinds[code] = WORD if unicodedata.category(character)[0] in "LN" else OTHER
        elif unicodedata.category(character)[0] in "LMN":
            kinds[code] = LETTER
    return kinds, np.random.default_rng(SEED).integers(0, 2**64, N_CODES, dtype=np.uint64)


def mixed(numbers: Numbers) -> Numbers:
    """The numbers after the multiplications and shifts of MurmurHash3's finalizer: every bit counts for the upper
    half."""
    for factor in MIXERS:
        numbers = (numbers ^ (numbers >> np.uint64(33))) * np.uint64(factor)
    return numbers


def powers_to(n: int) -> tuple[Numbers, Numbers]:
    """At least `n` powers of the base, from 0, and their inverses, modulo 2^64."""
    size = FEWEST_POWERS
    while size < n:
        size *= 2
    return powers_of(BASE, size), powers_of(pow(BASE, -1, 2**64), size)


@cache
def powers_of(base: int, n: int) -> Numbers:
    factors = np.full(n, base, dtype=np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)
