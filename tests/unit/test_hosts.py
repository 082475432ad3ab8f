"""Hosts are given the pauses that they ask for."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.fetch.hosts import pause_s

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("retry_after", "expected"),
    [
        ("0", 0),
        ("120", 120),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60),
        ("Friday, 02-Jan-26 03:04:15 GMT", 10),
        ("Fri Jan  2 03:04:06 2026", 1),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("Fri, 99 Jan 2026 03:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_every_form_of_the_rfc(retry_after, expected):
    assert pause_s(retry_after, NOW) == expected


@given(st.text() | st.from_regex(r"[A-Za-z]{3}, \d+ [A-Za-z]{3} \d+ \d+:\d+:\d+ [-+A-Z0-9]*"))
def test_no_retry_after_makes_the_reader_stumble(retry_after):
    asked_s = pause_s(retry_after, NOW)
    assert asked_s is None or asked_s >= 0
