"""URLs: normalisation, resolution and identity.

The normal form of a URL: scheme and host in lower case, default port, fragment, user name and password
removed, empty path as "/", dot segments carried out, percent-escapes in upper case, characters outside
RFC 3986 percent-encoded as UTF-8. Path, query and its order are left as they are: they may matter to the
server. Identity is a hash of the normal form.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
SAFE = "!#$%&'()*+,/:;=?@[]~-._"
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
BARE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
UNESCAPED = "-._~!$'()*,:@"
# Most URLs are in normal form already: no port, user, escape or parameters, and nothing that needs an escape.
SIMPLE = r"[A-Za-z0-9!$&'()*+,/:=@~._-]"
PLAIN = re.compile(rf"(https?://[a-z0-9][a-z0-9._-]*)/{SIMPLE}*(?:\?{SIMPLE}+)?")
ROOTED = re.compile(rf"/(?!/){SIMPLE}*(?:\?{SIMPLE}+)?")
N_REMEMBERED = 1_024
"""A page asks for a picture and its link several times, and its neighbours for the same logos."""
STRIPPED = dict.fromkeys(map(ord, "\t\n\r"))


@lru_cache(maxsize=N_REMEMBERED)
def resolve(base: str, reference: str) -> str | None:
    """The absolute URL that `reference` names on a page at `base`; None when there is no such URL.

    RFC 3986, section 5.2, and, as browsers do: tabs and line ends removed, outer white space stripped,
    backslashes read as slashes, blanks and characters above ASCII in path and query percent-encoded.
    """
    cleaned = reference.translate(STRIPPED).strip(" \f\v\0")
    if not cleaned:
        return None
    if "/." not in cleaned:
        if PLAIN.fullmatch(cleaned):
            return cleaned
        if ROOTED.fullmatch(cleaned) and (page := PLAIN.match(base)):
            return page[1] + cleaned
    try:
        parts = urlsplit(urljoin(base, slashed(cleaned)))
        parts.port  # noqa: B018  raises on a port that is no number
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS:
        return urlunsplit(parts) or None
    path, query = (
        quote(part, safe=SAFE, errors="replace") for part in (without_dots(parts.path), parts.query)
    )
    return urlunsplit((parts.scheme, parts.netloc, path, query, parts.fragment))


def slashed(reference: str) -> str:
    """The reference with backslashes before query and fragment read as slashes; only http(s) has that rule."""
    scheme = SCHEME.match(reference)
    if scheme and scheme.group(1).lower() not in DEFAULT_PORTS:
        return reference
    end = min((index for index in map(reference.find, "?#") if index >= 0), default=len(reference))
    return reference[:end].replace("\\", "/") + reference[end:]


def without_dots(path: str) -> str:
    """The path with `.` and `..` segments carried out (RFC 3986, section 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == ".." and len(kept) > 1:
            kept.pop()
        elif segment not in (".", ".."):
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


@lru_cache(maxsize=N_REMEMBERED)
def normalise(url: str) -> str | None:
    """The normal form of an absolute http(s) URL; None for anything else."""
    if "/." not in url and PLAIN.fullmatch(url):
        return url
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
    return urlunsplit((scheme, netloc, escaped(without_dots(parts.path)) or "/", escaped(parts.query), ""))


def origin(url: str) -> str:
    """Scheme, host and port of a URL in normal form."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def ascii_host(host: str) -> str | None:
    """The host as it stands in a request: lower case, IDNA, IPv6 in brackets; None when it cannot be."""
    if ":" in host:
        return f"[{host}]"
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return host if re.fullmatch(r"[a-z0-9._-]+", host) else None


def escaped(text: str) -> str:
    """Characters unknown to RFC 3986 percent-encoded, escapes in upper case, stray percent signs escaped."""
    encoded = quote(BARE_PERCENT.sub("%25", text), safe=SAFE, errors="replace")
    return ESCAPE.sub(lambda match: match.group().upper(), encoded)


def hash_parts(*parts: str) -> str:
    """32 hex digits (128 bits) of the sha256 of the parts, each preceded by its length lest two run together."""
    joined = b"".join(
        b"%d:%s" % (len(data), data) for data in (part.encode("utf-8", "replace") for part in parts)
    )
    return hashlib.sha256(joined).hexdigest()[:32]


@lru_cache(maxsize=N_REMEMBERED)
def image_url_id(url: str) -> str:
    """Identity of an image URL; a URL with no normal form is identified as written.

    Pages escape characters that need no escape and crawlers undo it, so that `%2C` and a comma mean one picture.
    """
    return hash_parts(ESCAPE.sub(without_need, normalise(url) or url))


def without_need(escape: re.Match[str]) -> str:
    """The character of a percent-escape that no part of an http URL needs, else the escape."""
    character = chr(int(escape.group()[1:], 16))
    return (
        character
        if character.isascii() and (character.isalnum() or character in UNESCAPED)
        else escape.group()
    )


def document_id(url: str, fetch_time: str, warc_filename: str, offset: int, ordinal: int = 0) -> str:
    """Identity of a page: its URL, its capture time as written, and its record.

    A crawl may capture a URL twice in one second, so the record counts too: name of the WARC file, offset
    in bytes, number within its gzip member. Folders do not count: a file means the same pages wherever it
    is read from.
    """
    name = warc_filename.rstrip("/").rpartition("/")[2]
    return hash_parts(normalise(url) or url, fetch_time, name, str(offset), str(ordinal))
