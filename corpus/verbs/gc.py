"""`corpus gc`: tables of a folder that no build of it names any more."""

from __future__ import annotations

import argparse

HELP = "remove tables that no build of a folder names; tells what it would remove unless --remove is given"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", help="output folder or URI of a build; no build may be under way there")
    parser.add_argument("--remove", action="store_true", help="remove them; without it nothing is touched")
    parser.add_argument(
        "--dry-run", dest="remove", action="store_false", help="say what would be removed (the default)"
    )
    parser.add_argument(
        "--drop-build",
        action="append",
        default=[],
        metavar="DIGEST",
        help="a build in OUT/builds that is not wanted any more; not the last one",
    )


def run(options: argparse.Namespace) -> None:
    from corpus.garbage import collect, unnamed_tables
    from corpus.look.words import bytes_text

    found = unnamed_tables(options.out, options.drop_build)
    for table, digest, n_bytes in found:
        print(f"{bytes_text(n_bytes):>10}  tables/{table}/{digest}")
    total = bytes_text(sum(n_bytes for _, _, n_bytes in found))
    if options.remove:
        collect(options.out, found, options.drop_build)
        print(f"{total} freed")
    else:
        print(
            f"{total} would be freed; --remove does it. Images in tables that go are asked for again if wanted again"
        )
