"""What img2dataset says became of a URL, in the outcomes of `images`.

Goes in: rows of `image_urls` that name a shard and a row of it. Comes out: one `Fetched` for each. img2dataset tells
failures in the words of Python's urllib alone; they are kept as `fault`.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

import pyarrow as pa

from corpus.columns import KEPT, Row
from corpus.errors import InputError
from corpus.fetch import outcomes
from corpus.fetch.guard import refusal
from corpus.fetch.opt_outs import OptOuts
from corpus.fetch.outcomes import NOT_FETCHABLE, Fetched, plain
from corpus.fetch.shards import end_of, rows_at
from corpus.pixels import CORRUPT, EMPTY, TRUNCATED

SUCCESS, NOT_DECODED = "success", "failed_to_resize"
HTTP_STATUS = re.compile(r"HTTP Error (\d{3})")
ENDINGS = tuple(
    (re.compile(pattern), outcome)
    for pattern, outcome in (
        (r"HTTP Error 30\d: .*infinite loop", outcomes.TOO_MANY_REDIRECTS),
        (r"HTTP Error \d{3}", outcomes.HTTP_ERROR),
        (r"disallowed by X-Robots-Tag", outcomes.OPTED_OUT),
        (r"timed out", outcomes.TIMEOUT),
        (r"\[Errno -\d+\]|name resolution", outcomes.DNS_FAILED),
        (r"SSL|certificate", outcomes.TLS_FAILED),
        (r"\[Errno \d+\]|Remote end closed", outcomes.CONNECT_FAILED),
        (r"IncompleteRead", TRUNCATED),
        (r"unknown url type", outcomes.UNSUPPORTED_SCHEME),
        (r"control characters|no host|nonnumeric port|codec can't|label (empty|too long)", outcomes.BAD_URL),
        (r"hash mismatch", CORRUPT),
        (r"image too small|area too large|aspect ratio too large", outcomes.NOT_CAPTURED),
    )
)


def from_shards(rows: Iterable[Row], opt_outs: OptOuts, max_image_bytes: int) -> Iterator[Fetched]:
    """One `Fetched` per row: shards in order, each read once. A row may bring its own end with it, as `ended`."""
    named = []
    for row in rows:
        opted_out = opt_outs.of_url(row["url"])
        if opted_out:
            yield Fetched(row["image_url_id"], row["url"], outcomes.OPTED_OUT, opted_out)
        elif row["warc_filename"] is None or row["warc_record_offset"] is None:
            yield without_row(row)
        else:
            named.append(row)
    place = itemgetter("warc_filename", "warc_record_offset")
    for shard, of_shard in groupby(sorted(named, key=place), itemgetter("warc_filename")):
        yield from from_shard(shard, list(of_shard), opt_outs, max_image_bytes)


def without_row(row: Row) -> Fetched:
    """What became of a URL of which no shard has a row."""
    ended = row.get("ended") or {}
    refused = refusal(row["url"])
    outcome = refused if refused in NOT_FETCHABLE else outcomes.NOT_CAPTURED
    return Fetched(row["image_url_id"], row["url"], ended.get("outcome", outcome), ended.get("fault"))


def from_shard(
    shard: str, asked: Sequence[Row], opt_outs: OptOuts, max_image_bytes: int
) -> Iterator[Fetched]:
    """One `Fetched` for each row asked of one shard; those behind a damaged place are unreadable."""
    left = {row["warc_record_offset"]: row for row in asked}
    end = end_of(shard)
    fault = "the shard has no such row"
    try:
        for number, found in rows_at(shard, left):
            row = left.pop(number)
            yield replace(judged(row, found, opt_outs, max_image_bytes), fetch_time=end)
    except (InputError, OSError, pa.ArrowException, tarfile.TarError, KeyError) as error:
        fault = f"{type(error).__name__}: {error}"
    for number, row in left.items():
        detail = plain(f"{shard}, row {number}: {fault}")
        yield Fetched(row["image_url_id"], row["url"], outcomes.CAPTURE_UNREADABLE, detail)


def judged(row: Row, found: Row, opt_outs: OptOuts, max_image_bytes: int) -> Fetched:
    """The outcome of one row before anybody looks at its bytes."""
    fetched = Fetched(row["image_url_id"], row["url"], KEPT, attempts=1)
    if found.get("status") != SUCCESS:
        return failed(fetched, found)
    body, fetched_hash = found["body"], found.get("sha256")
    opted_out = opt_outs.of_content(fetched_hash or "")
    if opted_out:
        return replace(fetched, outcome=outcomes.OPTED_OUT, fault=opted_out)
    if body is None:
        fault = "the picture is not where img2dataset put it"
        return replace(fetched, outcome=outcomes.CAPTURE_UNREADABLE, fault=fault)
    if not body:
        return replace(fetched, outcome=EMPTY, fault="no bytes")
    if len(body) > max_image_bytes:
        return replace(fetched, outcome=outcomes.TOO_LARGE, fault=f"more than {max_image_bytes} bytes")
    # Without a width nothing was decoded, hence nothing encoded again: the hash is of these very bytes.
    as_fetched = fetched_hash is not None and found.get("original_width") is None
    if as_fetched and hashlib.sha256(body).hexdigest() != fetched_hash:
        return replace(fetched, outcome=CORRUPT, fault=f"img2dataset fetched bytes of sha256 {fetched_hash}")
    return replace(fetched, body=body)


def failed(fetched: Fetched, found: Row) -> Fetched:
    """What the words of a failure stand for."""
    words = found.get("error_message") or f"status {found.get('status')}"
    known = next((outcome for pattern, outcome in ENDINGS if pattern.search(words)), None)
    other = CORRUPT if found.get("status") == NOT_DECODED else outcomes.HTTP_ERROR
    status = HTTP_STATUS.match(words)
    return replace(
        fetched,
        outcome=known or other,
        fault=plain(words),
        http_status=int(status[1]) if status else None,
    )
