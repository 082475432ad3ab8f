"""Getting images, from the archive or from the web, and looking at their bytes.

Goes in: batches of `image_urls`. Comes out: `images`, one row per row. Equal bytes are decoded once per task.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from corpus.child import Child, Loss
from corpus.columns import KEPT, Row
from corpus.config import Fetch, Settings
from corpus.fetch import outcomes
from corpus.fetch.guard import PUBLIC_WEB, Gate, refusal
from corpus.fetch.outcomes import Fetched
from corpus.fetch.robots import AGENT, opt_out
from corpus.pixels import EMPTY, PictureFault, inspect, load_parsers, sniff
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
    if settings.fetch.images == "archive":
        fetched = from_archive(rows, settings)
    else:
        from corpus.fetch.fetcher import fetch_urls

        fetched = fetch_urls(((row["image_url_id"], row["url"]) for row in rows), settings.fetch, gate)
    found = image_rows(fetched, settings.fetch)
    return small_batches("images", found, lambda row: len(row.get("bytes") or b"") + ROW_BYTES)


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
    if response.too_large or len(response.body) > max_image_bytes:
        return outcomes.TOO_LARGE, f"more than {max_image_bytes} bytes"
    return (KEPT, None) if response.body else (EMPTY, response.cut or "no bytes")


def image_rows(fetched: Iterable[Fetched], bounds: Fetch) -> Iterator[Row]:
    """Rows of `images`: what fetching gave, and what the bytes are, decoded in a process apart."""
    seen: dict[str, Row] = {}
    load_parsers()  # once here, and not in every process of the child
    look = partial(look_at, max_pixels=bounds.max_pixels)
    with Child(look, bounds.max_decode_s, bounds.max_decode_bytes) as child:
        for item in fetched:
            columns = {**vars(item), "source": bounds.images, "content_bytes": 0}
            body = columns.pop("body")
            if body is not None:
                content_hash = hashlib.sha256(body).hexdigest()
                if content_hash not in seen:
                    seen[content_hash] = found_or_lost(child.run(body), body)
                columns |= {"content_hash": content_hash, "content_bytes": len(body), **seen[content_hash]}
                columns["bytes"] = body if columns["outcome"] == KEPT else None
            yield columns


def found_or_lost(found: Row | Loss, body: bytes) -> Row:
    """The columns that the bytes decide, where looking at them was the end of the process too."""
    return {**vars(found), "media_type": sniff(body)} if isinstance(found, Loss) else found


def look_at(body: bytes, max_pixels: int) -> Row:
    """The columns of `images` that the bytes alone decide."""
    try:
        picture = inspect(body, max_pixels)
    except PictureFault as fault:
        return {"outcome": fault.outcome, "fault": fault.detail, "media_type": sniff(body)}
    return {"outcome": KEPT, **vars(picture)}
