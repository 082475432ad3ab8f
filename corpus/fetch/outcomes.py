"""What can become of an image URL: the record of one, and the one list of outcomes of table `images`.

Goes in: nothing. Comes out: a name for each way in which an image is not had; those about the bytes stand in
`pixels` and `child`; a picture that takes too long to decode is a `deadline` too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from corpus import child, pixels
from corpus.columns import KEPT

DATA_URI = "data_uri"
UNSUPPORTED_SCHEME = "unsupported_scheme"
BAD_URL = "bad_url"
PORT_REFUSED = "port_refused"
ADDRESS_REFUSED = "address_refused"
ROBOTS_DISALLOWED = "robots_disallowed"
OPTED_OUT = "opted_out"
DNS_FAILED = "dns_failed"
CONNECT_FAILED = "connect_failed"
TLS_FAILED = "tls_failed"
HTTP_ERROR = "http_error"
TOO_MANY_REDIRECTS = "too_many_redirects"
TOO_LARGE = "too_large"
TIMEOUT = "timeout"
DEADLINE = "deadline"
NOT_CAPTURED = "not_captured"
CAPTURE_UNREADABLE = "capture_unreadable"

OUTCOMES = (
    KEPT,
    DATA_URI, UNSUPPORTED_SCHEME, BAD_URL, PORT_REFUSED, ADDRESS_REFUSED,
    ROBOTS_DISALLOWED, OPTED_OUT,
    DNS_FAILED, CONNECT_FAILED, TLS_FAILED, HTTP_ERROR, TOO_MANY_REDIRECTS, TOO_LARGE, TIMEOUT, DEADLINE,
    NOT_CAPTURED, CAPTURE_UNREADABLE,
    child.OUT_OF_MEMORY, child.CRASHED,
    *pixels.FAULTS,
)  # fmt: skip


@dataclass(frozen=True)
class Fetched:
    """What asking for one URL gave; `body` is there when `outcome` is kept, and nobody has looked at it yet.

    `final_url` is the last URL asked for, `attempts` the requests made, redirects not counted, `elapsed_s`
    the seconds spent on requests, waiting for one's turn at a host not counted.
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
    body: bytes | None = None
