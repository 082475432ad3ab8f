"""What is measured of regions by their runs is what their pixels say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import label

from corpus.filters.letter_shapes import FEWEST_PX, runs_of, shapes_in, sums_of


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0.1, 0.9), st.integers(0, 2**32 - 1))
def test_runs_hold_the_pixels_of_each_region_that_is_large_enough(height_px, width_px, share, seed):
    mask = np.random.default_rng(seed).random((height_px, width_px)) < share
    regions, n_regions = label(mask)
    large = [number for number in range(1, n_regions + 1) if (regions == number).sum() >= FEWEST_PX]
    runs = runs_of(mask)
    found = np.zeros_like(regions)
    for region, row, left, right in zip(runs.region, runs.row, runs.left, runs.right, strict=True):
        assert not found[row, left:right].any()
        found[row, left:right] = large[region]
    assert np.array_equal(found, np.where(np.isin(regions, large), regions, 0))
    tops = [np.nonzero(regions == number)[0].min() for number in large]
    assert runs.least(runs.row).tolist() == tops


def test_a_shape_has_the_edges_level_and_stroke_of_its_pixels():
    grey = np.full((40, 60), 200, dtype=np.uint8)
    grey[10:30, 20:24] = 40  # upright stroke
    grey[10:14, 20:32] = 50  # bar
    shapes = shapes_in(grey < 100, sums_of(grey))
    (top, left, bottom, right) = (
        float(side[0]) for side in (shapes.top, shapes.left, shapes.bottom, shapes.right)
    )
    assert (top, left, bottom, right) == (10, 20, 30, 32)
    area = 4 * 12 + 4 * 16
    assert shapes.level[0] == (4 * 12 * 50 + 4 * 16 * 40) / area
    n_inner = 2 * 18 + 2 * 8 + 1  # of the stroke, of the bar beside it, and the corner between them
    assert shapes.stroke[0] == 2 * area / (area - n_inner)


def test_a_region_as_full_as_its_box_is_no_letter():
    grey = np.full((40, 60), 200, dtype=np.uint8)
    grey[10:30, 20:24] = 40
    assert len(shapes_in(grey < 100, sums_of(grey)).top) == 0


def test_a_region_that_ends_a_row_does_not_go_on_in_the_next():
    mask = np.zeros((3, 9), dtype=bool)
    mask[0, 3:] = mask[1, :3] = True
    runs = runs_of(mask)
    assert (runs.row.tolist(), runs.left.tolist(), runs.right.tolist()) == ([0], [3], [9])
