"""Pages per second: our extraction beside a plain loop of warcio and trafilatura over the same file.

Goes in: a WARC file. Comes out: timings of both. The plain loop makes text alone; ours also makes sentences and image
references and places them among each other, tells the language, and writes Arrow batches.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple
from functools import partial

import pyarrow as pa
import trafilatura
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from bench.timing import Timing, in_turns
from corpus.config import Settings
from corpus.errors import InputError
from corpus.recipes.documents import HTML_TYPES, read_warcs

WARMING_SHARE = 20
PLAIN = "warcio + trafilatura.extract"


def time_extraction(warc: str, every: int, n_rounds: int) -> dict[str, list[Timing]]:
    """Timings on every `every`-th page of the file. InputError when it has none."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # broken pages are expected, and said of each
    for extract in (our_pages, plain_pages):
        if not extract(warc, WARMING_SHARE * every):
            raise InputError(f"{warc}: no HTML page is found in it, so there is nothing to time")
    actions = {"ours": partial(our_pages, warc, every), PLAIN: partial(plain_pages, warc, every)}
    return in_turns(actions, n_rounds)


def as_one(files: Sequence[Mapping[str, Sequence[Timing]]]) -> dict[str, list[Timing]]:
    """Timings of several files as those of one that holds them all, round by round."""
    return {
        name: [
            Timing(*(sum(column) for column in zip(*map(astuple, same_round), strict=True)))
            for same_round in zip(*(file[name] for file in files), strict=True)
        ]
        for name in files[0]
    }


def warc_batch(warc: str, every: int = 1) -> pa.RecordBatch:
    """What `read_warcs` reads every `every`-th page of one file for."""
    return pa.RecordBatch.from_pylist([{"warc_filename": warc, "number": 0, "n_shares": every}])


def our_pages(warc: str, every: int) -> int:
    """Rows of `documents` made."""
    tagged = read_warcs(iter([warc_batch(warc, every)]), Settings())
    return sum(batch.num_rows for table, batch in tagged if table == "documents")


def plain_pages(warc: str, every: int) -> int:
    """Pages given to trafilatura, up to where warcio gives a damaged file up."""
    n_seen = n_read = 0
    with open(warc, "rb") as stream, suppress(ArchiveLoadFailed):
        for record in ArchiveIterator(stream):
            if is_page(record):
                if n_seen % every == 0:
                    body = record.content_stream().read()
                    trafilatura.extract(body, url=record.rec_headers.get_header("WARC-Target-URI"))
                    n_read += 1
                n_seen += 1
    return n_read


def is_page(record: object) -> bool:
    """Whether a record of warcio is an HTML page that was answered with 200."""
    headers = getattr(record, "http_headers", None)
    if getattr(record, "rec_type", "") != "response" or headers is None:
        return False
    media_type = (headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
    return headers.get_statuscode() == "200" and media_type in HTML_TYPES
