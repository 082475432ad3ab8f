"""Letters in a picture, found by their shapes: without an encoder, without reading them, in alphabets that set their
letters apart.

Goes in: grey levels of a picture. Comes out: how many letters stand in lines. A letter is a connected region darker, or
lighter, than what is around it, as wide and as full as letters are (connected components, as in Epshtein et al. 2010,
Detecting Text in Natural Scenes with Stroke Width Transform); a line is a run of such regions of one height,
one stroke, one brightness, on one base line. Bounds were chosen on lines that were drawn onto 390 pictures of four
sources against what the same pictures hold without: docs/noise.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corpus.filters.letter_shapes import Shapes, shapes_in, sums_of

AROUND_PX = 25
CONTRAST = 25  # grey levels of 255 between a letter and the mean around it
MOST_BETWEEN = 60  # shapes from the left that may begin between two neighbours of a line
FEWEST_LETTERS = 6  # fewer shapes in a row are met anywhere: bricks, windows, leaves
WIDEST_GAP = 0.9  # of the higher of two neighbours
HIGHEST = 2  # times the lower of them


def n_letters(grey: NDArray[np.uint8]) -> int:
    """Letters in lines of FEWEST_LETTERS and more, dark ones or light ones, whichever are more: what is between letters
    looks like letters too."""
    from scipy.ndimage import (
        uniform_filter,  # here, since it is slow to import and filters are named everywhere
    )

    levels = grey.astype(np.float32)
    around = uniform_filter(levels, AROUND_PX)
    masks = (levels < around - CONTRAST, levels > around + CONTRAST)
    sums = sums_of(grey)
    lines = (lines_of(shapes_in(mask, sums)) for mask in masks)
    return max(sum(len(line.top) for line in found if is_lettering(line)) for found in lines)


def lines_of(shapes: Shapes) -> list[Shapes]:
    """Runs of shapes of which each is like the next, those of FEWEST_LETTERS and more."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n = len(shapes.top)
    at = np.arange(n)
    begins_by = shapes.right + WIDEST_GAP * HIGHEST * shapes.height  # where the next of a line does
    n_near = np.searchsorted(shapes.left, begins_by) - at - 1
    n_near = np.clip(n_near, 0, MOST_BETWEEN)
    one = np.repeat(at, n_near)
    other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(n_near) - n_near, n_near)
    follows = is_next(shapes.of(one), shapes.of(other))
    n_links = int(follows.sum())
    if n_links < FEWEST_LETTERS - 1:
        return []
    links = (np.ones(n_links), (one[follows], other[follows]))
    _, names = connected_components(csr_array(links, shape=(n, n)), directed=False)
    long = np.flatnonzero(np.bincount(names) >= FEWEST_LETTERS)
    return [shapes.of(np.flatnonzero(names == name)) for name in long]


def is_next(one: Shapes, other: Shapes) -> NDArray[np.bool_]:
    """Whether each of `other` may follow that of `one` in a line."""
    larger, smaller = np.maximum(one.height, other.height), np.minimum(one.height, other.height)
    gap = other.left - one.right
    near = (gap < WIDEST_GAP * larger) & (gap > -0.25 * larger)
    near &= np.abs(one.bottom - other.bottom) < 0.3 * larger
    alike = (larger < HIGHEST * smaller) & (np.abs(one.level - other.level) < 30)
    alike &= np.maximum(one.stroke, other.stroke) < 1.7 * np.minimum(one.stroke, other.stroke) + 0.5
    return near & alike


def is_lettering(line: Shapes) -> bool:
    """Whether a run of shapes is as even as a line of letters: in stroke, base line, height and distance."""
    height = np.median(line.height)
    middle = (line.left + line.right) / 2
    slope, start = np.polyfit(middle, line.bottom, 1) if np.ptp(middle) else (0.0, line.bottom.mean())
    off_base = np.median(np.abs(line.bottom - slope * middle - start)) / height
    stroke = np.median(line.stroke) / height
    pitch = (line.right.max() - line.left.min()) / height / len(line.top)
    is_even = line.stroke.std() < 0.25 * line.stroke.mean() and off_base < 0.12
    is_low = np.ptp(np.concatenate([line.top, line.bottom])) < 2.2 * height
    return bool(is_even and is_low and 0.07 < stroke < 0.3 and 0.45 < pitch < 1.4)
