"""Pictures written into a page as data: URIs.

Goes in: an HTML page as captured. Comes out: its data: URIs by the identity that references have, and the bytes in
them. RFC 2397; base64 as browsers read it (WHATWG Infra, forgiving-base64 decode).
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from itertools import chain
from urllib.parse import unquote_to_bytes

from corpus.urls import hash_parts

WRITTEN = re.compile(r"data:image/[^\"'<>\s]+", re.IGNORECASE)
QUOTED = re.compile(r"\"\s*(data:image/[^\"]+)|'\s*(data:image/[^']+)", re.IGNORECASE)
WHITE_SPACE = b"\t\n\f\r "


def data_uri_id(uri: str) -> str:
    """Identity of a data: URI: a hash of it as written."""
    return hash_parts(uri)


def data_uris(body: bytes) -> dict[str, str]:
    """The data: URIs of images in a page by identity: what fills a quoted attribute, lines broken or not, and what ends
    at a blank, a quote or an angle bracket. Everything of a base64 URI is ASCII, so the encoding of the page does not
    matter, unless it writes ASCII in two bytes."""
    text = body.decode("latin-1")
    quoted = (match[1] or match[2] for match in QUOTED.finditer(text))
    found = (html.unescape(uri).strip() for uri in chain(quoted, map(re.Match.group, WRITTEN.finditer(text))))
    return {data_uri_id(uri): uri for uri in found}


def data_uri_bytes(uri: str) -> bytes:
    """What a data: URI holds. Raises ValueError with what is wrong with it."""
    head, comma, data = uri.partition(",")
    if not comma:
        raise ValueError("no comma before the data")
    decoded = unquote_to_bytes(data)
    if not head.rstrip().lower().endswith(";base64"):
        return decoded
    packed = decoded.translate(None, WHITE_SPACE).rstrip(b"=")
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(f"base64: {error}") from None
