"""Replacement: texts with placeholders where personal data and secrets stood.

Goes in: texts that follow one another on a page. Comes out: those that change, and how often each kind was found.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import accumulate

from corpus.privacy.kinds import find

BORDER = "\n"


def placeholder(kind: str) -> str:
    """As in StarCoder's training data (arXiv 2305.06161, section 4): the kind in angle brackets, `<EMAIL>`."""
    return f"<{kind.upper()}>"


def replace(
    texts: Sequence[str], kinds: Collection[str], regions: Collection[str] = ()
) -> tuple[dict[int, str], dict[str, int]]:
    """The texts that hold something, by their place, with placeholders, and the number found by kind. What runs over
    several texts, as the lines of a private key, leaves a placeholder in each and is counted once."""
    if not kinds:
        return {}, {}
    found = find(BORDER.join(texts), kinds, regions)
    starts = [0, *accumulate(len(text) + len(BORDER) for text in texts)]
    pieces: dict[int, list[str]] = {}
    done: dict[int, int] = {}
    for start, end, kind in found:
        for place in range(bisect_right(starts, start) - 1, bisect_right(starts, end - 1)):
            text, first = texts[place], starts[place]
            begun = max(0, start - first)
            pieces.setdefault(place, []).extend((text[done.get(place, 0) : begun], placeholder(kind)))
            done[place] = min(len(text), end - first)
    changed = {place: "".join(each) + texts[place][done[place] :] for place, each in pieces.items()}
    return changed, dict(Counter(kind for _, _, kind in found))
