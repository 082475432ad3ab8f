"""Where the time of extraction goes, step by step, and how it grows with the file.

Goes in: WARC files. Comes out: seconds of each step, all in this process, and CPU seconds of one
file written once, twice and four times over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from unittest.mock import patch

import lxml.html

from bench.extraction import our_pages
from bench.timing import in_turns, median_cpu_s
from corpus.config import Settings
from corpus.extract import page
from corpus.recipes import documents
from corpus.recipes.captures import capture_row, is_capture
from corpus.warc.records import Response

READ, REST, WHOLE = "read records", "everything else", "all steps"
STEPS = {
    "decode bytes": (page, "decode_page"),
    "parse HTML": (lxml.html, "document_fromstring"),
    "survey images and text": (page, "survey_page"),
    "trafilatura": (page, "extract_blocks"),
    "languages": (page, "identify_languages"),
    "split sentences": (page, "split_sentences"),
    "place image references": (page, "place_references"),
    "score content": (documents, "content_score"),
    "score text": (documents, "text_scores"),
    "score blocks": (documents, "block_rows"),
}
"""Names of steps, and the functions that make them, none of which calls another."""
TIMES = (1, 2, 4)
N_WARMING = 3


def step_times(warcs: Sequence[str]) -> tuple[int, dict[str, float]]:
    """Number of pages, and seconds per step, over all pages of the files. CPU clocks may tick too seldom for this."""
    for response in islice(pages_of(warcs[0], defaultdict(float)), N_WARMING):
        documents.document_row(response, warcs[0], Settings())
    seconds: dict[str, float] = defaultdict(float)
    n_pages = 0
    begun_s = perf_counter()
    with ExitStack() as patched:
        for name, (module, function) in STEPS.items():
            watched = clocked(getattr(module, function), name, seconds)
            patched.enter_context(patch.object(module, function, watched))
        for warc in warcs:
            for response in pages_of(warc, seconds):
                documents.document_row(response, warc, Settings())
                n_pages += 1
    whole_s = perf_counter() - begun_s
    seconds[REST] = whole_s - sum(seconds.values())
    return n_pages, {**{name: seconds[name] for name in (READ, *STEPS, REST)}, WHOLE: whole_s}


def clocked(function: Callable[..., Any], name: str, seconds: dict[str, float]) -> Callable[..., Any]:
    """The function, its time added to `seconds`."""

    def watched(*arguments: Any, **named: Any) -> Any:
        begun_s = perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            seconds[name] += perf_counter() - begun_s

    return watched


def pages_of(warc: str, seconds: dict[str, float]) -> Iterator[Response]:
    """The HTML pages of a file; rows of captures are made on the way, as in a build."""
    items = documents.read_address(warc, Settings())
    advance = clocked(next, READ, seconds)
    while (item := advance(items, None)) is not None:
        if isinstance(item, Response) and documents.is_page(item):
            yield item
        elif isinstance(item, Response) and is_capture(item):
            capture_row(item, warc)


def growth(warc: str, n_rounds: int) -> list[tuple[int, float]]:
    """(pages, median CPU seconds) of a file written 1, 2 and 4 times over."""
    our_pages(warc, 1)  # models are loaded, code is compiled
    content = Path(warc).read_bytes()
    with TemporaryDirectory(prefix="corpus-bench-") as folder:
        actions = {}
        for times in TIMES:
            path = Path(folder) / f"{times}-{Path(warc).name}"
            path.write_bytes(content * times)
            actions[path.name] = partial(our_pages, str(path), 1)
        timings = in_turns(actions, n_rounds)
    return [(own[0].n, median_cpu_s(own)) for own in timings.values()]
