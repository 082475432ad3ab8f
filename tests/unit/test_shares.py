import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.config import Settings
from corpus.recipes.documents import read_file
from corpus.recipes.shares import Share, shares_per_file
from tests.jobs.built import SAMPLE


def rows(share):
    found = read_file(str(SAMPLE), Settings(), share)
    return {(name, row.get("warc_record_offset")): row | {"elapsed_s": 0} for name, row in found}


@settings(max_examples=2)
@given(st.integers(2, 4))
def test_shares_of_a_file_hold_together_each_of_its_rows_once(n_shares):
    shares = [rows(Share(number, n_shares)) for number in range(n_shares)]
    together = {key: row for share in shares for key, row in share.items()}
    assert sum(map(len, shares)) == len(together)
    assert together == rows(Share())


@pytest.mark.parametrize(
    ("file_bytes", "n_cores", "n_shares"),
    [
        ([7], 1, 1), ([7, 7, 7], 1, 1), ([7], 2, 2), ([7, 7], 2, 1), ([7, 7, 7], 2, 2), ([1, 7], 2, 2), ([7] * 6, 2, 1),
        ([7] * 10, 4, 2), ([7], 16, 16), ([-1, -1], 2, 1),
    ],
)  # fmt: skip
def test_files_are_cut_in_shares_where_cores_would_be_idle_otherwise(file_bytes, n_cores, n_shares):
    assert shares_per_file(file_bytes, n_cores) == n_shares
