"""`corpus export-urls`: the image URLs of a build as a list that img2dataset takes."""

from __future__ import annotations

import argparse

HELP = "the image URLs of a finished build as a Parquet list for img2dataset"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("build", help="output folder or URI of a finished build")
    parser.add_argument("list", help="Parquet file to write: url, image_url_id")
    parser.add_argument(
        "--missing", action="store_true", help="only URLs whose picture the build did not keep"
    )


def run(options: argparse.Namespace) -> None:
    from corpus.look.url_list import export_urls

    n_written, n_left_out = export_urls(options.build, options.list, options.missing)
    print(
        f"{n_written} URLs in {options.list}; {n_left_out} left out: refused by their form, opted out, or blocked"
    )
