"""`corpus report`: the funnel of a finished build, and what it took and cost."""

from __future__ import annotations

import argparse

HELP = "the funnel of a finished build, and what it took and cost"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", help="output folder or URI of the build, or OUT/builds/DIGEST.json")
    parser.add_argument(
        "--prices", metavar="TOML", help="dollars per platform, as infra/prices.toml (setting places.prices)"
    )
    parser.add_argument("--platform", help="which table of it (setting places.platform)")


def run(options: argparse.Namespace) -> None:
    from corpus.look.cost import as_table, documents_of, read_prices, run_costs
    from corpus.look.funnel_text import format_funnel
    from corpus.look.lookup import open_build, told_by
    from corpus.look.stored import read_funnel
    from corpus.storage import read_json

    stored, settings = open_build(options.out)
    places = settings.places
    prices = read_prices(options.prices or places.prices, options.platform or places.platform)
    told = read_json(told_by(options.out)[0])
    for line in told.get("not_measured", ()):
        print(line)
    print(format_funnel(read_funnel(stored)))
    for warning in told.get("warnings", ()):
        print(f"warning: {warning}")
    print()
    print(as_table(run_costs(stored, settings, prices), documents_of(stored)))
