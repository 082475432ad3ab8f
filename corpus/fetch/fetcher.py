"""Images from the web.

Goes in: (image URL id, URL) pairs. Comes out: one `Fetched` for each, in no particular order. Hosts are
worked through side by side, each at its own pace; redirects are followed by hand, each target through the
guard. What failed in a way that may pass goes back to the end of its host's queue.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import aiohttp

from corpus.columns import KEPT
from corpus.config import Fetch
from corpus.fetch import outcomes, robots
from corpus.fetch.drain import Deliver, drained
from corpus.fetch.exchange import (
    Answer,
    ResolverFactory,
    hear_image,
    open_session,
    user_agent,
    within,
)
from corpus.fetch.guard import Gate
from corpus.fetch.hosts import MAX_FAILURES_IN_A_ROW, Host, Hosts, heed, host_of, hostname, remember, turn
from corpus.fetch.opt_outs import OptOuts, read_opt_outs
from corpus.fetch.outcomes import Fetched, Refused, may_pass, plain
from corpus.fetch.robots_files import RobotsFiles, forbidden, rules_of
from corpus.urls import normalise

AHEAD = 16
UNSHARED: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Try:
    """A row that waits for its turn: how often it was tried, and the loop time before which it is not tried again."""

    index: int
    n_before: int = 0
    ready_at_s: float = 0.0


@dataclass
class Round:
    """What the requests of one task share.

    `left` holds the rows not yet delivered, as far as they have come.
    """

    settings: Fetch
    hosts: Hosts
    session: aiohttp.ClientSession
    robots: RobotsFiles
    deliver: Deliver[Fetched]
    left: dict[int, Fetched]


def fetch_urls(
    urls: Iterable[tuple[str, str]],
    settings: Fetch,
    gate: Gate | None = None,
    resolver: ResolverFactory | None = None,
    shares: Mapping[str, int] = UNSHARED,
    opt_outs: OptOuts | None = None,
) -> Iterator[Fetched]:
    """Ask for each URL, up to `max_attempts` times. Raises SettingsError without `fetch.contact`, and where the list
    of opt-outs, read here unless it is given, cannot be read. `gate` is by default the public Internet at the ports of
    the settings; `shares` tells of hosts that other tasks ask too how many tasks that are.

    Held at a time: all pairs, and at most `connections` + 2 AHEAD bodies of `max_image_bytes` each.
    """
    user_agent(settings.contact)
    listed = read_opt_outs(settings.opt_outs) if opt_outs is None else opt_outs
    gate = gate or Gate(ports=frozenset(settings.allowed_ports))
    left = {index: Fetched(id_, url, outcomes.DEADLINE) for index, (id_, url) in enumerate(urls)}

    async def fetch(deliver: Deliver[Fetched]) -> None:
        hosts = Hosts(settings, shares)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(settings.connections, "dns"))
        async with open_session(settings, gate, resolver) as session:
            files = RobotsFiles(settings, gate, hosts, session, listed)
            await fetch_all(Round(settings, hosts, session, files, deliver, left))
        for row in left.values():
            await deliver(row)

    return drained(fetch, AHEAD)


async def fetch_all(round_: Round) -> None:
    """Work through `left`, host by host side by side, until nothing is left or the task's deadline passes."""
    waiting: dict[str, deque[Try]] = defaultdict(deque)
    for index, row in round_.left.items():
        waiting[host_of(row.url)].append(Try(index))
    width = round_.settings.connections_per_host
    lanes = [
        asyncio.create_task(lane(round_, round_.hosts.host(name), queue))
        for name, queue in waiting.items()
        for _ in range(width)
    ]
    try:
        if lanes:
            timeout_s = round_.settings.task_deadline_s
            done, _ = await asyncio.wait(lanes, timeout=timeout_s, return_when=asyncio.FIRST_EXCEPTION)
            for finished in done:
                finished.result()
    finally:
        running: list[asyncio.Task[Any]] = [*lanes, *round_.robots.asked.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def lane(round_: Round, host: Host, waiting: deque[Try]) -> None:
    """Fetch what waits at one host, one after the other, until the host has failed too often."""
    clock = asyncio.get_running_loop().time
    while waiting:
        now = waiting.popleft()
        row = round_.left[now.index]
        if now.ready_at_s:
            await asyncio.sleep(max(now.ready_at_s - clock(), 0.0))
        if len(host.failures) >= MAX_FAILURES_IN_A_ROW:
            fault = f"not asked any more: the host failed {len(host.failures)} times in a row"
            row.outcome, row.fault = host.failures[-1], fault
            await settle(round_, now.index)
            continue
        try:
            await follow(round_, now.index)
        except Refused as refused:
            row.fault = refused.detail
            remember(host, refused.outcome, row.http_status)
            n_tries = now.n_before + 1
            if may_pass(refused.outcome, row.http_status) and n_tries < round_.settings.max_attempts:
                ready_at_s = clock() + backoff_s(round_.settings.retry_pause_s, row.url, n_tries)
                waiting.append(Try(now.index, n_tries, ready_at_s))
            else:
                row.outcome = refused.outcome
                await settle(round_, now.index)
        else:
            remember(host, KEPT, None)


def backoff_s(first_s: float, url: str, n_tries: int) -> float:
    """The pause before a URL is tried again: doubled with each try, times 0.5 to 1.5 by the URL, lest what failed
    together come back together."""
    return first_s * 2.0 ** (n_tries - 1) * (0.5 + random.Random(f"{url} {n_tries}").random())


async def settle(round_: Round, index: int) -> None:
    """Deliver a row that has ended; it is left until somebody took it."""
    await round_.deliver(round_.left[index])
    del round_.left[index]


async def follow(round_: Round, index: int) -> None:
    """Follow one URL through its redirects to its end. Raises Refused.

    A body is delivered while its connection is held: so there are never more bodies in memory than
    connections.
    """
    row = round_.left[index]
    url, attempts = row.url, row.attempts + 1
    for _ in range(round_.settings.max_redirects + 1):
        url = await admitted(round_, row, url)
        async with turn(round_.hosts, hostname(url)):
            row.attempts = attempts
            answer = await ask(round_, row, url)
            if answer.location is None:
                row.outcome, row.fault, row.body = KEPT, None, answer.body
                return await settle(round_, index)
        url = answer.location
    raise Refused(outcomes.TOO_MANY_REDIRECTS, f"the next leads to {url}")


async def admitted(round_: Round, row: Fetched, url: str) -> str:
    """The normal form of a URL that may be asked for; Refused when the guard, the opt-outs or robots.txt forbid it.
    What robots.txt says of it goes into its row."""
    finding = forbidden(round_.robots, url)
    if finding:
        raise Refused(*finding)
    url = normalise(url) or url
    rules = await rules_of(round_.robots, url)
    rule = robots.deciding(rules, url)
    row.robots_url, row.robots_status = plain(rules.url), rules.http_status
    row.robots_rule = plain(rule and f"{'Allow' if rule[1] else 'Disallow'}: {rule[0]}")
    if rules.failed:
        raise Refused(outcomes.ROBOTS_DISALLOWED, f"{rules.url} answered {rules.http_status}")
    if rule and not rule[1]:
        raise Refused(outcomes.ROBOTS_DISALLOWED, rules.url)
    return url


async def ask(round_: Round, row: Fetched, url: str) -> Answer:
    """One request for an image; what is heard goes into its row. Raises Refused."""
    row.final_url, row.fetch_time = url, datetime.now(UTC)
    clock, answer, settings = asyncio.get_running_loop().time, Answer(), round_.settings
    begun_s = clock()
    try:
        exchange = hear_image(round_.session, url, settings, answer)
        await within(settings.deadline_s - row.elapsed_s, exchange)
    finally:
        heed(round_.hosts, hostname(url), answer.http_status, answer.retry_after)
        row.http_status, row.media_type_declared = answer.http_status, answer.media_type_declared
        vars(row).update(answer.declared)
        row.elapsed_s += clock() - begun_s
    return answer
