from hypothesis import given
from hypothesis import strategies as st

from corpus.dedup.union import least_names

NAMES = st.sampled_from("abcdefghij")


def reached(start, pairs):
    """What hangs together with `start`, by walking."""
    seen, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        for one, other in (*pairs, *((b, a) for a, b in pairs)):
            if one == name and other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


@given(st.lists(st.tuples(NAMES, NAMES), max_size=20))
def test_every_name_is_told_the_least_that_it_hangs_together_with(pairs):
    expected = {name: min(reached(name, pairs)) for pair in pairs for name in pair}
    assert least_names(pairs) == {name: least for name, least in expected.items() if name != least}


def test_a_long_path_is_no_deep_recursion():
    names = [f"{n:06d}" for n in range(50_000)]
    found = least_names(zip(reversed(names[:-1]), reversed(names[1:]), strict=True))
    assert len(found) == 49_999
    assert set(found.values()) == {names[0]}
