import numpy as np

from corpus.align.similarity import similarity_matrix, text_units


def test_rows_are_pictures_and_columns_are_sentences():
    images = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    sentences = np.array([[1.0, 0.0], [-1.0, 0.0]])
    matrix = similarity_matrix(images, sentences)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(matrix, [[1, -1], [0, 0], [0.6, -0.6]], atol=1e-6)


def test_vectors_that_packing_made_longer_still_give_cosines():
    rounded = np.array([[1.002, 0.0]])
    assert similarity_matrix(rounded, rounded).item() == 1.0


def test_a_vector_of_zeros_is_similar_to_nothing():
    np.testing.assert_array_equal(similarity_matrix(np.zeros((1, 3)), np.ones((2, 3))), [[0, 0]])


def test_a_text_unit_points_between_its_sentences_and_the_last_stands_alone():
    sentences = np.array([[2.0, 0.0], [0.0, 1.0], [0.0, 3.0]])
    half = 0.5**0.5
    np.testing.assert_allclose(text_units(sentences, 2), [[half, half], [0, 1], [0, 1]], atol=1e-6)
    np.testing.assert_allclose(text_units(sentences, 1), [[1, 0], [0, 1], [0, 1]], atol=1e-6)
    np.testing.assert_allclose(text_units(sentences, 9)[1:], [[0, 1], [0, 1]], atol=1e-6)
