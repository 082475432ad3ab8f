"""The robots.txt of every origin that a task asks, each fetched once.

Goes in: a URL. Comes out: the rules of its origin, when they are there; its host is slowed down by them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import aiohttp

from corpus.config import Fetch
from corpus.fetch import outcomes
from corpus.fetch.exchange import Answer, hear_robots, within
from corpus.fetch.guard import Gate, refusal
from corpus.fetch.hosts import Hosts, heed, host_of, slow_down, turn
from corpus.fetch.opt_outs import OptOuts
from corpus.fetch.outcomes import Refused
from corpus.fetch.robots import AGENT, Rules, rules_for
from corpus.urls import normalise, origin


@dataclass
class RobotsFiles:
    """The robots.txt of each origin, being fetched or there, and what it is fetched with."""

    settings: Fetch
    gate: Gate
    hosts: Hosts
    session: aiohttp.ClientSession
    opt_outs: OptOuts
    asked: dict[str, asyncio.Task[Rules]] = field(default_factory=dict)


def forbidden(files: RobotsFiles, url: str) -> tuple[str, str] | None:
    """Outcome and fault of a URL that the guard or the opt-outs forbid, whatever robots.txt says; None for others."""
    refused = refusal(url, files.gate)
    if refused:
        return refused, url
    opted_out = files.opt_outs.of_url(url)
    return (outcomes.OPTED_OUT, opted_out) if opted_out else None


async def rules_of(files: RobotsFiles, url: str) -> Rules:
    """The rules for a URL in normal form. Raises Refused, with the outcome of the failure, when its host cannot be
    reached: then its images cannot either."""
    place = origin(url)
    if place not in files.asked or unreached(files.asked[place]):
        files.asked[place] = asyncio.create_task(fetch_rules(files, place))
    asked = files.asked[place]
    return asked.result() if asked.done() else await asyncio.shield(asked)


def unreached(rules: asyncio.Task[Rules]) -> bool:
    """True when a robots.txt is to be asked for again, because its host was not reached."""
    error = rules.exception() if rules.done() and not rules.cancelled() else None
    return isinstance(error, Refused) and error.outcome in (outcomes.DNS_FAILED, outcomes.CONNECT_FAILED)


async def fetch_rules(files: RobotsFiles, place: str) -> Rules:
    """The rules of an origin's robots.txt, none when there is no such file (RFC 9309, 2.3.1). Raises Refused."""
    url, answer = f"{place}/robots.txt", Answer()
    for _ in range(files.settings.max_redirects + 1):
        answer = Answer()
        async with turn(files.hosts, host_of(url)):
            try:
                await within(
                    files.settings.deadline_s, hear_robots(files.session, url, files.settings, answer)
                )
            except Refused as refused:
                raise Refused(refused.outcome, f"{url}: {refused.detail}") from None
            finally:
                heed(files.hosts, host_of(url), answer.http_status, answer.retry_after)
        if answer.location is None or forbidden(files, answer.location):
            break
        url = normalise(answer.location) or answer.location
    rules = rules_for(answer.body.decode("utf-8", "replace"), AGENT)
    slow_down(files.hosts, host_of(place), rules.crawl_delay_s)
    return replace(rules, url=url, http_status=answer.http_status)
