"""Getting images, from the archive, from the web or from the pages themselves, and looking at their bytes.

Goes in: batches of `image_urls`, those from the web with the column `before`: their row in an earlier `images`. Comes
out: `images`, one row per row. Equal bytes are decoded once per task.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, groupby
from operator import itemgetter

from corpus.child import Child, Loss
from corpus.columns import KEPT, Row
from corpus.config import Fetch, Settings
from corpus.extract.data_uri import data_uri_bytes, data_uris
from corpus.fetch import outcomes
from corpus.fetch.guard import Gate
from corpus.fetch.hosts import host_of
from corpus.fetch.opt_outs import OptOuts, opt_outs_of
from corpus.fetch.outcomes import Fetched
from corpus.fetch.shard_rows import from_shards
from corpus.media_types import sniff
from corpus.picture_metadata import OddFile, without_metadata
from corpus.picture_plain import is_plain, made_plain
from corpus.picture_reduction import is_resized, reduce_picture, size_needed
from corpus.pixels import (
    CORRUPT,
    PictureFault,
    check_frames,
    decoded_for,
    describe,
    load_parsers,
    upright_size,
)
from corpus.recipes.captured_images import from_archive, judge_body, unreadable
from corpus.recipes.held_back import held_back
from corpus.recipes.rows import rows_of
from corpus.recipes.small_batches import Batches, Tagged, small_batches
from corpus.safety.block_lists import read_block_lists
from corpus.warc.records import Fault, Response, read_response_at

ROW_BYTES = 512
RESIZED = ("image/jpeg", "image/png", "image/webp")  # of others the first frame would be all that is left


def fetch_images(batches: Batches, settings: Settings) -> Tagged:
    """`images` from `image_urls`; `fetch.images` says from where. SettingsError when the web has no
    `fetch.contact`.

    The rows of a task are held, about half a kilobyte each; bodies are not.
    """
    return images_from(rows_of(batches), settings)


def images_from(given: Iterable[Row], settings: Settings, gate: Gate | None = None) -> Tagged:
    """`images` from rows of `image_urls`, within the part of the network that `gate` opens, the public one by
    default."""
    opt_outs = opt_outs_of(settings)
    left: list[Row] = []
    known = (reused(row, opt_outs) for row in from_before(given, left))
    fresh = (
        row
        for source, fetched in fetched_from(left, settings, opt_outs, gate)
        for row in image_rows(fetched, source, settings.fetch, opt_outs)
    )
    rows = held_back(chain(known, fresh), read_block_lists(settings.safety), settings.fetch)
    return small_batches("images", rows, image_bytes)


def image_bytes(row: Row) -> int:
    """About the size of a row of `images`."""
    return len(row.get("bytes") or b"") + ROW_BYTES


def from_before(rows: Iterable[Row], left: list[Row]) -> Iterator[Row]:
    """The rows of earlier tables, as they come; rows of `image_urls` without one go to `left`."""
    for row in rows:
        if row.get("before"):
            yield row["before"]
        else:
            left.append(row)


def reused(before: Row, opt_outs: OptOuts) -> Row:
    """A row of an earlier table as it stands in this one: the list of opt-outs may be another."""
    opted_out = opt_outs.of_url(before["url"]) or opt_outs.of_url(before["final_url"] or "")
    opted_out = opted_out or opt_outs.of_content(before["content_hash"] or "")
    row = {**before, "source": "cache"}
    return row | {"outcome": outcomes.OPTED_OUT, "fault": opted_out, "bytes": None} if opted_out else row


def fetched_from(
    rows: Sequence[Row], settings: Settings, opt_outs: OptOuts, gate: Gate | None
) -> Iterator[tuple[str, Iterable[Fetched]]]:
    """(source, what it gave) for rows that no earlier table has."""
    written = [row for row in rows if is_in_page(row)]
    forgotten = [row for row in rows if not row["url"]]
    named = [row for row in rows if row["url"] and not is_in_page(row)]
    if forgotten:
        gone = (Fetched(row["image_url_id"], "", outcomes.FORGOTTEN) for row in forgotten)
        yield settings.fetch.images, gone
    if written:
        yield "page", from_pages(written, settings)
    archived = [row for row in named if is_for_archive(row, settings.fetch.images)]
    others = [row for row in named if not is_for_archive(row, settings.fetch.images)]
    if archived:
        yield "archive", from_archive(archived, settings, opt_outs)
    if others and "img2dataset" in (settings.fetch.images, settings.fetch.engine):
        yield "img2dataset", from_shards(others, opt_outs, settings.fetch.max_image_bytes)
    elif others:
        from corpus.fetch.fetcher import fetch_urls

        pairs = ((row["image_url_id"], row["url"]) for row in others)
        shares = {host_of(row["url"]): row["n_host_shares"] for row in others if is_shared(row)}
        yield "web", fetch_urls(pairs, settings.fetch, gate, shares=shares, opt_outs=opt_outs)


def is_for_archive(row: Row, images: str) -> bool:
    """Whether the archive answers an image URL: with images from the web, where it has a capture."""
    return images == "archive" or (images == "web" and row["capture_url"] is not None)


def is_shared(row: Row) -> bool:
    """Whether other tasks ask the host of an image URL too."""
    return (row.get("n_host_shares") or 1) > 1


def is_in_page(row: Row) -> bool:
    """Whether the picture is a data: URI of a page that is known."""
    return row["url"].startswith("data:") and row["warc_filename"] is not None


def from_pages(rows: Iterable[Row], settings: Settings) -> Iterator[Fetched]:
    """One `Fetched` per data: URI, from the page that a row of `image_urls` names."""
    place = itemgetter("warc_filename", "warc_record_offset")
    for (warc_filename, offset), of_page in groupby(sorted(rows, key=place), place):
        page = read_response_at(warc_filename, offset, settings.warc.max_record_bytes)
        uris = {} if isinstance(page, Fault) else data_uris(page.body)
        for row in of_page:
            fetched = Fetched(row["image_url_id"], row["url"], outcomes.DATA_URI)
            if isinstance(page, Fault):
                yield unreadable(fetched, row, page)
            else:
                uri = uris.get(row["image_url_id"])
                yield read_data_uri(fetched, page, uri, settings.fetch.max_image_bytes)


def read_data_uri(fetched: Fetched, page: Response, uri: str | None, max_image_bytes: int) -> Fetched:
    """The picture in a data: URI of a page, if it was found."""
    if uri is None:
        return replace(fetched, fault="not found again in the page")
    try:
        body = data_uri_bytes(uri)
    except ValueError as error:
        return replace(fetched, fault=str(error))
    outcome, fault = judge_body(body, max_image_bytes)
    return replace(
        fetched,
        outcome=outcome,
        fault=fault,
        fetch_time=page.fetch_time,
        media_type_declared=fetched.url.removeprefix("data:").partition(";")[0],
        body=body if outcome == KEPT else None,
    )


def image_rows(fetched: Iterable[Fetched], source: str, bounds: Fetch, opt_outs: OptOuts) -> Iterator[Row]:
    """Rows of `images`: what fetching gave, and what the bytes are, decoded in a process apart, unless they are opted
    out."""
    seen: dict[str, Row] = {}
    load_parsers()  # once here, and not in every process of the child
    with Child(partial(look_at, bounds=bounds), bounds.max_decode_s, bounds.max_decode_bytes) as child:
        for item in fetched:
            columns = {**vars(item), "source": source, "content_bytes": 0}
            body = columns.pop("body")
            if body is not None:
                content_hash = hashlib.sha256(body).hexdigest()
                opted_out = opt_outs.of_content(content_hash)
                known = (
                    {"outcome": outcomes.OPTED_OUT, "fault": opted_out}
                    if opted_out
                    else seen.get(content_hash)
                )
                found = known or found_or_lost(child.run(body), body)
                if "bytes" not in found:  # the bytes of pictures are not held
                    seen[content_hash] = found
                columns |= {"content_hash": content_hash, "content_bytes": len(body), **found}
                if columns["outcome"] == KEPT and "bytes" not in columns:
                    columns |= stored(body, columns, bounds)
            yield columns


def stored(body: bytes, found: Row, bounds: Fetch) -> Row:
    """The bytes of a picture that keeps its size, as they are kept."""
    if bounds.keep_metadata:
        return {"bytes": body}
    try:
        return {"bytes": without_metadata(body, found["media_type"], found["orientation"])}
    except OddFile as odd:
        return {"outcome": CORRUPT, "fault": str(odd)}


def found_or_lost(found: Row | Loss, body: bytes) -> Row:
    """The columns that the bytes decide, where looking at them was the end of the process too."""
    return {**vars(found), "media_type": sniff(body)} if isinstance(found, Loss) else found


def look_at(body: bytes, bounds: Fetch) -> Row:
    """The columns of `images` that the bytes alone decide, and the bytes of a picture that was resized."""
    try:
        check_frames(body, bounds.max_frames)
        mode, side_px, only_if_bigger = bounds.resize_mode, bounds.max_side_px, bounds.resize_only_if_bigger
        least = partial(size_needed, mode=mode, side_px=side_px, only_if_bigger=only_if_bigger)
        pixels, orientation, stored_px = decoded_for(body, bounds.max_pixels, least)
        media_type, size_px = sniff(body) or "", upright_size(stored_px, orientation)
        row = {"outcome": KEPT, "fetched_width_px": size_px[0], "fetched_height_px": size_px[1]}
        if is_resized(mode, size_px, side_px, only_if_bigger) and media_type in RESIZED:
            row |= vars(reduce_picture(pixels, orientation, size_px, mode, side_px))
            row["bytes"] = row.pop("data")
        else:
            row |= vars(describe(pixels, orientation, media_type))
            if not (bounds.keep_encoding or is_plain(pixels, orientation)) and media_type in RESIZED:
                row["bytes"], row["media_type"] = made_plain(pixels, orientation)
        return row
    except PictureFault as fault:
        return {"outcome": fault.outcome, "fault": fault.detail, "media_type": sniff(body)}
