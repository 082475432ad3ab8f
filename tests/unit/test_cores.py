from bench.cores import HEADER, Held


def test_what_is_held_stands_beside_the_core_seconds_of_the_function():
    held = Held("documents", 2292, 50.0, 40.0, 30.0, 65.0)
    assert held.cells() == ["documents", "2,292", "50.0", "80.0", "1.60", "60.0", "1.20", "65.0", "1.30"]
    assert len(held.cells()) == len(HEADER)


def test_core_seconds_that_no_system_tells_are_left_out():
    assert Held("documents", 60, 0.4, 9.0, 4.0, None).cells()[-2:] == ["", ""]
