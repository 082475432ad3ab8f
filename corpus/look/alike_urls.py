"""Pages whose URL a person writes otherwise than the crawl did.

Goes in: what the person wrote, and URLs of pages on its host. Comes out: the URLs that mean the same (capitals of the
host, a default port, a fragment, escapes, a host in its own script), and those that only come near it.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import pyarrow.compute as pc

from corpus.urls import normalise

MAX_NEAR = 3


def on_host(what: str) -> pc.Expression | None:
    """True of the pages whose `url` holds the host of `what`, in capitals or not, as IDNA or in its own script; None
    when there is no host in it."""
    host = urlsplit(addressed(what) or "").hostname
    if not host:
        return None
    spellings = {host, in_own_script(host)}
    found = pc.scalar(False)
    for spelling in sorted(spellings):
        found = found | pc.match_substring(pc.field("url"), spelling.removeprefix("www."), ignore_case=True)
    return found


def in_own_script(host: str) -> str:
    try:
        return host.encode().decode("idna")
    except UnicodeError:
        return host


def addressed(what: str) -> str | None:
    """The normal form of what may be a URL, written with its scheme or without."""
    return normalise(what if "://" in what else f"https://{what}")


def same_urls(written: Iterable[str], what: str) -> set[str]:
    """Those of the URLs that have the normal form of `what`."""
    normal = normalise(what)
    return {url for url in written if normal and normalise(url) == normal}


def near_urls(written: Iterable[str], what: str) -> list[str]:
    """Some of the URLs that differ from it in scheme, `www.`, query, capitals or a slash at the end alone."""
    wanted = loosened(what)
    return sorted({url for url in written if wanted and loosened(url) == wanted})[:MAX_NEAR]


def loosened(url: str) -> str:
    parts = urlsplit(addressed(url) or "")
    return f"{parts.netloc.removeprefix('www.')}{parts.path}".rstrip("/").lower()
