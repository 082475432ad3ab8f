"""`python -m infra.cost`: what a build costs, from rates, counts and prices that are each written down in a file.

Goes in: `prices.toml` (dollars), `rates.toml` (seconds per unit, units per page), a number of pages; or a finished
build. Comes out: core-hours, GPU-hours, requests, bytes and dollars per stage, for the whole and per million documents,
as a table in Markdown. docs/cost.md is made of its output.

Formulas, per stage with `n` units:
    core-hours = n * core_s / 3600 / efficiency            gpu-hours = n * gpu_s / 3600 / efficiency
    requests   = n * (read_requests + write_requests)       GB = n * (bytes_in, bytes_from_archives, bytes_stored)
    dollars    = core-hours * core_hour + gpu-hours * gpu_hour + requests / 1000 * price
                 + GB from the web * network_in_gb + GB stored * storage_gb_month * months
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpus.errors import CorpusError
from corpus.look.cost import GB, MONTHS, Cost, as_table, documents_of, priced, run_costs
from corpus.look.lookup import open_build

HERE = Path(__file__).parent
CRAWL_PAGES = 3_000_000_000


@dataclass(frozen=True)
class Stage:
    """One line of rates.toml: how many units a page of the crawl makes, and what a unit takes. `gpu_s` is None where no
    GPU is used; `core_s` is then what CPU needs for all of it, else what goes on beside the GPU."""

    name: str
    unit: str
    per_page: float
    core_s: float
    gpu_s: float | None = None
    core_s_beside_gpu: float = 0.0
    read_requests: float = 0.0
    write_requests: float = 0.0
    bytes_in: float = 0.0
    bytes_from_archives: float = 0.0
    bytes_stored: float = 0.0


def read_toml(path: str | Path) -> dict[str, Any]:
    """The tables of a TOML file; ValueError when it cannot be read."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read {path}: {error}") from None


def stages_of(rates: Mapping[str, Any]) -> list[Stage]:
    """The stages of rates.toml; ValueError names a key that is unknown or missing."""
    try:
        return [Stage(name, **values) for name, values in rates["stages"].items()]
    except (KeyError, TypeError) as error:
        raise ValueError(f"rates: {error}") from None


def stage_cost(stage: Stage, pages: float, prices: Mapping[str, float], rates: Mapping[str, float]) -> Cost:
    """What one stage costs for so many pages of the crawl; on GPUs where prices name them and the stage can."""
    n = pages * stage.per_page
    on_gpu = stage.gpu_s is not None and "gpu_hour" in prices
    core_s = stage.core_s_beside_gpu if on_gpu else stage.core_s
    # A GPU is rented with its cores: what goes on beside it is paid for with it.
    core_hours = 0.0 if on_gpu else n * core_s / 3600 / rates["efficiency"]
    gpu_s = max(stage.gpu_s or 0.0, core_s / rates["cores_per_gpu"]) if on_gpu else 0.0
    taken = Cost(
        stage.name,
        core_hours,
        n * gpu_s / 3600 / rates["efficiency"],
        n * stage.read_requests,
        n * stage.write_requests,
        n * stage.bytes_in / GB,
        n * stage.bytes_from_archives / GB,
        n * stage.bytes_stored / GB,
    )
    return priced(taken, prices, rates["months_stored"])


def crawl_costs(pages: float, prices: Mapping[str, float], rates: Mapping[str, Any]) -> list[Cost]:
    """One cost per stage of a crawl of so many HTML pages."""
    return [stage_cost(stage, pages, prices, rates["assumed"]) for stage in stages_of(rates)]


def build_costs(out: str, prices: Mapping[str, float], efficiency: float) -> tuple[list[Cost], int]:
    """What the tables of a finished build took, as paid time, and its documents. Raises ValueError."""
    try:
        stored, settings = open_build(out)
        costs = run_costs(stored, settings)
    except CorpusError as error:
        raise ValueError(str(error)) from None
    paid = [
        replace(cost, core_hours=cost.core_hours / efficiency, gpu_hours=cost.gpu_hours / efficiency)
        for cost in costs
    ]
    return [priced(cost, prices, MONTHS) for cost in paid], documents_of(stored)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; 2 and one sentence when something cannot be read."""
    options = parser().parse_args(arguments)
    try:
        prices = read_toml(options.prices)
        for name in options.platform or list(prices):
            if name not in prices:
                raise ValueError(f"{options.prices} has no prices of {name}; it has {', '.join(prices)}")
            print(f"\n{name}\n\n{table_of(options, prices[name])}")
    except ValueError as error:
        print(f"cost: {error}", file=sys.stderr)
        return 2
    return 0


def table_of(options: argparse.Namespace, prices: Mapping[str, float]) -> str:
    rates = read_toml(options.rates)
    if options.build:
        return as_table(*build_costs(options.build, prices, rates["assumed"]["efficiency"]))
    documents = options.pages * rates["assumed"]["documents_per_page"]
    return as_table(crawl_costs(options.pages, prices, rates), documents)


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m infra.cost", description="What a build costs.")
    options.add_argument("--prices", default=str(HERE / "prices.toml"), help="dollars per platform")
    options.add_argument("--rates", default=str(HERE / "rates.toml"), help="seconds and counts per stage")
    options.add_argument("--platform", action="append", help="a table of the prices; default: each of them")
    options.add_argument(
        "--pages", type=float, default=CRAWL_PAGES, help="HTML pages; default: a crawl of 3 billion"
    )
    options.add_argument("--build", metavar="OUT", help="a finished build instead: what it took itself")
    return options


if __name__ == "__main__":
    sys.exit(main())
