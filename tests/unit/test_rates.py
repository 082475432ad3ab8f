"""Rates of a build: what they say of as many pages as it had is what it took."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.config import Settings
from corpus.look.cost import Cost, total
from corpus.pipeline import RECIPES
from infra.cost import crawl_costs, stages_of
from infra.rates import Taken, as_toml, main, stage_rates
from tests.unit.drawn_build import draw_build
from tests.unit.drawn_pages import PAGES
from tests.unit.test_cost import ASSUMED, PRICES
from tests.unit.written_build import write_build

TABLES = [name for recipe in RECIPES for name in recipe.outputs]
AMOUNTS = st.floats(0, 1e6)
COSTS = st.builds(Cost, st.just(""), AMOUNTS, st.just(0.0), AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
PAID = PRICES | {"gpu_hour": 1.0}
WHOLE = ASSUMED | {"efficiency": 1}


@st.composite
def builds(draw):
    costs = {name: replace(draw(COSTS), name=name) for name in TABLES}
    return Taken(costs, {name: draw(st.integers(1, 10**6)) for name in TABLES})


def again(taken):
    """What its rates say of as many pages, by way of the file."""
    rates = tomllib.loads(as_toml(WHOLE, list(stage_rates(taken))))
    return total(crawl_costs(taken.rows["documents"], PAID, rates))


def amounts(cost):
    return [
        cost.core_hours, cost.gpu_hours, cost.read_requests + cost.write_requests, cost.gb_from_web,
        cost.gb_from_archives, cost.gb_stored,
    ]  # fmt: skip


@given(builds())
def test_by_its_rates_as_many_pages_take_what_the_build_took(taken):
    whole = total(list(taken.costs.values()))
    assert amounts(again(taken)) == pytest.approx(amounts(whole), rel=0.02)  # three digits twice


@given(builds(), st.integers(2, 20))
def test_less_a_smaller_build_only_what_grows_is_left(taken, factor):
    start = {name: replace(cost, core_hours=7.0) for name, cost in taken.costs.items()}
    small = Taken({n: total([start[n], cost], n) for n, cost in taken.costs.items()}, taken.rows)
    large = Taken(
        {n: total([start[n], cost.times(factor)], n) for n, cost in taken.costs.items()},
        {name: factor * n for name, n in taken.rows.items()},
    )
    grown = large.less(small)
    assert grown.rows == {name: (factor - 1) * n for name, n in taken.rows.items()}
    assert [grown.costs[name].core_hours for name in TABLES] == pytest.approx(
        [(factor - 1) * taken.costs[name].core_hours for name in TABLES], abs=1e-6
    )


def test_what_took_less_for_more_rows_takes_nothing():
    one = Taken({name: Cost(name, 2.0, gb_stored=1.0) for name in TABLES}, dict.fromkeys(TABLES, 5))
    two = Taken({name: Cost(name, 1.0, gb_stored=3.0) for name in TABLES}, dict.fromkeys(TABLES, 9))
    (first, *_) = stage_rates(two.less(one))
    assert (first.core_s, first.bytes_stored) == (0, 3 * 2e9 / 4)  # three tables


def test_what_cores_take_of_a_stage_that_ran_on_gpus_is_not_known():
    costs = {name: Cost(name, gpu_hours=1.0 if name == "image_features" else 0.0) for name in TABLES}
    taken = Taken(costs, dict.fromkeys(TABLES, 3600))
    stages = stages_of(tomllib.loads(as_toml(WHOLE, list(stage_rates(taken)))))
    (embedding,) = (stage for stage in stages if stage.gpu_s is not None)
    assert (embedding.name, embedding.gpu_s, isnan(embedding.core_s)) == ("image_features", 1, True)
    assert again(taken).gpu_hours == 1


def test_a_build_is_told_as_a_file_of_rates(tmp_path, capsys):
    write_build(tmp_path / "out", draw_build(PAGES), Settings())
    assert main([str(tmp_path / "out")]) == 0
    rates = tomllib.loads(capsys.readouterr().out)
    assert [stage.name for stage in stages_of(rates)] == [recipe.outputs[0] for recipe in RECIPES]
    assert rates["stages"]["documents"]["per_page"] == 1
    assert rates["assumed"].keys() == ASSUMED.keys()


def test_what_cannot_be_divided_or_read_is_one_sentence(tmp_path, capsys):
    write_build(tmp_path / "out", draw_build(PAGES), Settings())
    out = str(tmp_path / "out")
    assert main([out, "--less", out]) == 2
    assert "no page, or none more than in the smaller build" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 2
    assert "has no build.json" in capsys.readouterr().err
