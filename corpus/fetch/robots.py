"""What a site asks of robots: robots.txt, X-Robots-Tag and the TDM reservation.

Goes in: the text of a robots.txt, or the headers of an answer. Comes out: whether a path may be asked for by which
rule, or whether the image was opted out. RFC 9309, and Crawl-delay, which it leaves open; X-Robots-Tag as Google
documents it, with the noai and noimageai of DeviantArt; TDM Reservation Protocol (W3C community group report, 2024).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from corpus.fetch.outcomes import plain
from corpus.urls import escaped

AGENT = "interleaved-corpus"
MAX_ROBOTS_BYTES = 512 * 1024
OPT_OUTS = {"noai", "noimageai", "noindex", "noimageindex", "none"}
VALUED_DIRECTIVES = {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
PATH_RULES, CRAWL_DELAY = ("allow", "disallow"), "crawl-delay"
SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
DECLARATIONS = ("x-robots-tag", "tdm-reservation", "tdm-policy")


@dataclass(frozen=True)
class Rules:
    """What a robots.txt asks of one agent: (path pattern, allowed) pairs and seconds between requests; `url` and
    `http_status` are those of the answer that they stand in."""

    patterns: tuple[tuple[str, bool], ...] = ()
    crawl_delay_s: float = 0.0
    url: str | None = None
    http_status: int | None = None

    @property
    def failed(self) -> bool:
        """True when the server could not tell its rules: then all is disallowed (RFC 9309, 2.3.1.4)."""
        return self.http_status == 429 or (self.http_status or 0) >= 500


def rules_for(text: str, agent: str) -> Rules:
    """The rules of the groups that name `agent`, else of the groups for *.

    Crawl-delay must not change how the rules of RFC 9309 are grouped (2.2.4), but ends a group of its own.
    """
    is_named = any(key == "user-agent" and value.lower() == agent.lower() for key, value in lines(text))
    name = agent.lower() if is_named else "*"
    patterns = ((value, key == "allow") for agents, key, value in grouped(text, PATH_RULES) if name in agents)
    delays = (
        float(value)
        for agents, key, value in grouped(text, (*PATH_RULES, CRAWL_DELAY))
        if name in agents and key == CRAWL_DELAY and SECONDS.fullmatch(value)
    )
    return Rules(tuple(patterns), max(delays, default=0.0))


def grouped(text: str, keys: tuple[str, ...]) -> Iterator[tuple[set[str], str, str]]:
    """The lines with these keys and a value, each with the agents of its group, in lower case."""
    agents: set[str] = set()
    in_rules = False
    for key, value in lines(text):
        if key == "user-agent":
            if in_rules:
                agents, in_rules = set(), False
            agents.add(value.lower())
        elif key in keys:
            in_rules = True
            if value:
                yield agents, key, value


def lines(text: str) -> Iterable[tuple[str, str]]:
    """The `key: value` lines of a robots.txt, keys in lower case, comments removed."""
    for line in text.removeprefix("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), escaped(value.strip())


def deciding(rules: Rules, url: str) -> tuple[str, bool] | None:
    """The longest rule that matches `url`, of equally long ones one that allows (RFC 9309, 2.2.2); None when none
    matches, which allows it too."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    matching = (rule for rule in rules.patterns if matches(rule[0], path))
    return max(matching, default=None, key=lambda rule: (len(rule[0]), rule[1]))


def matches(pattern: str, path: str) -> bool:
    """True when `pattern` matches the beginning of `path`; * stands for anything, a final $ for the end.

    The parts between stars are looked for from left to right, which takes linear time whatever the pattern.
    """
    to_end = pattern.endswith("$")
    first, *parts = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not parts:
        return not to_end or at == len(path)
    last = parts.pop()
    for part in parts:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if to_end:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) >= 0


def opt_out(headers: Iterable[tuple[str, str]], agent: str) -> str | None:
    """The header by which the owner of an image keeps it out of data sets, as `name: value`; None when there
    is none."""
    for name, value in headers:
        lowered = name.lower()
        if lowered == "x-robots-tag" and directives(value, agent) & OPT_OUTS:
            return f"{lowered}: {value}"[:200]
        if lowered == "tdm-reservation" and value.strip() == "1":
            return "tdm-reservation: 1"
    return None


def declared(headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """What the headers of an answer say of its use, by the columns of `images`: X-Robots-Tag, several one a line, and
    both headers of the TDM Reservation Protocol."""
    found: dict[str, list[str]] = {name: [] for name in DECLARATIONS}
    for name, value in headers:
        if name.lower() in found:
            found[name.lower()].append(value.strip())
    return {name.replace("-", "_"): plain(",\n".join(values)) or None for name, values in found.items()}


def directives(value: str, agent: str) -> set[str]:
    """The directives of one X-Robots-Tag that are meant for `agent` or for everybody, in lower case.

    A name before a colon says whom the directives after it are meant for, up to the next name.
    """
    found, for_us = set(), True
    for item in re.split(r"[,;]", value.lower()):
        name, colon, rest = item.strip().partition(":")
        if colon and name.strip() not in VALUED_DIRECTIVES:
            for_us = name.strip() in ("*", agent.lower())
            name = rest
        if for_us:
            found.add(name.strip())
    return found
