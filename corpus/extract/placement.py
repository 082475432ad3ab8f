"""Where extracted lines stand on the page: from lines without positions to positions.

Goes in: the lines that the text extractor kept, in order, and the whole text of the page. Comes out: a
position for each line, never decreasing. Both are compared by their letters and digits alone, so that
spacing, punctuation and markup between them do not matter. Lines that occur once are fixed points (as in
patience diff); the others are looked for between two fixed points, from the last to the first, because a
heading stands right before its text while its copy in the navigation stands far above.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise

MIN_ANCHOR_CHARACTERS = 8
PROBE_CHARACTERS = 24
SCAN_CHARACTERS = 20_000_000
WORD = re.compile(r"[^\W_]+")
NOT_WORD = re.compile(r"[\W_]+")
ASCII_NOT_WORD = bytes(code for code in range(128) if not chr(code).isalnum())


def compact(text: str) -> str:
    """The letters and digits of a text."""
    if text.isascii():
        return text.encode("ascii").translate(None, ASCII_NOT_WORD).decode("ascii")
    composed = unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")
    letters = composed.translate(None, ASCII_NOT_WORD).decode("utf-8", "surrogatepass")
    return letters if letters.isalnum() else NOT_WORD.sub("", letters)  # the first is asked sooner


def locate(keys: Sequence[str], stream: str, units: dict[str, list[int]]) -> list[int]:
    """The start of each key in `stream`, characters, never decreasing.

    `keys` and `stream` are compact; `units` gives the starts of each block-level text of the stream,
    ascending. A key that is not found stands where the one before it ends.
    """
    found: list[int | None] = [None] * len(keys)
    for index, position in longest_rising(unique_places(keys, units)):
        found[index] = position
    fixed = [-1, *(index for index, position in enumerate(found) if position is not None), len(keys)]
    budget = SCAN_CHARACTERS
    for before, after in pairwise(fixed):
        low = 0 if before < 0 else (found[before] or 0) + len(keys[before])
        high = len(stream) if after == len(keys) else (found[after] or 0)
        backward = after < len(keys)
        order = range(after - 1, before, -1) if backward else range(before + 1, after)
        for index in order:
            if budget < 0 or low >= high:
                break
            here = place(keys[index], stream, units, (low, high), backward)
            if here is None:
                budget -= 2 * (high - low)
            elif backward:
                found[index] = high = here
            else:
                found[index], low = here, here + len(keys[index])
    return rising(found, keys)


def unique_places(keys: Sequence[str], units: dict[str, list[int]]) -> list[tuple[int, int]]:
    """(index, position) of each key that occurs once among the keys and once among the units."""
    counts = Counter(keys)
    return [
        (index, units[key][0])
        for index, key in enumerate(keys)
        if len(key) >= MIN_ANCHOR_CHARACTERS and counts[key] == 1 and len(units.get(key, ())) == 1
    ]


def longest_rising(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of the list whose positions rise (patience sorting, n log n)."""
    tails: list[int] = []
    tail_places: list[int] = []
    previous: list[int] = []
    for number, (_, position) in enumerate(places):
        slot = bisect_left(tails, position)
        previous.append(tail_places[slot - 1] if slot else -1)
        if slot == len(tails):
            tails.append(position)
            tail_places.append(number)
        else:
            tails[slot], tail_places[slot] = position, number
    chain = []
    number = tail_places[-1] if tail_places else -1
    while number >= 0:
        chain.append(places[number])
        number = previous[number]
    return chain[::-1]


def place(
    key: str, stream: str, units: dict[str, list[int]], interval: tuple[int, int], backward: bool
) -> int | None:
    """Where the key stands in the interval: as a block-level text, else anywhere, else its beginning alone."""
    low, high = interval
    starts = units.get(key, [])
    inside = starts[bisect_left(starts, low) : bisect_left(starts, high - len(key) + 1)]
    if inside:
        return inside[-1] if backward else inside[0]
    search = stream.rfind if backward else stream.find
    for probe in dict.fromkeys((key, key[:PROBE_CHARACTERS])):
        if (position := search(probe, low, high)) >= 0:
            return position
    return None


def rising(found: Sequence[int | None], keys: Sequence[str]) -> list[int]:
    """The positions with the missing ones filled in from the end of the line before, never decreasing."""
    positions: list[int] = []
    end = 0
    for position, key in zip(found, keys, strict=True):
        start = max(end, position) if position is not None else end
        positions.append(start)
        end = start if position is None else max(end, start + len(key))
    return positions


def borders_within(borders: Sequence[int], position: int, length: int) -> list[int]:
    """The borders strictly inside a line, counted from its start; `borders` ascend."""
    first = bisect_right(borders, position)
    if first == len(borders) or borders[first] >= position + length:  # as of most lines
        return []
    return [border - position for border in borders[first : bisect_left(borders, position + length)]]


def cut_line(line: str, cuts: Sequence[int]) -> list[str]:
    """The line in pieces, cut before the letters or digits with these numbers, at the white space before them."""
    line = unicodedata.normalize("NFC", line)
    runs = [match.span() for match in WORD.finditer(line)]
    before = list(accumulate((end - start for start, end in runs), initial=0))
    pieces, begin = [], 0
    for cut in cuts:
        run = bisect_right(before, cut) - 1
        end = runs[run][0] + cut - before[run]
        if cut == before[run] and (space := line.rfind(" ", runs[run - 1][1], end)) >= 0:
            end = space
        pieces.append(line[begin:end].strip())
        begin = end
    return [*pieces, line[begin:].strip()]
