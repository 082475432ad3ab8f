"""The candidates of a srcset attribute, and which of them to take.

Goes in: the attribute. Comes out: one URL as written. Parsing follows the HTML standard (section
4.8.4.2.1): commas within a URL do not split, descriptors are a width in px (`800w`), beside which a height may
stand, or a pixel density (`2x`); a candidate with any other, or with both, is none.
"""

from __future__ import annotations

import re

MAX_USEFUL_WIDTH_PX = 1_600  # encoders look at 448 px at most; wider pictures cost bytes only
MAX_CANDIDATES = 100
URL = re.compile(r"[\s,]*([^\s]+)")
DESCRIPTOR = re.compile(r"[^(),]*(?:\([^)]*\)[^(),]*)*")
WIDTH = re.compile(r"0*([1-9]\d{0,5})w(?: \d+h)?|\d+h 0*([1-9]\d{0,5})w")
DENSITY = re.compile(r"(\d{0,6}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?)x")


def parse_srcset(text: str) -> list[tuple[str, float, str]]:
    """(URL, value, unit) of each candidate, unit "w" or "x"; without a descriptor 1x."""
    candidates: list[tuple[str, float, str]] = []
    position = 0
    while len(candidates) < MAX_CANDIDATES and (match := URL.match(text, position)):
        url, position = match.group(1), match.end()
        descriptors = ""
        if url.endswith(","):
            url = url.rstrip(",")
        elif described := DESCRIPTOR.match(text, position):
            descriptors, position = described.group(), described.end() + 1
        if url and (size := measure(" ".join(descriptors.split()))):
            candidates.append((url, *size))
    return candidates


def measure(descriptors: str) -> tuple[float, str] | None:
    """Value and unit of the descriptors, one blank between them; 1x of none, None where they are wrong."""
    if not descriptors:
        return 1.0, "x"
    if width := WIDTH.fullmatch(descriptors):
        return float(width.group(1) or width.group(2)), "w"
    density = DENSITY.fullmatch(descriptors)
    try:
        return (float(density.group(1)), "x") if density else None
    except ValueError:  # x, or e5x
        return None


def best_candidate(text: str) -> str | None:
    """The widest candidate that is not wider than useful, else the narrowest; of densities the highest up to 2x."""
    candidates = parse_srcset(text)
    if not candidates:
        return None
    limits = {"w": float(MAX_USEFUL_WIDTH_PX), "x": 2.0}
    useful = [candidate for candidate in candidates if candidate[1] <= limits[candidate[2]]]
    if useful:
        return max(useful, key=lambda candidate: candidate[1])[0]
    return min(candidates, key=lambda candidate: candidate[1])[0]
