"""How much of what is written about a picture stands in each text of its page.

Goes in: queries (alternative text, caption, file name) and the texts of one page. Comes out: shares. Nothing is
looked up and no language is known: words are compared by runs of their characters, so that endings, compounds and
scripts without spaces do little harm, and a run counts by how few of the page's texts have it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

LETTERS_PER_GRAM, SIGNS_PER_GRAM = 4, 2
"""Four, as in character n-gram retrieval of European languages (McNamee and Mayfield 2004); two where a sign is a
syllable or a word."""
RUN = re.compile(r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|[^\W_]+")
SIGNS = re.compile(r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def shares(queries: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
    """How much of each query stands in each text, [n_queries, n_texts], 0 to 1: of its distinct grams, each weighted
    by log((n + 1) / (n_with + 0.5)), the part that the text has. 0 for an empty query."""
    asked = [grams(query) for query in queries]
    wanted = set().union(*asked)
    holders: dict[str, list[int]] = {}
    for index, text in enumerate(texts):
        for gram in wanted & grams(text):
            holders.setdefault(gram, []).append(index)
    found = np.zeros((len(queries), len(texts)), dtype=np.float32)
    for row, query in zip(found, asked, strict=True):
        total = 0.0
        for gram in sorted(query):
            held_by = holders.get(gram, [])
            weight = log((len(texts) + 1) / (len(held_by) + 0.5))
            total += weight
            row[held_by] += weight
        if total > 0:
            row /= total
    return found


def grams(text: str) -> set[str]:
    """The distinct grams of a text, case and compatibility forms folded; those of a word know where it begins and
    ends."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return {gram for run in RUN.findall(folded) for gram in grams_of(run)}


def grams_of(run: str) -> Iterator[str]:
    if SIGNS.match(run):
        n, marked = SIGNS_PER_GRAM, run
    else:
        n, marked = LETTERS_PER_GRAM, f"^{run}$"
    for start in range(max(len(marked) - n, 0) + 1):
        yield marked[start : start + n]
