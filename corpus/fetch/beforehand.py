"""What can be known of a URL before another program fetches it: its form, the addresses of its host, the opt-outs.

Goes in: (image URL id, URL) pairs. Comes out: each with an outcome, kept when it may be handed over. What cannot be
known beforehand: where redirects lead, and whether a name still means the same address when it is asked for.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from corpus.columns import KEPT
from corpus.fetch import outcomes
from corpus.fetch.guard import Gate, refusal
from corpus.fetch.hosts import host_of
from corpus.fetch.opt_outs import OptOuts
from corpus.fetch.outcomes import plain

LOOKUPS_AT_ONCE = 64
Resolve = Callable[[str], list[str]]
Checked = tuple[str, str, str, str | None]


def addresses_of(host: str) -> list[str]:
    """All addresses of a host. Raises OSError."""
    found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    return [str(address[4][0]) for address in found]


def checked(
    urls: Iterable[tuple[str, str]], opt_outs: OptOuts, gate: Gate, resolve: Resolve = addresses_of
) -> Iterator[Checked]:
    """(image URL id, URL, outcome, fault) of each; every host is looked up once."""
    ended = [(id_, url, *refused(url, opt_outs, gate)) for id_, url in urls]
    hosts = {host_of(url) for _, url, outcome, _ in ended if outcome == KEPT}
    with ThreadPoolExecutor(LOOKUPS_AT_ONCE) as pool:
        found = dict(zip(hosts, pool.map(lambda host: of_host(host, gate, resolve), hosts), strict=True))
    for id_, url, outcome, fault in ended:
        yield (id_, url, *((outcome, fault) if outcome != KEPT else found[host_of(url)]))


def refused(url: str, opt_outs: OptOuts, gate: Gate) -> tuple[str, str | None]:
    """Outcome and fault by the URL alone."""
    if not url:  # all that is left of one that was forgotten
        return outcomes.FORGOTTEN, None
    outcome = refusal(url, gate)
    if outcome:
        return outcome, plain(url)
    opted_out = opt_outs.of_url(url)
    return (outcomes.OPTED_OUT, opted_out) if opted_out else (KEPT, None)


def of_host(host: str, gate: Gate, resolve: Resolve) -> tuple[str, str | None]:
    """Outcome and fault by the addresses of a host, all of which must be public: which of them is taken is unknown."""
    try:
        addresses = resolve(host)
    except (OSError, UnicodeError) as error:
        return outcomes.DNS_FAILED, plain(f"{type(error).__name__}: {error}")
    inner = next((address for address in addresses if not gate.is_public(address)), None)
    return (outcomes.ADDRESS_REFUSED, f"{host} is {inner}") if inner else (KEPT, None)
