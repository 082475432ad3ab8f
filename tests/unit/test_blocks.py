import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.dedup.blocks import block_hash


@pytest.mark.parametrize(
    "other", ["ALL RIGHTS RESERVED 2024", " all rights\u00a0reserved\t2024 ", "\uff21ll rights reserved 2024"]
)
def test_case_width_and_white_space_do_not_make_another_text(other):
    assert block_hash(other) == block_hash("All rights reserved 2024")


def test_digits_and_accents_make_another_text():
    texts = ["Price 10", "Price 11", "Prîce 10", ""]
    assert len(set(map(block_hash, texts))) == len(texts)


@given(st.text(st.characters()))
def test_any_text_has_a_hash_that_64_bits_hold_and_half_a_pair_has_too(text):
    assert -(2**63) <= block_hash(text + "\ud800") < 2**63
