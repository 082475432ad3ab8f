"""`python -m infra.rates OUT > rates.toml`: the rates of a finished build, for `python -m infra.cost --rates`.

Goes in: a build, such as a pilot of a few hundred WARC files; or two, one of fewer files, whose difference holds
nothing of what starting costs. Comes out: a file like infra/rates.toml: per stage what a row of its first table took of
cores, GPUs, requests and bytes, and how many of them a page made. What no build can tell (the share of paid time in
which cores work, months of storage) is that of infra/rates.toml.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from math import nan
from typing import Any

from corpus.errors import CorpusError
from corpus.look.cost import GB, Cost, run_costs, total
from corpus.look.lookup import open_build
from corpus.pipeline import RECIPES
from infra.cost import HERE, Stage, read_toml

ALWAYS = ("unit", "per_page", "core_s")


@dataclass(frozen=True)
class Taken:
    """What the tables of a build took, and their rows."""

    costs: Mapping[str, Cost]
    rows: Mapping[str, int]

    def less(self, other: Taken) -> Taken:
        costs = {name: difference(cost, other.costs[name]) for name, cost in self.costs.items()}
        return Taken(costs, {name: max(0, n - other.rows[name]) for name, n in self.rows.items()})


def difference(more: Cost, less: Cost) -> Cost:
    """Nothing where more rows took less, which is chance."""
    pairs = zip(astuple(more)[1:], astuple(less)[1:], strict=True)
    return Cost(more.name, *(max(0.0, high - low) for high, low in pairs))


def taken_by(out: str) -> Taken:
    """Of a finished build. CorpusError when it cannot be read."""
    stored, settings = open_build(out)
    costs = {cost.name: cost for cost in run_costs(stored, settings)}
    return Taken(costs, {name: stored.total(name).n_rows for name in costs})


def stage_rates(taken: Taken) -> Iterator[Stage]:
    """A stage per recipe, by what all of its tables took; nothing of one that made no row. What cores take of a stage
    that ran on GPUs is nan. ValueError without a page."""
    n_pages = taken.rows["documents"]
    if not n_pages:
        raise ValueError("there is no page, or none more than in the smaller build, to divide by")
    for recipe in RECIPES:
        n_rows = taken.rows[recipe.outputs[0]]
        whole = total([taken.costs[name] for name in recipe.outputs])
        each = whole.times(1 / n_rows if n_rows else 0.0)
        yield Stage(
            recipe.outputs[0],
            recipe.unit,
            n_rows / n_pages,
            nan if each.gpu_hours else 3600 * each.core_hours,
            3600 * each.gpu_hours or None,
            read_requests=each.read_requests,
            write_requests=each.write_requests,
            bytes_in=GB * each.gb_from_web,
            bytes_from_archives=GB * each.gb_from_archives,
            bytes_stored=GB * each.gb_stored,
        )


def as_toml(assumed: Mapping[str, Any], stages: Sequence[Stage]) -> str:
    """The file; what is nothing is left out."""
    lines = ["[assumed]", *(f"{name} = {value}" for name, value in assumed.items())]
    for stage in stages:
        told = {name: value for name, value in asdict(stage).items() if name in ALWAYS or value}
        lines += ["", f"[stages.{told.pop('name')}]", *(f"{name} = {shown(told[name])}" for name in told)]
    return "\n".join(lines)


def shown(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:.3g}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the file; 2 and one sentence when a build cannot be read or has no page."""
    options = parser().parse_args(arguments)
    try:
        taken = taken_by(options.build)
        if options.less:
            taken = taken.less(taken_by(options.less))
        stages = list(stage_rates(taken))
        assumed = read_toml(HERE / "rates.toml")["assumed"]
        assumed["documents_per_page"] = shown(taken.rows["interleaved"] / taken.rows["documents"])
        print(as_toml(assumed, stages))
    except (CorpusError, ValueError) as error:
        print(f"rates: {error}", file=sys.stderr)
        return 2
    return 0


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="python -m infra.rates", description="The rates of a finished build."
    )
    options.add_argument("build", metavar="OUT", help="its folder")
    options.add_argument(
        "--less", metavar="OUT", help="that of a smaller build with the same settings, to be taken off"
    )
    return options


if __name__ == "__main__":
    sys.exit(main())
