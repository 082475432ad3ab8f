"""`corpus forget`: pages and pictures taken out of builds and releases."""

from __future__ import annotations

import argparse
import sys

ADVICE = "a URL is known by all of it, with its scheme and the slash at its end: `corpus explain` finds it"
HELP = "take pages and pictures out of builds and releases, and keep them out"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "places",
        nargs="+",
        metavar="PLACE",
        help="folder or URI of a build or a release; builds before releases",
    )
    parser.add_argument(
        "--stopped",
        action="store_true",
        help="a build that did not say that it ended was killed, and runs no more",
    )
    for kind, what in (
        ("url", "URLs of pages and pictures"),
        ("domain", "domains, with all below them"),
        ("hash", "sha256 of pictures as fetched"),
        ("document", "document_ids"),
    ):
        parser.add_argument(
            f"--{kind}", action="append", default=[], metavar="FILE", help=f"file with {what}, one a line"
        )


def run(options: argparse.Namespace) -> None:
    from corpus.errors import InputError
    from corpus.forget.names import KINDS, read_entries
    from corpus.forget.places import forget, refuse_build_under_way
    from corpus.progress_line import progress

    entries = [entry for kind in KINDS for uri in getattr(options, kind) for entry in read_entries(kind, uri)]
    if not entries:
        raise InputError(
            "nothing was named: give --url, --domain, --hash or --document with a file of them, one a line"
        )
    for place in options.places:
        if not options.stopped:
            refuse_build_under_way(place)
        with progress() as say:
            audit = forget(place, options.places, entries, say)
        n_rows = sum(audit["files"].values())
        print(
            f"{place}: {n_rows} rows in {len(audit['files'])} files, "
            f"{audit['pages']} pages and {audit['pictures']} pictures forgotten"
        )
        if not n_rows:
            print(f"{place}: it holds nothing that is named; {ADVICE}", file=sys.stderr)
