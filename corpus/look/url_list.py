"""The image URLs of a finished build as a list for another downloader.

Goes in: the output folder of a build. Comes out: a Parquet file with `url` and `image_url_id`, in the order of the
ids, which scatters the hosts. URLs that may not be asked for, by their form or by the build's lists of opt-outs and of
blocked pictures, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.columns import KEPT
from corpus.fetch.beforehand import refused
from corpus.fetch.guard import PUBLIC_WEB
from corpus.fetch.opt_outs import read_exclusions, read_opt_outs
from corpus.fetch.outcomes import BLOCKED
from corpus.look.lookup import open_build
from corpus.look.stored import Stored
from corpus.storage import writing

SCHEMA = pa.schema([("url", pa.string()), ("image_url_id", pa.string())])


def export_urls(build: str, list_: str, missing: bool) -> tuple[int, int]:
    """Write the list, with `missing` only of pictures that were not kept; the number of URLs written, and left out.
    Raises InputError without a finished build."""
    stored, settings = open_build(build)
    opt_outs = replace(read_opt_outs(settings.fetch.opt_outs), also=read_exclusions(stored.out))
    wanted = dict(not_kept(stored) if missing else urls_of(stored))
    blocked = {id_ for id_, _, outcome in outcomes(stored) if outcome == BLOCKED}
    rows = [
        {"url": url, "image_url_id": id_}
        for id_, url in sorted(wanted.items())
        if id_ not in blocked and refused(url, opt_outs, PUBLIC_WEB)[0] == KEPT
    ]
    with writing(list_) as stream:
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), stream)
    return len(rows), len(wanted) - len(rows)


def urls_of(stored: Stored) -> Iterator[tuple[str, str]]:
    for batch in stored("image_urls", ["image_url_id", "url"]):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def not_kept(stored: Stored) -> Iterator[tuple[str, str]]:
    yield from ((id_, url) for id_, url, outcome in outcomes(stored) if outcome != KEPT)


def outcomes(stored: Stored) -> Iterator[tuple[str, str, str]]:
    """Identity, URL and outcome of every image."""
    for batch in stored("images", ["image_url_id", "url", "outcome"]):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
