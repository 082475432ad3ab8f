from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from corpus.dedup.cells import MOST_CENTRES, divide
from corpus.dedup.likest import likest
from corpus.vectors import unit


def drawn(n, d, seed=0):
    return unit(np.random.default_rng(seed).standard_normal((n, d)))


def in_blocks(vectors, sizes):
    edges = np.cumsum([0, *sizes, len(vectors)]).clip(0, len(vectors))
    return [(list(range(start, end)), vectors[start:end]) for start, end in pairwise(edges) if end > start]


@given(st.integers(1, 40), st.lists(st.integers(1, 9), max_size=9), st.integers(1, 50), st.integers(0, 99))
def test_the_likest_before_each_is_that_of_all_pairs_however_they_come_in(n, sizes, most, seed):
    vectors = drawn(n, 5, seed)
    found = [each for block in likest(in_blocks(vectors, sizes), most) for each in block]
    assert [name for name, _, _ in found] == list(range(1, n))
    for name, other, cosine in found:
        before = vectors[: min(name, most)] @ vectors[name]
        assert other == before.argmax()
        assert abs(cosine - before.max()) < 1e-6


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 5)), min_size=1), st.floats(0.7, 1))
def test_whatever_the_bound_the_first_of_what_hangs_together_stays_and_a_fallen_one_is_like_one_before(
    drawn_at, bound
):
    angles = np.array([group + step / 40 for group, step in drawn_at])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    found = {
        name: cosine for block in likest([(range(len(vectors)), vectors)], 100) for name, _, cosine in block
    }
    fallen = {name for name, cosine in found.items() if cosine > bound}
    assert 0 not in fallen
    exact = np.tril(vectors @ vectors.T, -1)
    for name in range(1, len(vectors)):
        assert (name in fallen) == ((exact[name, :name] > bound + 1e-6).any() or found[name] > bound)


def test_vectors_far_apart_fall_into_different_cells_and_equal_ones_into_one():
    centre = drawn(9, 16)
    near = unit(np.repeat(centre, 50, axis=0) + 0.05 * drawn(450, 16, 1))
    cells = divide(near[np.random.default_rng(2).permutation(450)], 9)
    found = cells.of(near).reshape(9, 50)
    outer = found // MOST_CENTRES
    assert len(np.unique(found)) == 9
    assert (outer == outer[:, :1]).all()
    assert (cells.of(near) == cells.of(near.copy()[::-1])[::-1]).all()


def test_a_sample_that_is_smaller_than_the_cells_wanted_still_divides():
    few = drawn(3, 4)
    assert set(divide(few, 1_000).of(drawn(50, 4, 1)) // MOST_CENTRES) <= {0, 1, 2}
    assert (divide(few[:1], 1_000).of(drawn(50, 4, 1)) == 0).all()
    assert (divide(np.repeat(few[:1], 9, axis=0), 9).of(few[:1]) == 0).all()
