"""`corpus explain`: the life of a page or an image."""

from __future__ import annotations

import argparse

HELP = "the whole life of a page or an image: where read, what scored, what decided, where it lies"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", help="output folder or URI of a finished build")
    parser.add_argument("what", help="URL or id of a page or an image, or sha256 of an image's content")


def run(options: argparse.Namespace) -> None:
    from corpus.errors import InputError
    from corpus.look.explain import explain
    from corpus.look.forgotten import forgotten_lines
    from corpus.look.lookup import finder, open_build

    stored, settings = open_build(options.out)
    forgotten = forgotten_lines(stored.out, options.what)
    stories = [forgotten] if forgotten else explain(finder(stored), settings, options.what)
    if not stories:
        raise InputError(
            f"{options.out} knows no page and no image {options.what}; give the URL as it was captured or written in "
            "the page; an image that stands on dropped pages only is told by its page"
        )
    print("\n\n".join("\n".join(f"{step:<14}{text}" for step, text in story) for story in stories))
