"""Letters in a picture, found by their shapes: without an encoder, without reading them, in alphabets that set their
letters apart.

Goes in: grey levels of a picture. Comes out: how many letters stand in lines. A letter is a connected region darker, or
lighter, than what is around it, as wide and as full as letters are (connected components, as in Epshtein et al. 2010,
Detecting Text in Natural Scenes with Stroke Width Transform); a line is a run of such regions of one height,
one stroke, one brightness, on one base line. Bounds were chosen on lines that were drawn onto 390 pictures of four
sources against what the same pictures hold without: docs/noise.md.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label, uniform_filter
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

AROUND_PX = 25
CONTRAST = 25  # grey levels of 255 between a letter and the mean around it
HEIGHT_PX = (6, 100)
FEWEST_PX = 6
WIDEST = 2.5  # heights
FULL = (0.15, 0.9)  # share of its box that a letter fills
MOST_SHAPES = 3_000
MOST_BETWEEN = 60  # shapes from the left that may begin between two neighbours of a line
FEWEST_LETTERS = 6  # fewer shapes in a row are met anywhere: bricks, windows, leaves

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shapes:
    """Letter-like regions from left to right, each array [n]: edges of their boxes in px, mean grey level, and stroke
    width in px, twice the area over the length of the outline."""

    top: Floats
    left: Floats
    bottom: Floats
    right: Floats
    level: Floats
    stroke: Floats

    @property
    def height(self) -> Floats:
        return self.bottom - self.top

    def of(self, chosen: NDArray[np.intp]) -> Shapes:
        return Shapes(*(getattr(self, field.name)[chosen] for field in fields(self)))


def n_letters(grey: NDArray[np.uint8]) -> int:
    """Letters in lines of FEWEST_LETTERS and more, dark ones or light ones, whichever are more: what is between letters
    looks like letters too."""
    levels = grey.astype(np.float32)
    around = uniform_filter(levels, AROUND_PX)
    masks = (levels < around - CONTRAST, levels > around + CONTRAST)
    lines = (lines_of(shapes_in(mask, levels)) for mask in masks)
    return max(sum(len(line.top) for line in found if is_lettering(line)) for found in lines)


def shapes_in(mask: NDArray[np.bool_], levels: NDArray[np.float32]) -> Shapes:
    """The regions of a mask that may be letters."""
    regions = numbered_regions(mask)
    boxes = [(rows.start, columns.start, rows.stop, columns.stop) for rows, columns in find_objects(regions)]
    top, left, bottom, right = np.array(boxes, np.float64).reshape(-1, 4).T
    here = np.flatnonzero(regions)
    inside = regions.ravel()[here] - 1
    area = np.bincount(inside).astype(np.float64)
    level = np.bincount(inside, levels.ravel()[here]) / area
    outline = np.bincount(inside, is_outline(mask).ravel()[here])
    height, width = bottom - top, right - left
    full = area / (height * width)
    fits = (height >= HEIGHT_PX[0]) & (height <= HEIGHT_PX[1]) & (width >= 2) & (width <= WIDEST * height)
    fits &= (full > FULL[0]) & (full < FULL[1])
    found = Shapes(top, left, bottom, right, level, 2 * area / outline).of(np.flatnonzero(fits))
    return found.of(np.argsort(found.left, kind="stable")[:MOST_SHAPES])


def numbered_regions(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The number of the region of each pixel, from 1; 0 outside, and in what is too small or too large for a letter:
    grain makes thousands."""
    regions, _ = label(mask)
    area = np.bincount(regions.ravel())
    fits = (area >= FEWEST_PX) & (area <= WIDEST * HEIGHT_PX[1] ** 2)
    fits[0] = False
    numbers = np.where(fits, np.cumsum(fits), 0).astype(np.int32)
    of_pixels: NDArray[np.int32] = numbers[regions]
    return of_pixels


def is_outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels of a mask that touch what is not in it, or the edge of the picture."""
    inner = np.zeros_like(mask)
    inner[1:-1, 1:-1] = mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
    return mask & ~inner


def lines_of(shapes: Shapes) -> list[Shapes]:
    """Runs of shapes of which each is like the next, those of FEWEST_LETTERS and more."""
    n = len(shapes.top)
    one = np.repeat(np.arange(n), MOST_BETWEEN)
    other = one + np.tile(np.arange(1, MOST_BETWEEN + 1), n)
    one, other = one[other < n], other[other < n]
    follows = is_next(shapes.of(one), shapes.of(other))
    links = (np.ones(int(follows.sum())), (one[follows], other[follows]))
    _, names = connected_components(csr_array(links, shape=(n, n)), directed=False)
    long = np.flatnonzero(np.bincount(names) >= FEWEST_LETTERS)
    return [shapes.of(np.flatnonzero(names == name)) for name in long]


def is_next(one: Shapes, other: Shapes) -> NDArray[np.bool_]:
    """Whether each of `other` may follow that of `one` in a line."""
    larger, smaller = np.maximum(one.height, other.height), np.minimum(one.height, other.height)
    gap = other.left - one.right
    near = (gap < 0.9 * larger) & (gap > -0.25 * larger) & (np.abs(one.bottom - other.bottom) < 0.3 * larger)
    alike = (larger < 2 * smaller) & (np.abs(one.level - other.level) < 30)
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
