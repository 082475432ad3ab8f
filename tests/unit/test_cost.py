"""What a build costs: the formulas against numbers done by hand, and the files that users edit."""

from __future__ import annotations

import json
from array import array
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from corpus.entry import Entry, total_of
from corpus.errors import InputError
from corpus.look.cost import Cost, as_table, cost_line, figure, priced, read_prices, table_cost, total
from corpus.look.stored import Stored
from corpus.manifest import Count
from infra.cost import Stage, crawl_costs, main, read_toml, stage_cost, stages_of
from infra.profiles import PROFILES
from tests.unit.stored_build import READ, write_build

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
        "images",
        "images",
        0.5,
        0.036,
        read_requests=1,
        write_requests=0.1,
        bytes_in=1e5,
        bytes_from_archives=7e3,
        bytes_stored=2e4,
    )
    cost = stage_cost(stage, 2_000_000, PRICES, ASSUMED)
    assert cost.core_hours == pytest.approx(20)  # a million at 36 ms is ten hours, half of which are used
    assert cost.gpu_hours == 0
    assert cost.gb_from_web == pytest.approx(100)
    assert cost.gb_from_archives == pytest.approx(7)
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
    costs = [Cost("a", 1, 2, 3, 4, 5, 6, 7, 8), Cost("b", 10, 20, 30, 40, 50, 60, 70, 80)]
    assert total(costs) == Cost("all", 11, 22, 33, 44, 55, 66, 77, 88)


def entry(table, core_s=0.0, gpu_s=0.0, n_parts=1, n_bytes=0, counts=()):
    names = tuple(f"part-{number:05d}.parquet" for number in range(n_parts))
    counted = tuple((count.item, count.outcome) for count in counts)
    tallies = array("q", [count.n for count in counts] + [count.n_bytes for count in counts])
    inputs = {"a": "1", "b": "1"}
    return Entry(
        table, "d", "c00000", {}, inputs, "f", 1.0, core_s, gpu_s, names, 0, n_bytes, counted, tallies
    )


def test_a_table_takes_the_time_of_its_tasks_and_the_requests_of_its_files():
    entries = [
        entry("documents", 3600.0, n_parts=2, n_bytes=10**9),
        entry("documents", 1800.0, n_bytes=10**6),
    ]
    cost = table_cost(total_of("documents", entries), on_web=True)
    assert (cost.core_hours, cost.gpu_hours, cost.gb_from_web) == (1.5, 0, 0)
    assert cost.gb_stored == pytest.approx(1.001)
    # three parts of three requests each and 95 + 3 pieces of 10 MiB, two manifests of five
    assert cost.write_requests == 3 * 3 + 95 + 3 + 2 * 5
    # three parts of six, two manifests of two, and two for each of the WARC files
    assert cost.read_requests == 3 * 6 + 2 * 2 + 4 * 2


def read_of(table, *counts, on_web=True):
    """GB from the web and from archives."""
    cost = table_cost(total_of(table, [entry(table, counts=counts)]), on_web)
    return cost.gb_from_web, cost.gb_from_archives


def from_source(source, gb):
    return Count("source", source, 1, gb * 10**9)


def test_bytes_are_those_of_the_source_that_gave_them():
    rows = (Count("", "kept", 4, 14 * 10**9), Count("", "too_large", 1, 10**9))
    sources = [from_source(*each) for each in (("web", 5), ("archive", 4), ("cache", 3), ("page", 3))]
    assert read_of("images", *rows, *sources) == (5, 4)
    assert read_of("warc_files", Count("", "kept", 3, 7 * 10**9), Count("n_pages", "kept", 9, 0)) == (0, 7)
    assert read_of("captures", Count("", "kept", 3, 7 * 10**9)) == (0, 0)


def test_what_img2dataset_fetched_in_place_of_our_fetcher_is_from_the_web():
    rows = (Count("", "kept", 4, 5 * 10**9), from_source("img2dataset", 5))
    assert read_of("images", *rows, on_web=True) == (5, 0)
    assert read_of("images", *rows, on_web=False) == (0, 0)


def test_where_sources_were_not_counted_yet_all_is_taken_for_the_webs():
    earlier = (Count("", "kept", 3, 4 * 10**9), Count("", "too_large", 1, 10**9))
    assert read_of("images", *earlier, on_web=True) == (5, 0)
    assert read_of("images", *earlier, on_web=False) == (0, 0)
    assert read_of("images", *earlier, Count("", "kept", 1, 10**9), from_source("archive", 1)) == (5, 1)


def test_only_what_is_from_the_web_passes_the_network_that_is_paid_for():
    assert priced(Cost("images", gb_from_web=10, gb_from_archives=1000), PRICES, 1).dollars == pytest.approx(
        1
    )


def test_a_gpu_is_paid_with_its_cores():
    cost = table_cost(total_of("image_features", [entry("image_features", 7200.0, 1800.0)]), on_web=False)
    assert (cost.core_hours, cost.gpu_hours) == (0, 0.5)


def test_the_costs_of_a_build_are_priced_by_the_same_formula(tmp_path):
    out = write_build(tmp_path / "out")
    for path in Path(out).glob("tables/*/*/*/_manifest.json"):
        told = json.loads(path.read_text())
        path.write_text(json.dumps(told | {"core_s": 1200.0}))
    stored = Stored(
        out, json.loads((Path(out) / "build.json").read_text())["digests"], ("c00000", "c00001", "c00002")
    )
    whole = total([table_cost(stored.total(name), False) for name in READ])
    assert whole.core_hours == pytest.approx(len(READ) * 3 * 1200 / 3600)
    assert priced(whole, PRICES, 1).dollars == pytest.approx(
        3 * 0.02 + whole.read_requests / 1000 * 0.5 + whole.write_requests / 1000 * 5 + whole.gb_stored * 0.5
    )


@pytest.mark.parametrize(
    ("text", "platform", "told"),
    [
        ("[a]\ncore_hour = 1", None, "has no read_requests_1000, write_requests_1000"),
        ("[a]\n[b]\n", None, "has prices of a, b, not of ''"),
        ("[a]\n", "moon", "has prices of a, not of 'moon'"),
        ("[a", None, "is no file of prices"),
        ("[a]\ncore_hour = 'much'", "a", "is no file of prices"),
        (None, None, "there is no file of prices at"),
    ],
)
def test_prices_that_cannot_be_used_are_one_error(text, platform, told, tmp_path):
    path = tmp_path / "prices.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=told):
        read_prices(str(path), platform)


def test_the_prices_of_a_platform_are_read():
    assert read_prices(str(INFRA / "prices.toml"), "emr_spot")["core_hour"] == 0.0212
    assert read_prices(None, None) is None


def test_all_of_it_stands_in_one_line():
    assert (
        cost_line([Cost("a", 1.5, 0, 3, 4, 0, 2.5, 0.25), Cost("b", 1)])
        == "2.5 core-hours, 7 requests, 2.5 GB from archives, 0.25 GB stored"
    )


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
