"""Getting images, from the archive, from the web or from the pages themselves, and looking at their bytes.

Goes in: batches of `image_urls`, those from the web with the column `before`: their row in an earlier `images`. Comes
out: `images`, one row per row. Equal bytes are decoded once per task.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby
from operator import itemgetter

from corpus.columns import KEPT, Row
from corpus.config import Settings
from corpus.extract.data_uri import data_uri_bytes, find_data_uri
from corpus.fetch import outcomes
from corpus.fetch.guard import PUBLIC_WEB, Gate, refusal
from corpus.fetch.outcomes import Fetched
from corpus.fetch.robots import AGENT, opt_out
from corpus.pixels import EMPTY, PictureFault, inspect, sniff
from corpus.recipes.rows import rows_of
from corpus.recipes.small_batches import Batches, Tagged, small_batches
from corpus.warc.records import Fault, Response, read_response_at

ROW_BYTES = 512
NOT_FETCHABLE = (outcomes.UNSUPPORTED_SCHEME, outcomes.DATA_URI, outcomes.BAD_URL)


def fetch_images(batches: Batches, settings: Settings) -> Tagged:
    """`images` from `image_urls`; `fetch.images` says from where. SettingsError when the web has no
    `fetch.contact`.

    The rows of a task are held, about half a kilobyte each; bodies are not.
    """
    return images_from(rows_of(batches), settings)


def images_from(rows: Iterable[Row], settings: Settings, gate: Gate = PUBLIC_WEB) -> Tagged:
    """`images` from rows of `image_urls`, within the part of the network that `gate` opens."""
    left: list[Row] = []
    found = chain(from_before(rows, left), new_images(left, settings, gate))
    return small_batches("images", found, lambda row: len(row.get("bytes") or b"") + ROW_BYTES)


def from_before(rows: Iterable[Row], left: list[Row]) -> Iterator[Row]:
    """The rows of earlier tables, as they come; rows of `image_urls` without one go to `left`."""
    for row in rows:
        before = row.get("before")
        if before:
            yield {**before, "source": "cache"}
        else:
            left.append(row)


def new_images(rows: Sequence[Row], settings: Settings, gate: Gate) -> Iterator[Row]:
    """Rows of `images` for URLs that were not asked for before."""
    written = [row for row in rows if is_in_page(row)]
    named = [row for row in rows if not is_in_page(row)]
    yield from image_rows(from_pages(written, settings), "page", settings.fetch.max_pixels)
    if settings.fetch.images == "archive":
        fetched = from_archive(named, settings)
    else:
        from corpus.fetch.fetcher import fetch_urls

        fetched = fetch_urls(((row["image_url_id"], row["url"]) for row in named), settings.fetch, gate)
    yield from image_rows(fetched, settings.fetch.images, settings.fetch.max_pixels)


def is_in_page(row: Row) -> bool:
    """Whether the picture is a data: URI of a page that is known."""
    return row["url"].startswith("data:") and row["warc_filename"] is not None


def from_pages(rows: Iterable[Row], settings: Settings) -> Iterator[Fetched]:
    """One `Fetched` per data: URI, from the page that a row of `image_urls` names."""
    place = itemgetter("warc_filename", "warc_record_offset")
    for (warc_filename, offset), of_page in groupby(sorted(rows, key=place), place):
        page = read_response_at(warc_filename, offset, settings.warc.max_record_bytes)
        for row in of_page:
            yield read_data_uri(row, page, settings.fetch.max_image_bytes)


def read_data_uri(row: Row, page: Response | Fault, max_image_bytes: int) -> Fetched:
    """The picture that a page holds in a data: URI."""
    fetched = Fetched(row["image_url_id"], row["url"], outcomes.DATA_URI)
    if isinstance(page, Fault):
        place = f"{row['warc_filename']}, byte {row['warc_record_offset']}"
        return replace(
            fetched, outcome=outcomes.CAPTURE_UNREADABLE, fault=f"{place}: {page.kind}: {page.message}"
        )
    uri = find_data_uri(page.body, row["image_url_id"])
    if uri is None:
        return replace(fetched, fault="not found again in the page")
    try:
        body = data_uri_bytes(uri)
    except ValueError as error:
        return replace(fetched, fault=str(error))
    outcome, fault = judge_body(body, max_image_bytes)
    declared = row["url"].removeprefix("data:").partition(";")[0]
    return replace(
        fetched,
        outcome=outcome,
        fault=fault,
        fetch_time=page.fetch_time,
        media_type_declared=declared,
        body=body if outcome == KEPT else None,
    )


def from_archive(rows: Iterable[Row], settings: Settings) -> Iterator[Fetched]:
    """One `Fetched` per row, captures in the order in which they lie in their files."""
    captured = []
    for row in rows:
        if row["warc_filename"] is None or row["warc_record_offset"] is None:
            refused = refusal(row["url"])
            outcome = refused if refused in NOT_FETCHABLE else outcomes.NOT_CAPTURED
            yield Fetched(row["image_url_id"], row["url"], outcome)
        else:
            captured.append(row)
    captured.sort(key=lambda row: (row["warc_filename"], row["warc_record_offset"]))
    for row in captured:
        yield read_capture(row, settings)


def read_capture(row: Row, settings: Settings) -> Fetched:
    """The image in the WARC record that a row of `image_urls` names."""
    begun_s = time.perf_counter()
    place = row["warc_filename"], row["warc_record_offset"]
    response = read_response_at(*place, settings.warc.max_record_bytes)
    fetched = Fetched(
        row["image_url_id"],
        row["url"],
        outcomes.CAPTURE_UNREADABLE,
        http_status=row["http_status"],
        final_url=row["capture_url"],
        elapsed_s=time.perf_counter() - begun_s,
    )
    if isinstance(response, Fault):
        return replace(fetched, fault=f"{place[0]}, byte {place[1]}: {response.kind}: {response.message}")
    outcome, fault = judge(response, settings.fetch.max_image_bytes)
    return replace(
        fetched,
        outcome=outcome,
        fault=fault,
        http_status=response.status,
        final_url=response.url,
        fetch_time=response.fetch_time,
        media_type_declared=response.headers.get("content-type"),
        body=response.body if outcome == KEPT else None,
    )


def judge(response: Response, max_image_bytes: int) -> tuple[str, str | None]:
    """The outcome of a captured answer before its bytes are looked at, and what is behind it."""
    if not 200 <= response.status < 300:
        return outcomes.HTTP_ERROR, str(response.status)
    opted_out = opt_out(response.headers.items(), AGENT)
    if opted_out:
        return outcomes.OPTED_OUT, opted_out
    if response.too_large:
        return outcomes.TOO_LARGE, f"more than {max_image_bytes} bytes"
    return judge_body(response.body, max_image_bytes, response.cut)


def judge_body(body: bytes, max_image_bytes: int, cut: str | None = None) -> tuple[str, str | None]:
    """The outcome of bytes before they are looked at; `cut` says why there may be none."""
    if len(body) > max_image_bytes:
        return outcomes.TOO_LARGE, f"more than {max_image_bytes} bytes"
    return (KEPT, None) if body else (EMPTY, cut or "no bytes")


def image_rows(fetched: Iterable[Fetched], source: str, max_pixels: int) -> Iterator[Row]:
    """Rows of `images`: what fetching gave, and what the bytes are."""
    seen: dict[str, Row] = {}
    for item in fetched:
        columns = {**vars(item), "source": source, "content_bytes": 0}
        body = columns.pop("body")
        if body is not None:
            content_hash = hashlib.sha256(body).hexdigest()
            if content_hash not in seen:
                seen[content_hash] = look_at(body, max_pixels)
            columns |= {"content_hash": content_hash, "content_bytes": len(body), **seen[content_hash]}
            columns["bytes"] = body if columns["outcome"] == KEPT else None
        yield columns


def look_at(body: bytes, max_pixels: int) -> Row:
    """The columns of `images` that the bytes alone decide."""
    try:
        picture = inspect(body, max_pixels)
    except PictureFault as fault:
        return {"outcome": fault.outcome, "fault": fault.detail, "media_type": sniff(body)}
    return {"outcome": KEPT, **vars(picture)}
