"""One request: the session that makes it, what is heard, and what its failures are called.

Goes in: a URL that may be asked for. Comes out: an `Answer` with a redirect or a whole body, or `Refused`
with an outcome from `outcomes`. Every address is checked where the socket is made, so that names that change
their answer, literals and redirects all pass the same test.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from corpus.config import Fetch
from corpus.errors import SettingsError
from corpus.fetch import outcomes, robots
from corpus.fetch.guard import Gate
from corpus.fetch.outcomes import Refused, plain
from corpus.fetch.robots import AGENT
from corpus.pixels import CORRUPT, EMPTY, TRUNCATED
from corpus.urls import resolve

REDIRECTS = (301, 302, 303, 307, 308)
DNS_CACHE_S = 300
KEEPALIVE_S = 5.0

AddressInfo = tuple[Any, Any, int, str, Any]
ResolverFactory = Callable[[], AbstractResolver]


class AddressRefused(OSError):  # noqa: N818  likewise
    """An address is not public. Its text is always the same: so its type survives when all of a name's
    addresses fail."""

    def __init__(self) -> None:
        super().__init__("the address is not public")


@dataclass
class Answer:
    """What has been heard of one answer so far; it is filled while it comes in."""

    http_status: int | None = None
    media_type_declared: str | None = None
    retry_after: str | None = None
    declared: dict[str, Any] = field(default_factory=dict)
    location: str | None = None
    body: bytes = b""


def user_agent(contact: str | None) -> str:
    """Who asks, and where to complain. Raises SettingsError without a contact."""
    if not contact:
        raise SettingsError("fetch.contact is not set: name a URL or e-mail address to which sites can turn")
    try:
        version = metadata.version(AGENT)
    except metadata.PackageNotFoundError:  # run from the bare sources
        version = "0"
    return f"{AGENT}/{version} (+{contact})"


def open_session(settings: Fetch, gate: Gate, resolver: ResolverFactory | None) -> aiohttp.ClientSession:
    """A session without cookies, proxies, credentials and time limits of its own; call it inside the loop."""
    connector = aiohttp.TCPConnector(
        limit=settings.connections,
        limit_per_host=settings.connections_per_host,
        ttl_dns_cache=DNS_CACHE_S,
        keepalive_timeout=KEEPALIVE_S,
        resolver=resolver() if resolver else None,
        socket_factory=partial(public_socket, gate),
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        trust_env=False,
        max_line_size=settings.max_header_bytes,
        max_field_size=settings.max_header_bytes,
        headers={
            "User-Agent": user_agent(settings.contact),
            "Accept": "image/*,*/*;q=0.1",
            "Accept-Encoding": "identity",
        },
    )


def public_socket(gate: Gate, address_info: AddressInfo) -> socket.socket:
    """A socket for an address that the gate lets pass; for others none is made. Raises AddressRefused."""
    family, kind, protocol, _, address = address_info
    if not gate.is_public(str(address[0])):
        raise AddressRefused
    return socket.socket(family=family, type=kind, proto=protocol)


async def within(deadline_s: float, exchange: Coroutine[Any, Any, None]) -> None:
    """See an exchange to its end. Raises Refused where the network, the server or the deadline ends it."""
    try:
        async with asyncio.timeout(deadline_s):
            await exchange
    except TimeoutError:
        raise Refused(outcomes.TIMEOUT, "no whole answer in time") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Refused(outcome_of(error), f"{type(error).__name__}: {error}") from None


def outcome_of(error: Exception) -> str:
    """The outcome that a failure to connect, or to get an answer, stands for."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return outcomes.DNS_FAILED
    if isinstance(error, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError)):
        return outcomes.TLS_FAILED
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, AddressRefused):
        return outcomes.ADDRESS_REFUSED
    if isinstance(error, aiohttp.InvalidURL):
        return outcomes.BAD_URL
    if isinstance(error, (aiohttp.ClientConnectionError, OSError)):
        return outcomes.CONNECT_FAILED
    return outcomes.HTTP_ERROR


async def hear_image(session: aiohttp.ClientSession, url: str, settings: Fetch, answer: Answer) -> None:
    """Fill `answer` with a redirect or a whole body. Raises Refused for any other answer."""
    async with session.get(URL(url, encoded=True), allow_redirects=False) as response:
        hear_head(response, url, answer)
        if answer.location is not None:
            return
        if not 200 <= response.status < 300:
            raise Refused(outcomes.HTTP_ERROR, f"{response.status} {response.reason}")
        opted_out = robots.opt_out(response.headers.items(), AGENT)
        if opted_out:
            raise Refused(outcomes.OPTED_OUT, opted_out)
        max_bytes = settings.max_image_bytes
        if (response.content_length or 0) > max_bytes:
            raise Refused(outcomes.TOO_LARGE, f"Content-Length {response.content_length}")
        body = await read_body(response, max_bytes, settings)
        if len(body) > max_bytes:
            raise Refused(outcomes.TOO_LARGE, f"more than {max_bytes} bytes")
        if not body:
            raise Refused(EMPTY, "no bytes")
        answer.body = body


async def hear_robots(session: aiohttp.ClientSession, url: str, settings: Fetch, answer: Answer) -> None:
    """Fill `answer` with a redirect or the beginning of a robots.txt; other answers have no body."""
    async with session.get(URL(url, encoded=True), allow_redirects=False) as response:
        hear_head(response, url, answer)
        if 200 <= response.status < 300:
            body = await read_body(response, robots.MAX_ROBOTS_BYTES, settings)
            answer.body = body[: robots.MAX_ROBOTS_BYTES]


def hear_head(response: aiohttp.ClientResponse, url: str, answer: Answer) -> None:
    """Fill in what stands before the body. Raises Refused for a redirect that leads nowhere."""
    answer.http_status = response.status
    answer.media_type_declared = plain(response.headers.get("Content-Type"))
    answer.declared = robots.declared(response.headers.items())
    answer.retry_after = response.headers.get("Retry-After")
    if response.status in REDIRECTS:
        location = response.headers.get("Location", "")
        answer.location = resolve(url, location)
        if answer.location is None:
            raise Refused(outcomes.HTTP_ERROR, f"{response.status} without a usable Location: {location!r}")


async def read_body(response: aiohttp.ClientResponse, max_bytes: int, settings: Fetch) -> bytes:
    """The body after content decoding, left off after the first chunk that passes `max_bytes`, or when it falls behind
    the rate that it has to keep. Raises Refused."""
    chunks: list[bytes] = []
    n_bytes = 0
    late_s = asyncio.get_running_loop().time() + settings.min_rate_after_s
    try:
        async with asyncio.timeout_at(late_s) as limit:
            async for chunk in response.content.iter_any():
                chunks.append(chunk)
                n_bytes += len(chunk)
                if n_bytes > max_bytes:
                    break
                limit.reschedule(late_s + n_bytes / settings.min_bytes_per_s)
    except TimeoutError:
        raise Refused(outcomes.TOO_SLOW, f"{n_bytes} bytes came too slowly") from None
    except aiohttp.ClientError as error:
        undecodable = isinstance(error.__cause__, ContentEncodingError)
        raise Refused(CORRUPT if undecodable else TRUNCATED, f"{type(error).__name__}: {error}") from None
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
