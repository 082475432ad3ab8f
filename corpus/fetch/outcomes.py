"""What can become of an image URL: the record of one, and the one list of outcomes of table `images`.

Goes in: nothing. Comes out: a name for each way in which an image is not had; those about the bytes stand in
`pixels` and `child`; a picture that takes too long to decode is a `deadline` too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from corpus import child, pixels
from corpus.columns import KEPT

MAX_DETAIL = 200

DATA_URI = "data_uri"
UNSUPPORTED_SCHEME = "unsupported_scheme"
BAD_URL = "bad_url"
PORT_REFUSED = "port_refused"
ADDRESS_REFUSED = "address_refused"
ROBOTS_DISALLOWED = "robots_disallowed"
OPTED_OUT = "opted_out"
BLOCKED = "blocked"
FORGOTTEN = "forgotten"
DNS_FAILED = "dns_failed"
CONNECT_FAILED = "connect_failed"
TLS_FAILED = "tls_failed"
HTTP_ERROR = "http_error"
TOO_MANY_REDIRECTS = "too_many_redirects"
TOO_LARGE = "too_large"
TIMEOUT = "timeout"
TOO_SLOW = "too_slow"
DEADLINE = "deadline"
LEFT_ALONE = "left_alone"
NOT_CAPTURED = "not_captured"
CAPTURE_UNREADABLE = "capture_unreadable"
SHARD_LOST = "shard_lost"

OUTCOMES = (
    KEPT,
    DATA_URI, UNSUPPORTED_SCHEME, BAD_URL, PORT_REFUSED, ADDRESS_REFUSED,
    ROBOTS_DISALLOWED, OPTED_OUT, BLOCKED, FORGOTTEN,
    DNS_FAILED, CONNECT_FAILED, TLS_FAILED, HTTP_ERROR, TOO_MANY_REDIRECTS, TOO_LARGE, TIMEOUT, TOO_SLOW,
    DEADLINE, LEFT_ALONE,
    NOT_CAPTURED, CAPTURE_UNREADABLE, SHARD_LOST,
    child.OUT_OF_MEMORY, child.CRASHED,
    *pixels.FAULTS,
)  # fmt: skip

# What may pass. A resolver under load fails names that exist; a timeout has used up the time of its URL.
PASSING = (DNS_FAILED, CONNECT_FAILED, pixels.TRUNCATED)
PASSING_STATUSES = (429, 500, 502, 503, 504)
BUSY_STATUSES = (429, 503)

# What may end otherwise in another run, besides PASSING_STATUSES.
AGAIN = (*PASSING, TIMEOUT, TOO_SLOW, DEADLINE, LEFT_ALONE, SHARD_LOST)

NOT_FETCHABLE = (UNSUPPORTED_SCHEME, DATA_URI, BAD_URL)  # wherever it is looked for


class Refused(Exception):  # noqa: N818  a finding about a URL, not an error of ours
    """An image is not had; `outcome` is one of OUTCOMES, `detail` says what was met."""

    def __init__(self, outcome: str, detail: str | None = None) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.detail = plain(detail)


def plain(text: str | None) -> str | None:
    """A text from a stranger, cut short and fit to be stored."""
    return text and text[:MAX_DETAIL].encode("utf-8", "replace").decode()


def may_pass(outcome: str, http_status: int | None) -> bool:
    """Whether a URL that ended so may end otherwise when it is asked for again."""
    return outcome in PASSING or (outcome == HTTP_ERROR and http_status in PASSING_STATUSES)


@dataclass
class Fetched:
    """What asking for one URL gave, filled in as it is heard; `body` is there when `outcome` is kept, and nobody has
    looked at it yet.

    `final_url` is the last URL asked for, `attempts` the requests made, redirects not counted, `elapsed_s`
    the seconds spent on requests, waiting for one's turn at a host or before a repetition not counted.
    """

    image_url_id: str
    url: str
    outcome: str
    fault: str | None = None
    http_status: int | None = None
    final_url: str | None = None
    attempts: int = 0
    elapsed_s: float = 0.0
    fetch_time: datetime | None = None
    media_type_declared: str | None = None
    robots_url: str | None = None
    robots_status: int | None = None
    robots_rule: str | None = None
    x_robots_tag: str | None = None
    tdm_reservation: str | None = None
    tdm_policy: str | None = None
    body: bytes | None = None
