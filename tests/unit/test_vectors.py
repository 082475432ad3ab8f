import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from corpus.errors import DataError
from corpus.vectors import pack, unit, unpack

MATRICES = arrays.arrays(
    np.float32,
    st.tuples(st.integers(0, 5), st.integers(1, 8)),
    elements=st.floats(-1, 1, width=32),
)


def test_a_vector_is_two_bytes_a_value_little_endian():
    assert pack(np.array([1.0, -2.0])) == b"\x00\x3c\x00\xc0"


@settings(deadline=None)
@given(MATRICES)
def test_unpacking_gives_the_rows_back_to_half_precision(rows):
    again = unpack(pack(rows), rows.shape[1])
    assert again.dtype == np.float32
    assert again.shape == rows.shape
    np.testing.assert_array_equal(again, rows.astype(np.float16).astype(np.float32))


def test_rows_of_a_transposed_array_are_packed_in_their_own_order():
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(unpack(pack(rows.T), 2), rows.T)


@pytest.mark.parametrize(("data", "n_dimensions"), [(b"\0" * 5, 1), (b"\0" * 6, 2), (b"\0\0", 0)])
def test_bytes_that_hold_no_whole_number_of_vectors_are_refused(data, n_dimensions):
    with pytest.raises(DataError, match="no whole number"):
        unpack(data, n_dimensions)


def test_unit_rows_have_norm_one_and_zero_rows_stay_zero():
    rows = unit(np.array([[3.0, 4.0], [0.0, 0.0], [0.0, -0.5]]))
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0], [0, -1]], rtol=1e-6)
