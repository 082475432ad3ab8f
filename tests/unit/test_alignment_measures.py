import numpy as np
import pytest

from corpus.align.assignment import DROPPED
from corpus.align.measures import measure

SIMILARITY = np.array([[0.24, 0.31, 0.27], [0.22, 0.32, 0.26], [0.10, 0.05, 0.10]], dtype=np.float32)


def test_margin_is_measured_against_the_best_other_sentence():
    measures = measure(SIMILARITY, np.array([2, 1, DROPPED], dtype=np.int32))
    np.testing.assert_allclose(measures.margin[:2], [0.27 - 0.31, 0.32 - 0.26], atol=1e-6)
    np.testing.assert_allclose(measures.matched_sim[:2], [0.27, 0.32])


def test_a_dropped_picture_has_a_best_sentence_but_no_match_and_no_margin():
    measures = measure(SIMILARITY, np.array([2, 1, DROPPED], dtype=np.int32))
    assert np.isnan(measures.matched_sim[2])
    assert np.isnan(measures.margin[2])
    assert measures.best_text_index.tolist() == [1, 1, 0]
    np.testing.assert_allclose(measures.best_sim, [0.31, 0.32, 0.10])


def test_there_is_no_margin_with_a_single_sentence():
    measures = measure(np.array([[0.4], [0.2]], dtype=np.float32), np.array([0, 0], dtype=np.int32))
    assert np.isnan(measures.margin).all()
    assert measures.matched_sim.tolist() == pytest.approx([0.4, 0.2])


def test_a_sentence_as_similar_as_the_match_leaves_a_margin_of_zero():
    assert measure(np.array([[0.5, 0.5]], dtype=np.float32), np.array([1], dtype=np.int32)).margin.item() == 0


def test_measuring_leaves_the_matrix_as_it_was():
    before = SIMILARITY.copy()
    measure(SIMILARITY, np.array([2, 1, DROPPED], dtype=np.int32))
    np.testing.assert_array_equal(SIMILARITY, before)
