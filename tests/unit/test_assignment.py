from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from bench.assignment import assign_as_mmc4
from corpus.align import assignment
from corpus.align.assignment import (
    AMBIGUOUS,
    DROPPED,
    PRUNED_FROM_CELLS,
    UNASSIGNED,
    assign,
    best_sentences,
    useful_columns,
)

HUNDREDTHS = arrays.arrays(
    np.int32, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(-100, 100)
)


def highest_sum(similarity):
    """Of all ways to give as many pictures as possible a sentence of their own, by trying each."""
    rows = similarity if similarity.shape[0] <= similarity.shape[1] else similarity.T
    chosen = permutations(range(rows.shape[1]), rows.shape[0])
    return max(sum(rows[row, column] for row, column in enumerate(columns)) for columns in chosen)


def test_the_example_of_mmc4_is_matched_as_published():
    # README of allenai/mmc4, the document http://www.hfitinfo.com/hofi-48.html
    similarity = np.array(
        [
            [0.24363446235656738, 0.31758785247802734, 0.27694183588027954],
            [0.2233106791973114, 0.3234919607639313, 0.26118797063827515],
        ],
        dtype=np.float32,
    )
    assert assign(similarity, 0.15).tolist() == [2, 1]


def test_a_picture_gives_way_when_the_sum_gains_by_it():
    assert assign(np.array([[0.9, 0.8], [0.9, 0.1]]), 0).tolist() == [1, 0]


def test_pictures_left_over_go_to_their_own_best_sentence():
    similarity = np.array([[1.0, 0.9], [1.5, 1.0], [3.0, 2.6]])
    assert assign(similarity, 0).tolist() == [0, 0, 1]


def test_with_a_single_sentence_every_picture_goes_there():
    assert assign(np.array([[0.2], [0.5], [0.3]]), 0.15).tolist() == [0, 0, 0]


def test_a_picture_under_the_bound_is_dropped_and_frees_its_sentence():
    similarity = np.array([[0.30, 0.29], [0.14, 0.00]])
    assert assign(similarity, 0.15).tolist() == [0, DROPPED]
    assert assign(similarity, 0).tolist() == [1, 0]


def test_a_bound_is_rounded_as_the_similarities_are():
    assert float(np.float32(0.7)) < 0.7
    assert assign(np.array([[0.1, 0.7]], np.float32), 0.7).tolist() == [1]


def test_a_best_similarity_equal_to_the_bound_passes():
    assert assign(np.array([[0.15]], dtype=np.float32), 0.15).tolist() == [0]


def test_a_document_may_lose_all_its_pictures():
    assert assign(np.array([[0.1, 0.0], [0.0, 0.1]]), 0.15).tolist() == [DROPPED, DROPPED]


@settings(deadline=None)
@given(HUNDREDTHS)
def test_ties_fall_the_same_way_however_the_matrix_lies_in_memory(hundredths):
    similarity = (hundredths / 100).round(1)
    np.testing.assert_array_equal(assign(np.asfortranarray(similarity), -1), assign(similarity, -1))


@settings(deadline=None)
@given(HUNDREDTHS, st.integers(-100, 100))
def test_the_assignment_is_the_best_there_is(hundredths, bound):
    matched = assign(hundredths, bound)
    passing = hundredths.max(axis=1) >= bound
    np.testing.assert_array_equal(matched == DROPPED, ~passing)
    kept = hundredths[passing]
    if not len(kept):
        return
    sentences = matched[passing]
    n_pairs = min(kept.shape)
    if kept.shape[0] <= kept.shape[1]:
        assert len(set(sentences)) == n_pairs
        assert kept[np.arange(n_pairs), sentences].sum() == highest_sum(kept)
    else:
        assert set(sentences) == set(range(kept.shape[1]))
        assert any_pairs_reach(kept, sentences, highest_sum(kept))


def any_pairs_reach(kept, sentences, total):
    """Can one picture per sentence be picked such that they sum to `total` and the rest sit at their best?"""
    rows, columns = range(kept.shape[0]), range(kept.shape[1])
    for picked in permutations(rows, kept.shape[1]):
        if any(sentences[row] != column for row, column in zip(picked, columns, strict=True)):
            continue
        if sum(kept[row, column] for row, column in zip(picked, columns, strict=True)) != total:
            continue
        if all(kept[row, sentences[row]] == kept[row].max() for row in set(rows) - set(picked)):
            return True
    return False


def crowded(seed, n_images):
    """Pictures that like much the same sentences, in a matrix large enough to be pruned."""
    random = np.random.default_rng(seed)
    n_sentences = PRUNED_FROM_CELLS // n_images + 1
    return random.random(n_sentences) + 0.1 * random.random((n_images, n_sentences))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 20), st.booleans())
def test_pruned_matrices_are_solved_as_well_as_whole_ones(seed, n_images, with_ties):
    from scipy.optimize import linear_sum_assignment

    similarity = crowded(seed, n_images)
    if with_ties:
        similarity = similarity.round(1)
    else:
        assert len(useful_columns(similarity)) <= n_images**2
    rows, columns = linear_sum_assignment(similarity, maximize=True)
    matched = best_sentences(similarity, similarity.argmax(axis=1))
    assert len(set(matched)) == n_images
    total = similarity[np.arange(n_images), matched].sum()
    np.testing.assert_allclose(total, similarity[rows, columns].sum())


def test_ten_thousand_matrices_of_all_shapes_are_matched_as_by_a_sparse_solver():
    # Another algorithm than the dense solver in use; among random reals the best assignment is the only one.
    random = np.random.default_rng(0)
    shapes = random.integers(1, 13, size=(9_980, 2)).tolist() + [[50, 500], [60, 200]] * 10
    for shape in shapes:
        similarity = 1 + random.random(shape)
        rows, columns = min_weight_full_bipartite_matching(csr_array(similarity), maximize=True)
        expected = similarity.argmax(axis=1)
        expected[rows] = columns
        np.testing.assert_array_equal(assign(similarity, -1), expected)


@pytest.fixture
def solved(monkeypatch):
    """Shapes of the matrices that the solver was given."""
    shapes = []
    solve = assignment.linear_sum_assignment
    monkeypatch.setattr(
        assignment,
        "linear_sum_assignment",
        lambda slots, maximize: shapes.append(slots.shape) or solve(slots, maximize=maximize),
    )
    return shapes


def test_pictures_with_favourites_of_their_own_need_no_solver(solved):
    similarity = np.array([[0.2, 0.9, 0.9], [0.8, 0.7, 0.1], [0.1, 0.2, 0.3]])
    assert assign(similarity, 0).tolist() == [1, 0, 2]
    assert assign(similarity, 0.5).tolist() == [1, 0, DROPPED]
    assert solved == []
    assert assign(similarity[:, :2], 0).tolist() == [1, 0, 1]
    assert solved == [(3, 2)]


def test_the_solver_is_spared_the_sentences_that_a_crowd_does_not_need(solved):
    similarity = crowded(1, 20)
    assign(similarity, 0)
    ((n_images, n_sentences),) = solved
    assert n_images == 20 <= n_sentences < 30 < similarity.shape[1]


def test_small_matrices_are_not_pruned():
    assert useful_columns(np.zeros((3, 12))) is None


def test_two_pictures_may_share_a_sentence_where_two_are_allowed():
    similarity = np.array([[0.9, 0.1], [0.8, 0.1], [0.7, 0.6]])
    assert assign(similarity, 0, images_per_sentence=2).tolist() == [0, 0, 1]


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 20), st.integers(1, 4))
def test_pruning_with_several_pictures_per_sentence_loses_nothing(seed, n_images, capacity):
    from scipy.optimize import linear_sum_assignment

    similarity = crowded(seed, n_images)
    matched = best_sentences(similarity, similarity.argmax(axis=1), capacity)
    assert np.bincount(matched).max() <= capacity
    slots = np.repeat(similarity, capacity, axis=1)
    best = slots[linear_sum_assignment(slots, maximize=True)].sum()
    np.testing.assert_allclose(similarity[np.arange(n_images), matched].sum(), best)


def test_a_picture_stays_unassigned_rather_than_below_the_bound_where_that_is_allowed():
    similarity = np.array([[0.9, 0.1], [0.8, 0.0]])
    assert assign(similarity, 0.15).tolist() in ([0, 1], [1, 0])
    assert assign(similarity, 0.15, may_stay_unassigned=True).tolist() == [0, UNASSIGNED]
    assert assign(similarity[:, :1], 0.15, may_stay_unassigned=True).tolist() == [0, UNASSIGNED]


@settings(deadline=None)
@given(HUNDREDTHS, st.integers(-100, 100))
def test_what_is_assigned_reaches_the_bound_where_pictures_may_stay_unassigned(hundredths, bound):
    matched = assign(hundredths, bound, may_stay_unassigned=True)
    rows = np.flatnonzero(matched >= 0)
    assert (hundredths[rows, matched[rows]] >= bound).all()
    assert len(set(matched[rows])) == len(rows)
    left = [row for row in np.flatnonzero(matched == UNASSIGNED) if hundredths[row].max() >= bound]
    free = [column for column in range(hundredths.shape[1]) if column not in matched[rows]]
    worst = hundredths[hundredths >= bound].min() if (hundredths >= bound).any() else 0
    assert all(hundredths[row, column] <= max(worst, bound) for row in left for column in free)


def test_a_picture_without_a_clear_sentence_is_dropped_where_a_margin_is_asked_for():
    similarity = np.array([[0.50, 0.49, 0.1], [0.2, 0.3, 0.9]])
    assert assign(similarity, 0, min_margin=0.05).tolist() == [AMBIGUOUS, 2]
    assert assign(similarity, 0).tolist() == [0, 2]
    assert assign(similarity[:, :1], 0, min_margin=0.05).tolist() == [0, 0]


def test_other_scores_decide_where_they_are_given_but_not_who_is_dropped():
    similarity = np.array([[0.9, 0.8], [0.1, 0.1]])
    scores = np.array([[0.0, 1.0], [9.0, 9.0]])
    assert assign(similarity, 0.15, scores=scores).tolist() == [1, DROPPED]


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 30))
def test_pictures_go_where_mmc4_puts_them(seed, n_images, n_sentences):
    similarity = np.random.default_rng(seed).random((n_images, n_sentences))
    np.testing.assert_array_equal(assign(similarity, -1), assign_as_mmc4(similarity))
