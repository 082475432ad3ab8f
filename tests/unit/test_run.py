"""What a build says at its end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus.run import WARNINGS_TOLD, warning_lines


@given(st.lists(st.text(), max_size=3 * WARNINGS_TOLD))
def test_of_many_warnings_the_first_are_told_and_how_many_more_there_are(warnings):
    lines = warning_lines(warnings, "out")
    told = lines[:WARNINGS_TOLD]
    assert told == [f"warning: {warning}" for warning in warnings[:WARNINGS_TOLD]]
    n_more = len(warnings) - len(told)
    assert lines[len(told) :] == ([f"and {n_more} more: corpus report out"] if n_more else [])
