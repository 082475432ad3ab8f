"""What a build costs: the formulas against numbers done by hand, and the files that users edit."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from infra.cost import (
    Cost,
    Stage,
    as_table,
    build_costs,
    crawl_costs,
    figure,
    main,
    read_toml,
    stage_cost,
    stages_of,
    total,
)
from infra.profiles import PROFILES

INFRA = Path(__file__).parents[2] / "infra"
PRICES = {
    "core_hour": 0.02,
    "storage_gb_month": 0.5,
    "write_requests_1000": 5.0,
    "read_requests_1000": 0.5,
    "network_in_gb": 0.1,
}
ASSUMED = {"efficiency": 0.5, "cores_per_gpu": 4, "months_stored": 2, "documents_per_page": 0.05}


def test_a_stage_costs_its_core_hours_requests_and_bytes():
    stage = Stage(
        "images", "images", 0.5, 0.036, read_requests=1, write_requests=0.1, bytes_in=1e5, bytes_stored=2e4
    )
    cost = stage_cost(stage, 2_000_000, PRICES, ASSUMED)
    assert cost.core_hours == pytest.approx(20)  # a million at 36 ms is ten hours, half of which are used
    assert cost.gpu_hours == 0
    assert cost.gb_in == pytest.approx(100)
    assert cost.gb_stored == pytest.approx(20)
    # 20 * 0.02 + 1,000 * 0.5 + 100 * 5 + 100 * 0.1 + 20 * 0.5 * 2
    assert cost.dollars == pytest.approx(0.4 + 500 + 500 + 10 + 20)


def test_a_stage_that_can_use_gpus_does_where_there_are_prices_of_them():
    stage = Stage("image_features", "images", 1, core_s=1.0, gpu_s=0.01, core_s_beside_gpu=0.02)
    cost = stage_cost(stage, 360_000, PRICES | {"gpu_hour": 1.0}, ASSUMED)
    assert (cost.core_hours, cost.gpu_hours) == (0, pytest.approx(2))
    assert stage_cost(stage, 360_000, PRICES, ASSUMED).core_hours == pytest.approx(200)


def test_a_gpu_waits_for_the_cores_that_decode():
    stage = Stage("image_features", "images", 1, core_s=1.0, gpu_s=0.001, core_s_beside_gpu=0.02)
    cost = stage_cost(stage, 360_000, PRICES | {"gpu_hour": 1.0}, ASSUMED)
    assert cost.gpu_hours == pytest.approx(1)  # 20 ms on four cores, not 1 ms


@given(st.floats(1, 1e10), st.floats(1, 100))
def test_cost_grows_with_pages(pages, factor):
    stage = Stage("s", "u", 0.3, 0.01, read_requests=1, bytes_in=10, bytes_stored=10)
    once, more = (stage_cost(stage, n, PRICES, ASSUMED) for n in (pages, pages * factor))
    assert more.dollars == pytest.approx(once.times(factor).dollars)


def test_the_total_is_the_sum_of_every_column():
    costs = [Cost("a", 1, 2, 3, 4, 5, 6, 7), Cost("b", 10, 20, 30, 40, 50, 60, 70)]
    assert total(costs) == Cost("all", 11, 22, 33, 44, 55, 66, 77)


def test_a_build_costs_its_seconds_times_its_cores():
    costs = build_costs({"documents": 3600.0, "captures": 0.0}, 8, PRICES)
    assert [(cost.name, cost.core_hours, cost.dollars) for cost in costs] == [
        ("documents", 8, pytest.approx(0.16))
    ]
    assert as_table(costs, 500_000).splitlines()[-1] == "| per million documents | 16 |  |  |  |  | 0.32 |"


@pytest.mark.parametrize(
    ("value", "shown"), [(0, ""), (0.01234, "0.0123"), (12.34, "12.3"), (123456, "123,000")]
)
def test_figures_have_three_digits_that_count(value, shown):
    assert figure(value) == shown


def test_every_stage_of_the_build_has_a_rate():
    stages = stages_of(read_toml(INFRA / "rates.toml"))
    assert [stage.name for stage in stages] == [name for name in PROFILES if name not in ("build", "publish")]


def test_every_platform_has_the_same_prices_but_for_gpus():
    prices = read_toml(INFRA / "prices.toml")
    assert {frozenset(set(table) - {"gpu_hour"}) for table in prices.values()} == {frozenset(PRICES)}
    assert all(value > 0 for table in prices.values() for value in table.values())


def test_the_documents_say_what_the_module_computes():
    rates = read_toml(INFRA / "rates.toml")
    documents = 3e9 * rates["assumed"]["documents_per_page"]
    said = (INFRA.parent / "docs" / "cost.md").read_text(encoding="utf-8")
    for name, prices in read_toml(INFRA / "prices.toml").items():
        assert as_table(crawl_costs(3e9, prices, rates), documents) in said, (
            f"make docs/cost.md say it of {name}"
        )


def test_an_unknown_platform_is_named_with_those_that_there_are(capsys):
    assert main(["--platform", "moon"]) == 2
    assert "has no prices of moon; it has emr_spot" in capsys.readouterr().err


@pytest.mark.parametrize(
    "path", sorted(INFRA.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_yaml_can_be_read(path):
    assert all(isinstance(value, dict) for value in yaml.safe_load_all(path.read_text(encoding="utf-8")))
