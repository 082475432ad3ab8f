"""`corpus validate`: whether a release is whole and is what it says."""

from __future__ import annotations

import argparse
import os

from corpus.verbs.numbers import from_one

HELP = "prove a release whole, or say what is wrong with it, where, and what to do"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", help="folder or URI of a release")
    parser.add_argument(
        "--processes",
        type=from_one,
        default=os.cpu_count() or 1,
        help="that decode pictures (default: cores)",
    )


def run(options: argparse.Namespace) -> None:
    from corpus.errors import DataError
    from corpus.progress_line import progress
    from corpus.release.manifest import read_release_manifest
    from corpus.validate.validate import validate

    n_faults = 0
    with progress() as say:
        for fault in validate(options.release, say, options.processes):
            print(fault, flush=True)
            n_faults += 1
    if n_faults:
        raise DataError(f"{options.release} has {n_faults} fault(s), each told above")
    whole = read_release_manifest(options.release)
    print(
        f"{options.release} is whole: {whole.rows} documents, {whole.images} pictures, {len(whole.files)} files"
    )
