"""Turns at a host: how many requests at once, how many per second, and what its robots.txt asks for.

Goes in: the host of a request. Comes out: the moment at which the request may be made.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from corpus.fetch.outcomes import CONNECT_FAILED, DNS_FAILED, TIMEOUT, TLS_FAILED

MAX_FAILURES_IN_A_ROW = 5
UNREACHABLE = (DNS_FAILED, CONNECT_FAILED, TLS_FAILED, TIMEOUT)
MAX_PAUSE_S = 60.0
DEFAULT_PAUSE_S = 5.0
BUSY_STATUSES = (429, 503)


@dataclass
class Host:
    """One host as a task sees it.

    `free_at_s` is the loop time from which the next request may start; `failures` are the outcomes of
    its last URLs, as far back as none had a whole answer.
    """

    connections: asyncio.Semaphore
    interval_s: float
    free_at_s: float = 0.0
    failures: list[str] = field(default_factory=list)


@dataclass
class Hosts:
    """All hosts of a task and the connections that they share."""

    connections: int
    connections_per_host: int
    requests_per_s: float
    known: dict[str, Host] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slots = asyncio.Semaphore(self.connections)

    def host(self, name: str) -> Host:
        if name not in self.known:
            self.known[name] = Host(asyncio.Semaphore(self.connections_per_host), 1 / self.requests_per_s)
        return self.known[name]


def remember(host: Host, outcome: str) -> None:
    """Note how the last URL of a host ended."""
    if outcome in UNREACHABLE:
        host.failures.append(outcome)
    else:
        host.failures.clear()


@asynccontextmanager
async def turn(hosts: Hosts, name: str) -> AsyncIterator[None]:
    """Wait for a connection of the host, then for its rate, then for one of the connections that all hosts
    share."""
    host = hosts.host(name)
    async with host.connections:
        now_s = asyncio.get_running_loop().time()
        starts_at_s = max(now_s, host.free_at_s)
        host.free_at_s = starts_at_s + host.interval_s
        await asyncio.sleep(starts_at_s - now_s)
        async with hosts.slots:
            yield


def heed(host: Host, http_status: int | None, retry_after: str | None) -> None:
    """Leave a host alone that says it is busy, for as long as it asks (Retry-After, RFC 9110, 10.2.3), within
    bounds."""
    if http_status in BUSY_STATUSES:
        asked = retry_after or ""
        pause_s = min(float(asked), MAX_PAUSE_S) if asked.isascii() and asked.isdigit() else DEFAULT_PAUSE_S
        host.free_at_s = max(host.free_at_s, asyncio.get_running_loop().time() + pause_s)
