from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.align.noise import (
    coherence,
    entropy,
    nearest_picture,
    norm_sim,
    s_clip_loss,
    share_above,
    shortcut,
    shuffle_z,
    topical_similarity,
)


def unit_vectors(seed, n, d=5):
    vectors = np.random.default_rng(seed).standard_normal((n, d))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_entropy_is_nothing_when_decided_and_one_without_preference():
    assert entropy(np.array([[0.5, -0.5], [0.2, 0.2]])).tolist() == pytest.approx([0, 1], abs=1e-6)
    even_of_two = np.array([[0.9, 0.9, -0.9, -0.9]])
    assert entropy(even_of_two).item() == pytest.approx(0.5)
    assert np.isnan(entropy(np.array([[0.3]]))).all()


def test_topical_similarity_is_with_the_mean_of_the_sentences():
    sentences = np.array([[1, 0], [0, 1]], np.float32)
    pictures = np.array([[1, 0], [0.6, 0.8]], np.float32)
    assert topical_similarity(pictures, sentences).tolist() == pytest.approx([0.5**0.5, 1.4 * 0.5**0.5])


def test_the_nearest_picture_is_another_one():
    pictures = np.array([[1, 0], [0, 1], [0.8, 0.6]], np.float32)
    assert nearest_picture(pictures).tolist() == pytest.approx([0.8, 0.6, 0.8])
    assert np.isnan(nearest_picture(pictures[:1])).all()


def test_the_share_above_counts_negatives_that_do_better_and_not_those_as_good():
    to_negatives = np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]])
    assert share_above(np.array([0.5]), to_negatives).tolist() == [3 / 8]
    assert np.isnan(share_above(np.array([np.nan]), to_negatives)).all()
    assert np.isnan(share_above(np.array([0.5]), to_negatives[:, :7])).all()


def test_s_clip_loss_falls_where_negatives_do_as_well():
    low, high = np.full((1, 8), -0.5), np.full((1, 8), 0.3)
    own = np.array([0.3])
    alone = s_clip_loss(own, low, low).item()
    assert alone == pytest.approx(0.01 * np.log(9), abs=1e-4)
    assert s_clip_loss(own, high, high).item() == pytest.approx(0, abs=1e-6)
    assert s_clip_loss(own, np.full((1, 8), 0.5), low).item() == pytest.approx(
        0.3 - (0.5 + 0.01 * np.log(8 / 9) + 0.3 - 0.01 * np.log(9)) / 2, abs=1e-6
    )
    assert np.isnan(s_clip_loss(own, low[:, :7], low)).all()


def test_common_pictures_have_a_higher_norm_sim():
    others = np.tile(np.array([[1, 0]], np.float32), (8, 1))
    assert norm_sim(np.array([[1, 0], [0, 1], [-0.6, 0.8]], np.float32), others).tolist() == pytest.approx(
        [1, 0, 0.6]
    )
    assert np.isnan(norm_sim(others, others[:7])).all()


@given(st.integers(0, 2**32 - 1), st.integers(2, 7))
def test_coherence_is_the_mean_cosine_of_all_pairs(seed, n):
    pictures = unit_vectors(seed, n)
    cosines = [pictures[i] @ pictures[j] for i in range(n) for j in range(n) if i != j]
    assert coherence(pictures) == pytest.approx(np.mean(cosines), abs=1e-5)


def test_a_single_picture_has_no_coherence_and_no_shuffling():
    assert np.isnan(coherence(unit_vectors(0, 1)))
    assert np.isnan(shuffle_z(np.array([[0.3, 0.4]]), np.array([1], np.int32)))


@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_shuffle_z_is_that_of_all_pairings_tried_out(seed, n):
    similarity = np.random.default_rng(seed).random((n, n + 2))
    matched = np.random.default_rng(seed + 1).permutation(n + 2)[:n].astype(np.int32)
    own = similarity[:, matched]
    sums = [sum(own[i, j] for i, j in enumerate(order)) for order in permutations(range(n))]
    expected = (np.trace(own) - np.mean(sums)) / np.std(sums)
    assert shuffle_z(similarity, matched) == pytest.approx(expected, rel=1e-6)


def test_shuffle_z_looks_at_pairs_alone_and_needs_pairings_that_differ():
    similarity = np.array([[0.9, 0.1, 0.5], [0.2, 0.8, 0.5], [0.7, 0.7, 0.1]])
    with_dropped = shuffle_z(similarity, np.array([0, 1, -1], np.int32))
    assert with_dropped == pytest.approx(shuffle_z(similarity[:2, :2], np.array([0, 1], np.int32)))
    assert with_dropped == pytest.approx(1)
    assert np.isnan(shuffle_z(similarity, np.array([2, 2, -1], np.int32)))


def test_letters_account_for_a_cosine_by_their_number_and_for_none_that_is_not_there():
    own = np.array([0.3, 0.3, 0.3, -0.1, np.nan])
    found = shortcut(own, np.array([0, 10, 200, 50, 50]))
    assert found[:4].tolist() == pytest.approx([0, 0.15, 0.3, 0])
    assert np.isnan(found[4])
    assert np.isnan(shortcut(own[:1], np.array([np.nan]))).all()
