"""Regions of a picture that may be letters by their size and fullness, and what is measured of each.

Goes in: a mask of pixels, and the picture's grey levels. Comes out: `Shapes`. Regions are handled as the runs of pixels
that they take in each row: there are thirty times fewer of them than of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

HEIGHT_PX = (6, 100)
FEWEST_PX = 6
WIDEST = 2.5  # heights
FULL = (0.15, 0.9)  # share of its box that a letter fills
MOST_SHAPES = 3_000

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


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


@dataclass(frozen=True)
class Runs:
    """Runs of pixels within a row, each array [n]: the number of their region, from 0, their row, their first column
    and the one behind their last."""

    region: Numbers
    row: Numbers
    left: Numbers
    right: Numbers

    @property
    def n_regions(self) -> int:
        return int(self.region.max(initial=-1)) + 1

    def per_region(self, values: Numbers) -> Numbers:
        """Of these values [n] the sum per region."""
        return np.bincount(self.region, values, self.n_regions).astype(np.int64)

    def least(self, values: Numbers) -> Numbers:
        """Of these values [n] the least per region."""
        found = np.full(self.n_regions, np.iinfo(np.int64).max)
        np.minimum.at(found, self.region, values)
        return found

    def most(self, values: Numbers) -> Numbers:
        found = np.full(self.n_regions, np.iinfo(np.int64).min)
        np.maximum.at(found, self.region, values)
        return found

    def within(self, sums: Numbers, width_px: int) -> Numbers:
        """What the pixels of each run add up to, [n], by `sums_of` a picture of this width."""
        start = self.row * width_px
        added: Numbers = sums[start + self.right] - sums[start + self.left]
        return added


def sums_of(pixels: NDArray[np.uint8] | Mask) -> Numbers:
    """Of the pixels [height_px, width_px] in their order, the sum of all before each, and at last of all."""
    sums = np.zeros(pixels.size + 1, dtype=np.int64)
    np.cumsum(pixels.ravel(), out=sums[1:])
    return sums


def shapes_in(mask: Mask, sums: Numbers) -> Shapes:
    """The regions of a mask that may be letters; `sums` of the grey levels."""
    runs, width_px = runs_of(mask), mask.shape[1]
    top, bottom = runs.least(runs.row), runs.most(runs.row) + 1
    left, right = runs.least(runs.left), runs.most(runs.right)
    height, width = bottom - top, right - left
    area = runs.per_region(runs.right - runs.left)
    level = runs.per_region(runs.within(sums, width_px)) / area
    outline = area - runs.per_region(runs.within(sums_of(inner(mask)), width_px))
    full = area / (height * width)
    fits = (height >= HEIGHT_PX[0]) & (height <= HEIGHT_PX[1]) & (width >= 2) & (width <= WIDEST * height)
    fits &= (full > FULL[0]) & (full < FULL[1])
    found = Shapes(*np.array([top, left, bottom, right, level, 2 * area / outline]))
    found = found.of(np.flatnonzero(fits))
    return found.of(np.argsort(found.left, kind="stable")[:MOST_SHAPES])


def runs_of(mask: Mask) -> Runs:
    """The runs of a mask, but for those of regions too small or too large for a letter: grain makes thousands."""
    from scipy.ndimage import label  # here, as in `lettering`

    height_px, width_px = mask.shape
    framed = np.zeros((height_px, width_px + 2), dtype=np.bool_)  # no run goes on in the next row
    framed[:, 1:-1] = mask
    pixels = framed.ravel()
    edges = np.flatnonzero(pixels[1:] != pixels[:-1])
    row, left = np.divmod(edges[::2], width_px + 2)
    right = edges[1::2] - row * (width_px + 2)
    region = label(mask)[0][row, left] - 1
    area = np.bincount(region, right - left)
    fits = (area >= FEWEST_PX) & (area <= WIDEST * HEIGHT_PX[1] ** 2)
    chosen = np.flatnonzero(fits[region])
    number = np.cumsum(fits) - 1
    return Runs(number[region[chosen]], row[chosen], left[chosen], right[chosen])


def inner(mask: Mask) -> Mask:
    """The pixels of a mask that neither touch what is not in it nor the edge of the picture."""
    inside = np.zeros_like(mask)
    inside[1:-1, 1:-1] = mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
    return inside & mask
