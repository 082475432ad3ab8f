"""Turns at a host: how many requests at once, how many per second, and the pauses that it asks for.

Goes in: the host of a request. Comes out: the moment at which the request may be made, or none when the host asks for
longer pauses than a task has time for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from corpus.config import Fetch
from corpus.fetch.outcomes import (
    BUSY_STATUSES,
    CONNECT_FAILED,
    DNS_FAILED,
    LEFT_ALONE,
    TIMEOUT,
    TLS_FAILED,
    TOO_SLOW,
    Refused,
)
from corpus.urls import normalise

MAX_FAILURES_IN_A_ROW = 5
UNREACHABLE = (DNS_FAILED, CONNECT_FAILED, TLS_FAILED, TIMEOUT, TOO_SLOW)
DEFAULT_PAUSE_S = 5.0


@dataclass
class Host:
    """One host as a task sees it.

    `free_at_s` is the loop time from which the next request may start; `failures` are the outcomes of
    its last URLs, as far back as the host was away or busy; `closed` says why nothing is asked any more.
    """

    connections: asyncio.Semaphore
    interval_s: float
    free_at_s: float = 0.0
    failures: list[str] = field(default_factory=list)
    closed: str | None = None


@dataclass
class Hosts:
    """All hosts of a task and the connections that they share; `shares` is the number of tasks that ask the same host,
    where it is more than one: each has so much of its rate and connections."""

    settings: Fetch
    shares: Mapping[str, int] = field(default_factory=dict)
    known: dict[str, Host] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slots = asyncio.Semaphore(self.settings.connections)

    def host(self, name: str) -> Host:
        if name not in self.known:
            n_shares = self.shares.get(name, 1)
            connections = asyncio.Semaphore(max(1, self.settings.connections_per_host // n_shares))
            self.known[name] = Host(connections, n_shares / self.settings.requests_per_s_per_host)
        return self.known[name]


def host_of(url: str) -> str:
    """The host of a URL, empty when it has none."""
    return hostname(normalise(url) or "")


def hostname(normal_url: str) -> str:
    """The host of a URL in normal form."""
    return urlsplit(normal_url).hostname or ""


def remember(host: Host, outcome: str, http_status: int | None) -> None:
    """Note how a URL of a host ended."""
    if outcome in UNREACHABLE or http_status in BUSY_STATUSES:
        host.failures.append(outcome)
    else:
        host.failures.clear()


@asynccontextmanager
async def turn(hosts: Hosts, name: str) -> AsyncIterator[None]:
    """Wait for a connection of the host, then for its rate and pauses, then for one of the connections that all
    hosts share. Raises Refused when the host is closed."""
    host = hosts.host(name)
    clock = asyncio.get_running_loop().time
    async with host.connections:
        while not host.closed and (wait_s := host.free_at_s - clock()) > 0:
            await asyncio.sleep(wait_s)
        if host.closed:
            raise Refused(LEFT_ALONE, host.closed)
        host.free_at_s = clock() + host.interval_s
        async with hosts.slots:
            yield


def heed(hosts: Hosts, name: str, http_status: int | None, retry_after: str | None) -> None:
    """Leave a host alone that says it is busy, for as long as it asks."""
    if http_status in BUSY_STATUSES:
        asked_s = pause_s(retry_after or "", datetime.now(UTC))
        pause(hosts, hosts.host(name), DEFAULT_PAUSE_S if asked_s is None else asked_s)


def slow_down(hosts: Hosts, name: str, crawl_delay_s: float) -> None:
    """Let at least `crawl_delay_s` pass between the requests to a host, those of all tasks that share it."""
    host = hosts.host(name)
    host.interval_s = max(host.interval_s, crawl_delay_s * hosts.shares.get(name, 1))
    pause(hosts, host, crawl_delay_s)


def pause_s(retry_after: str, now: datetime) -> float | None:
    """Seconds that a Retry-After asks for, given as such or as a date (RFC 9110, 10.2.3); None when it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
        return max((until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds(), 0.0)
    except (ValueError, OverflowError):
        return None


def pause(hosts: Hosts, host: Host, asked_s: float) -> None:
    """Ask nothing of a host for a while; nothing at all any more when the while is longer than `max_pause_s`."""
    if asked_s > hosts.settings.max_pause_s:
        host.closed = f"the host asks for a pause of {asked_s:.0f} s"
    host.free_at_s = max(host.free_at_s, asyncio.get_running_loop().time() + asked_s)
