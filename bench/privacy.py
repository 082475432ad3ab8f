"""What looking for personal data costs and finds: `python -m bench.privacy WARC ...`.

Goes in: WARC files. Comes out: milliseconds per page of each kind, median of several rounds, and everything found with
the words around it, for people to judge.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from bench.timing import Action, in_turns, median_cpu_s
from corpus.columns import KEPT
from corpus.config import Privacy, Settings
from corpus.privacy.kinds import find
from corpus.privacy.phones import regions_of
from corpus.recipes.documents import read_file

CHARACTERS_AROUND = 30
N_ROUNDS = 5
ALL = Privacy().replace

Page = tuple[str, Sequence[str]]


def pages_of(warcs: Iterable[str]) -> Iterator[Page]:
    """Text, and regions of phone numbers, of each page with sentences."""
    for warc in warcs:
        for table, row in read_file(warc, Settings()):
            if table == "documents" and row["outcome"] == KEPT:
                yield "\n".join(row["sentences"]), regions_of(row["language"], row["url"])


def look(pages: Sequence[Page], kinds: Sequence[str]) -> int:
    """Look for these kinds; the number of pages."""
    for text, regions in pages:
        find(text, kinds, regions)
    return len(pages)


def in_context(pages: Sequence[Page]) -> Iterator[tuple[str, str]]:
    """(kind, the finding in brackets among its neighbours) of all that is found, equal ones once."""
    told = set()
    for text, regions in pages:
        for start, end, kind in find(text, ALL, regions):
            before, behind = (
                text[max(0, start - CHARACTERS_AROUND) : start],
                text[end : end + CHARACTERS_AROUND],
            )
            told.add((kind, " ".join(f"{before}[{text[start:end]}]{behind}".split())))
    yield from sorted(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warcs", nargs="+")
    pages = list(pages_of(parser.parse_args().warcs))
    actions: dict[str, Action] = {kind: partial(look, pages, (kind,)) for kind in ALL}
    timings = in_turns({**actions, "all": partial(look, pages, ALL)}, N_ROUNDS)
    n_characters = sum(len(text) for text, _ in pages) / len(pages)
    print(f"{len(pages)} pages of {n_characters:,.0f} characters; ms per page, median of {N_ROUNDS} rounds")
    for name, own in timings.items():
        print(f"{name:8} {1_000 * median_cpu_s(own) / own[0].n:.3f}")
    for kind, found in in_context(pages):
        print(f"{kind:8} {found}")


if __name__ == "__main__":
    main()
