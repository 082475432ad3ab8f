"""What a release tells of one page or picture, in lines as those of `corpus.look.explain`.

Goes in: a release, and the URL or identity of a page, or the URL or sha256 of a picture. Comes out: lines of
(step, text).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.columns import Row
from corpus.look.alike_urls import on_host, same_urls
from corpus.look.explain import MAX_CHARACTERS, MAX_LINES, MAX_STORIES, Line, any_of, captured
from corpus.look.released import DROPPED, Released
from corpus.look.words import count_text, number_text, shortened
from corpus.urls import normalise

PAGE = ("document_id", "url", "crawl", "warc_filename", "warc_record_offset", "fetch_time", "language", "title",
    "license_url", "text_list", "image_info")  # fmt: skip
SHOWN_ON = ("document_id", "url", "text_list", "image_info")
NAMES = ("raw_url", "content_hash")


def explain_released(release: Released, what: str) -> list[list[Line]]:
    """One story per page that `what` names, else one of the picture; none when the release holds neither."""
    names = {what, normalise(what) or what}
    pages = release.rows(PAGE, any_of({"document_id": {what}, "url": names}))
    found = [list(page_story(release, number, row)) for number, row in islice(pages, MAX_STORIES)]
    if found:
        return found
    shown = list(reference_lines(release, names))
    if shown:
        return [[("picture", what), *shown, ("not told", DROPPED)]]
    same = same_urls(urls_on_host(release, what), what)
    pages = release.rows(PAGE, any_of({"url": same})) if same else iter(())
    return [list(page_story(release, number, row)) for number, row in islice(pages, MAX_STORIES)]


def urls_on_host(release: Released, what: str) -> set[str]:
    """The URLs of the pages of the host that `what` names."""
    where = on_host(what)
    return set() if where is None else {row["url"] for _, row in release.rows(("url",), where)}


def page_story(release: Released, number: int, row: Row) -> Iterator[Line]:
    yield "page", row["url"]
    yield "id", row["document_id"]
    yield "read", read_from(row)
    counts = f"{len(row['text_list'])} sentences, {len(row['image_info'])} pictures"
    title = shortened(row["title"], MAX_CHARACTERS) if row["title"] else "no title"
    yield "holds", f"{row['language'] or 'no language'}, {counts}: {title}"
    for at, info in enumerate(row["image_info"][:MAX_LINES]):
        yield f"  {at}", f"{shortened(info['raw_url'], MAX_CHARACTERS)}  {matched(info, row)}"
    if len(row["image_info"]) > MAX_LINES:
        yield "  ...", f"{len(row['image_info']) - MAX_LINES} more"
    yield "lies in", release.paths[number]
    yield "not told", DROPPED


def read_from(row: Row) -> str:
    """The record that the page was read from; an import may not know it."""
    if row["warc_filename"] is None:
        return f"record unknown, {captured(row)}"
    return f"{row['warc_filename']} at byte {count_text(row['warc_record_offset'])}, {captured(row)}"


def matched(info: Mapping[str, Any], row: Row) -> str:
    margin = f", margin {number_text(info['margin'])}" if info["margin"] is not None else ""
    sentence = shortened(row["text_list"][info["matched_text_index"]], MAX_CHARACTERS)
    return f"sentence {info['matched_text_index']} at {number_text(info['matched_sim'])}{margin}: {sentence}"


def reference_lines(release: Released, names: set[str]) -> Iterator[Line]:
    """The pages that show a picture. There is no index of pictures: those of all pages are looked through."""
    n_found = 0
    wanted = pa.array(sorted(names), pa.string())
    for _, batch in release.batches(SHOWN_ON):
        infos = batch.column("image_info")
        pictures = infos.flatten()
        fits = [pc.is_in(pictures.field(name), wanted).to_numpy(zero_copy_only=False) for name in NAMES]
        for at in np.unique(pc.list_parent_indices(infos).to_numpy()[np.logical_or(*fits)]):
            (row,) = batch.slice(at, 1).to_pylist()
            for info in row["image_info"]:
                if names & {info[name] for name in NAMES}:
                    n_found += 1
                    if n_found <= MAX_LINES:
                        yield "on page", f"{shortened(row['url'], MAX_CHARACTERS)}  {matched(info, row)}"
    if n_found > MAX_LINES:
        yield "...", f"{n_found - MAX_LINES} more"
