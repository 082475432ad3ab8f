"""`corpus explain`: the life of a page or an image."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.look.explain import Line

HELP = "the whole life of a page or an image: where read, what scored, what decided, where it lies"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", help="folder or URI of a finished build or of a release")
    parser.add_argument("what", help="URL or id of a page or an image, or sha256 of an image's content")


def run(options: argparse.Namespace) -> None:
    from corpus.errors import InputError
    from corpus.look.alike_urls import near_urls
    from corpus.look.released import DROPPED, open_release

    release = open_release(options.out)
    if release is None:
        stories, written = of_build(options.out, options.what)
        advice = (
            "give the URL as it was captured or written in the page; an image that stands on dropped pages only is "
            "told by its page"
        )
    else:
        from corpus.look.explain_release import explain_released, urls_on_host

        stories, advice = explain_released(release, options.what), DROPPED
        written = set() if stories else urls_on_host(release, options.what)
    if not stories:
        near = near_urls(written, options.what)
        advice = f"it knows {', '.join(near)}" if near else advice
        raise InputError(f"{options.out} knows no page and no image {options.what}; {advice}")
    print("\n\n".join("\n".join(f"{step:<14}{text}" for step, text in story) for story in stories))


def of_build(out: str, what: str) -> tuple[list[list[Line]], set[str]]:
    """The stories of what a build knows; where there is none, the URLs of pages of the same host."""
    from corpus.look.explain import explain, urls_on_host
    from corpus.look.forgotten import forgotten_lines
    from corpus.look.lookup import finder, open_build

    stored, settings = open_build(out)
    forgotten = forgotten_lines(stored.out, what)
    find = finder(stored)
    stories = [forgotten] if forgotten else explain(find, settings, what)
    return stories, set() if stories else urls_on_host(find, what)
