"""Images that an archive answers.

Goes in: rows of `image_urls`, most with a capture. Comes out: what became of each, before its bytes are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from corpus.columns import KEPT, Row
from corpus.config import Settings
from corpus.fetch import outcomes
from corpus.fetch.guard import refusal
from corpus.fetch.opt_outs import OptOuts
from corpus.fetch.outcomes import NOT_FETCHABLE, Fetched
from corpus.fetch.robots import AGENT, declared, opt_out
from corpus.pixels import EMPTY
from corpus.recipes.archived_responses import archived_responses
from corpus.urls import image_url_id
from corpus.warc.records import Fault, Response

OTHER_URL = "other_url"


def unreadable(fetched: Fetched, row: Row, fault: Fault) -> Fetched:
    """What became of an image whose record, named by its row of `image_urls`, cannot be read."""
    place = f"{row['warc_filename']}, byte {row['warc_record_offset']}"
    return replace(
        fetched, outcome=outcomes.CAPTURE_UNREADABLE, fault=f"{place}: {fault.kind}: {fault.message}"
    )


def from_archive(rows: Iterable[Row], settings: Settings, opt_outs: OptOuts) -> Iterator[Fetched]:
    """One `Fetched` per row, captures in the order in which they lie in their files."""
    captured = []
    for row in rows:
        opted_out = opt_outs.of_url(row["url"]) or opt_outs.of_url(row["capture_url"] or "")
        if opted_out:
            yield Fetched(row["image_url_id"], row["url"], outcomes.OPTED_OUT, opted_out)
        elif row["warc_filename"] is None or row["warc_record_offset"] is None:
            refused = refusal(row["url"])
            outcome = refused if refused in NOT_FETCHABLE else outcomes.NOT_CAPTURED
            yield Fetched(row["image_url_id"], row["url"], outcome)
        else:
            captured.append(row)
    for row, response, elapsed_s in archived_responses(captured, settings):
        yield captured_image(row, response, elapsed_s, settings)


def captured_image(row: Row, response: Response | Fault, elapsed_s: float, settings: Settings) -> Fetched:
    """The image in the WARC record that a row of `image_urls` names."""
    fetched = Fetched(
        row["image_url_id"],
        row["url"],
        outcomes.CAPTURE_UNREADABLE,
        http_status=row["http_status"],
        final_url=row["capture_url"],
        elapsed_s=elapsed_s,
    )
    if isinstance(response, Fault):
        return unreadable(fetched, row, response)
    if image_url_id(response.url) != image_url_id(row["capture_url"]):
        other = Fault(OTHER_URL, response.offset, f"the record answers {response.url}")
        return unreadable(fetched, row, other)
    outcome, fault = judge(response, settings.fetch.max_image_bytes)
    return replace(
        fetched,
        outcome=outcome,
        fault=fault,
        http_status=response.status,
        final_url=response.url,
        fetch_time=response.fetch_time,
        media_type_declared=response.headers.get("content-type"),
        **declared(response.headers.items()),
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
