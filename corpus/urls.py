"""URLs: normalisation, resolution and identity.

Identity hashes a normalised URL: scheme and host in lower case, default port, fragment, user name and password
removed, empty path as "/", percent-escapes in upper case, characters outside RFC 3986 percent-encoded as UTF-8.
Path, query and its order are left as they are: they may matter to the server.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
SAFE = "!#$%&'()*+,/:;=?@[]~-._"
ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
BARE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
STRIPPED = dict.fromkeys(map(ord, "\t\n\r"))


def resolve(base: str, reference: str) -> str | None:
    """The absolute URL that `reference` names on a page at `base` (RFC 3986, section 5.2, and, as browsers do, with
    tabs and line ends removed and outer white space stripped); None when there is no such URL."""
    cleaned = reference.translate(STRIPPED).strip(" \f\v\0")
    if not cleaned:
        return None
    try:
        absolute = urljoin(base, cleaned)
        urlsplit(absolute).port  # noqa: B018  raises on a port that is no number
    except ValueError:
        return None
    return absolute or None


def normalise(url: str) -> str | None:
    """The normal form of an absolute http(s) URL; None for anything else."""
    try:
        parts = urlsplit(url.translate(STRIPPED).strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not host:
        return None
    host = ascii_host(host)
    if host is None:
        return None
    netloc = host if port in (None, DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    return urlunsplit((scheme, netloc, escaped(parts.path) or "/", escaped(parts.query), ""))


def ascii_host(host: str) -> str | None:
    """The host as it stands in a request: lower case, IDNA-encoded, IPv6 in brackets; None when it cannot be."""
    if ":" in host:
        return f"[{host}]"
    if host.isascii():
        return host if re.fullmatch(r"[a-z0-9._-]+", host) else None
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None


def escaped(text: str) -> str:
    """Characters that RFC 3986 does not know percent-encoded, escapes in upper case, stray percent signs escaped."""
    encoded = quote(BARE_PERCENT.sub("%25", text), safe=SAFE, errors="replace")
    return ESCAPE.sub(lambda match: match.group().upper(), encoded)


def hash_parts(*parts: str) -> str:
    """32 hex digits (128 bits) of the sha256 of the parts, each preceded by its length so that none runs into the
    next."""
    joined = b"".join(b"%d:%s" % (len(data), data) for data in (part.encode("utf-8", "replace") for part in parts))
    return hashlib.sha256(joined).hexdigest()[:32]


def image_url_id(url: str) -> str:
    """Identity of an image URL; a URL with no normal form is identified as written."""
    return hash_parts(normalise(url) or url)


def document_id(url: str, fetch_time: str, warc_filename: str, offset: int, ordinal: int = 0) -> str:
    """Identity of a page: its URL, its capture time as written, and its record.

    A crawl may capture a URL twice in one second, so the record counts too: name of the WARC file, offset in bytes,
    number within its gzip member. Folders do not count: a file means the same pages wherever it is read from.
    """
    name = warc_filename.rstrip("/").rpartition("/")[2]
    return hash_parts(normalise(url) or url, fetch_time, name, str(offset), str(ordinal))
