"""`corpus status`: how far a build is, from any machine."""

from __future__ import annotations

import argparse

from corpus.verbs.numbers import from_zero

HELP = "how far a build is: chunks, rates, time left, failures, cost; from any machine, during and after it"
EXIT_CODES = {"finished": 0, "under way": 3, "stalled": 4, "unfinished": 5}
EPILOG = (
    "exit codes: 0 finished, 1 no build or an error, 2 not understood, 3 under way, 4 stalled, 5 not finished"
)


def declare(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("out", help="output folder or URI of a build")
    parser.add_argument("--json", action="store_true", help="the same as one JSON value")
    parser.add_argument(
        "--newest",
        type=from_zero,
        default=500,
        metavar="N",
        help="manifests read per table, 0 for all (default: 500)",
    )
    parser.add_argument(
        "--stalled-after",
        type=from_zero,
        default=3600,
        metavar="SECONDS",
        help="a build that says it is under way and has written nothing for so long is stalled (default: 3600)",
    )
    parser.add_argument("--prices", metavar="TOML", help="file with currency, per_hour, and [stage_per_hour]")


def run(options: argparse.Namespace) -> int:
    import json

    from corpus.malloc import keep_little

    keep_little()  # before pyarrow is imported
    from corpus.look.status import read_status
    from corpus.look.status_text import read_prices, status_json, status_lines

    prices = read_prices(options.prices) if options.prices else None
    status = read_status(options.out, options.newest, options.stalled_after, prices)
    print(json.dumps(status_json(status), indent=1) if options.json else "\n".join(status_lines(status)))
    return EXIT_CODES[status.state]
