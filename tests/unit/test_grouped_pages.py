import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.look.grouped_pages import grouped


@given(pages=st.dictionaries(st.text(), st.integers(0, 5)), size=st.integers(1, 9), data=st.data())
def test_number_and_group_are_those_with_which_a_page_came(pages, size, data):
    names = list(pages)
    batches = [names[start : start + size] for start in range(0, len(names), size)]
    found = grouped((some, map(pages.get, some)) for some in batches)
    asked = data.draw(st.lists(st.sampled_from(names))) if pages else []
    assert found.groups_of(asked) == [pages[each] for each in asked]
    numbers = {each: number for number, each in enumerate(pages)}
    assert found.numbers_of(asked).tolist() == [numbers[each] for each in asked]


@pytest.mark.parametrize("pages", [[], ["a"], ["a", "b", "c"]])
def test_a_page_that_did_not_come_is_named(pages):
    found = grouped([(pages, pages)])
    with pytest.raises(KeyError, match="other"):
        found.groups_of([*pages, "other"])


def test_a_page_takes_twenty_bytes():
    found = grouped([([str(number) for number in range(1000)], range(1000))])
    held = (found.hashes, found.numbers, found.places)
    assert sum(each.nbytes for each in held) == 20 * 1000
    assert all(isinstance(each, np.ndarray) for each in held)
