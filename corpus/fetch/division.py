"""Which task asks for which image URL: hosts of one registered domain in one task, unless they are too many for it.

Goes in: how many URLs there are, and the domains and hosts with many of them. Comes out: a `Division`, which gives each
host its task, and of a host with more URLs than fit one task the number of tasks that share it. Domains are registered
under the public suffixes of registries (publicsuffix.org, the list within publicsuffixlist); those of companies, such
as github.io, stand on one company's servers and count as one domain.
"""

from __future__ import annotations

import hashlib
import heapq
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import ceil

from publicsuffixlist import PublicSuffixList

WEIGHTS_PER_TASK = 8


@dataclass(frozen=True)
class Domain:
    """A registered domain with many URLs, and its hosts that have many by themselves."""

    name: str
    n_urls: int
    hosts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Division:
    """What decides the task of a URL.

    `shares` is the number of tasks that share a host, `parts` the number of parts into which the smaller hosts of a
    domain are divided; `tasks` holds those of each share, part and domain with many URLs, the first of which is
    numbered 0. The others go by a hash between 0 and 1: up to `room[t]` into task t, so that all tasks are full alike.
    """

    shares: Mapping[str, int]
    parts: Mapping[str, int]
    tasks: Mapping[tuple[str, int], int]
    room: Sequence[float]

    def place(self, host: str, image_url_id: str) -> tuple[int, int]:
        """Task of an image URL, and how many tasks share its host."""
        if host in self.shares:
            n_shares = self.shares[host]
            return self.tasks[host, share_of(image_url_id, n_shares)], n_shares
        domain = registered_domain(host)
        if domain in self.parts:
            return self.tasks[domain, share_of(host, self.parts[domain])], 1
        return min(bisect_right(self.room, fraction(domain)), len(self.room) - 1), 1


def divide(
    domains: Iterable[Domain], n_urls: int, n_tasks: int, urls_per_task: int, connections_per_host: int
) -> Division:
    """The division of `n_urls` over tasks, given the domains that have `many` of them or more.

    The shares of a host are no more than its connections, for each needs one.
    """
    shares: dict[str, int] = {}
    parts: dict[str, int] = {}
    sizes: dict[tuple[str, int], float] = {}
    for domain in domains:
        apart = domain.hosts if domain.n_urls > urls_per_task else ()
        for host, n_of_host in apart:
            shares[host] = min(ceil(n_of_host / urls_per_task), connections_per_host, n_tasks)
            sizes |= {(host, share): n_of_host / shares[host] for share in range(shares[host])}
        n_left = domain.n_urls - sum(n_of_host for _, n_of_host in apart)
        if n_left:
            # Hosts have few URLs each here, so that equal parts of hosts are about equal parts of URLs.
            parts[domain.name] = ceil(n_left / urls_per_task)
            sizes |= {(domain.name, part): n_left / parts[domain.name] for part in range(parts[domain.name])}
    tasks, loads = seated(sizes, n_tasks)
    return Division(shares, parts, tasks, room_left(loads, n_urls))


def many(n_urls: int, n_tasks: int, urls_per_task: int) -> float:
    """So many URLs of one host or domain weigh enough to be given their task one by one; fewer go by a hash."""
    return min(urls_per_task, n_urls / n_tasks) / WEIGHTS_PER_TASK


def seated(
    sizes: Mapping[tuple[str, int], float], n_tasks: int
) -> tuple[dict[tuple[str, int], int], list[float]]:
    """The task of each, the largest first into the task with least (Graham, 1969), and what each task has then."""
    loads = [(0.0, task) for task in range(n_tasks)]
    tasks = {}
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        load, task = heapq.heappop(loads)
        tasks[name] = task
        heapq.heappush(loads, (load + sizes[name], task))
    return tasks, [load for load, _ in sorted(loads, key=lambda pair: pair[1])]


def room_left(loads: Sequence[float], n_urls: int) -> tuple[float, ...]:
    """The share of the remaining URLs that each task takes, summed up from the first to each, 1 at the last."""
    level = n_urls / len(loads)
    rooms = [max(level - load, 0.0) for load in loads]
    if not any(rooms):
        rooms = [1.0] * len(loads)
    whole = sum(rooms)
    return tuple(so_far / whole for so_far in accumulate(rooms))


@lru_cache(maxsize=1)
def suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


@lru_cache(maxsize=10_000)
def registered_domain(host: str) -> str:
    """The domain that somebody registered, of which a host is part; an address, or a name under no suffix, itself."""
    bare = host.rstrip(".")
    if bare.rpartition(".")[2].isdigit() or ":" in bare:
        return host
    return suffixes().privatesuffix(bare) or host


def share_of(text: str, n: int) -> int:
    """One of n shares, by a hash."""
    return int(fraction(text) * n)


def fraction(text: str) -> float:
    """A hash of a text as a number from 0 to 1, 1 excluded."""
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48
