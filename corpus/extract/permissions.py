"""What the owner of a page permits: robots directives and the reservation of text and data mining.

Goes in: the tree of a page, or the headers it came with. Comes out: robots directives, and whether mining is
reserved. <meta name="robots"> and X-Robots-Tag as Google documents them (Search Central, "Robots meta tag,
data-nosnippet, and X-Robots-Tag"); tdm-reservation as the TDM Reservation Protocol has it (W3C Community Group
report, 10 May 2024).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_DIRECTIVES = 50
MAX_DIRECTIVE_CHARACTERS = 100
EVERYBODY = ("", "*", "robots")
VALUED = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
# Names of <meta> that address one crawler: GPTBot, googlebot-news, Baiduspider; others hold other things.
CRAWLER = re.compile(r"[a-z0-9_.-]*(?:bot|spider|crawler)(?:-[a-z]+)?|google-extended|slurp|yandex|teoma")


def directives_in_page(root: Any) -> set[str]:
    """The directives of every <meta> that addresses robots, in the form that `directives_of` gives them."""
    found: set[str] = set()
    for name, content in metas(root):
        if name == "robots" or CRAWLER.fullmatch(name):
            found |= directives_of(content, name)
    return found


def directives_in_headers(headers: Mapping[str, str]) -> set[str]:
    """The directives of X-Robots-Tag; one line per header sent, because an addressee ends with its header."""
    lines = headers.get("x-robots-tag", "").splitlines()
    return {directive for line in lines for directive in directives_of(line)}


def directives_of(value: str, addressee: str = "") -> set[str]:
    """Directives in lower case. Those meant for one crawler begin with its name: `googlebot: noindex`.

    In a header, a name before a colon says whom the directives after it are meant for, up to the next name.
    """
    found = set()
    for item in re.split(r"[,;]", value.lower()):
        name, colon, rest = (part.strip() for part in item.partition(":"))
        if colon and name in VALUED:
            directive = f"{name}: {rest}"
        elif colon:
            addressee, directive = name, rest
        else:
            directive = name
        if directive:
            found.add(directive if addressee in EVERYBODY else f"{addressee}: {directive}")
    return found


def listed(directives: set[str]) -> list[str]:
    """Directives as they are recorded: sorted, and bounded, because anything may stand in a page."""
    return sorted({each[:MAX_DIRECTIVE_CHARACTERS] for each in directives})[:MAX_DIRECTIVES]


def reserved_in_page(root: Any) -> bool:
    """Whether a <meta> of the page reserves text and data mining; of two that disagree the reserving one counts."""
    return any(reserves({name: content}) for name, content in metas(root))


def reserves(declared: Mapping[str, str]) -> bool:
    """Whether headers, or metadata by name, reserve mining. `tdm-policy` says where a licence is to be had and
    reserves nothing by itself: 1 is the value of `tdm-reservation` that does."""
    return declared.get("tdm-reservation", "").strip() == "1"


def metas(root: Any) -> Iterator[tuple[str, str]]:
    """Name in lower case and content of each <meta> that has both."""
    for meta in root.iter("meta"):
        if (name := meta.get("name")) and (content := meta.get("content")):
            yield name.strip().lower(), content.strip()
