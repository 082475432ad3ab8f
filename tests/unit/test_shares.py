from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.config import Settings
from corpus.recipes.documents import Share, read_file
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
