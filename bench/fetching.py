"""Images per second from the web: our fetcher, with sha256 alone and with every picture decoded, beside a bare client.

Goes in: how many images. Comes out: timings on a server on loopback, in a process of its own, whose CPU time is not
counted. Names of hosts are made up, loopback stands for the public Internet, and the pace per host is no bound: what
is timed is the work, not the manners, which cost what they cost. The bare client reads the same bodies, hashes them
and has them decoded in the same kind of process, but knows no robots.txt, pace, deadline or outcome and makes no rows:
the difference in core seconds is what the accounting costs.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import multiprocessing
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection

import aiohttp
import numpy as np
from aiohttp.abc import AbstractResolver, ResolveResult
from PIL import Image

from bench.timing import Timing, in_turns
from corpus.child import Child, Loss
from corpus.columns import Row
from corpus.config import Fetch
from corpus.fetch.fetcher import fetch_urls
from corpus.fetch.guard import Gate
from corpus.fetch.opt_outs import OptOuts
from corpus.pixels import load_parsers
from corpus.recipes.images import image_bytes, image_rows, look_at, stored
from corpus.recipes.small_batches import small_batches

OURS, BARE = "ours", "aiohttp, no rules, no rows"
N_HOSTS = 50
N_PICTURES = 24
SIDES_PX = (300, 940)
CONNECTIONS = 64
SETTINGS = Fetch(
    contact="bench@example.org",
    connections=CONNECTIONS,
    connections_per_host=8,
    requests_per_s_per_host=1e6,
)


class Loopback(AbstractResolver):
    """Every name is this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        pass


def time_fetching(n_images: int, n_rounds: int) -> tuple[dict[str, list[Timing]], dict[str, list[Timing]]]:
    """Timings of our fetcher and of a bare client: with sha256 of every body; with every picture decoded too, which is
    batches of `images` of ours."""
    with serving(pictures()) as port:
        urls, gate = image_urls(port, n_images, N_HOSTS), gate_to(port)
        hashed = {OURS: partial(fetch_and_hash, urls, gate), BARE: partial(fetch_bare, urls)}
        looked_at = {OURS: partial(fetch_and_look, urls, gate), BARE: partial(fetch_bare_and_look, urls)}
        return in_turns(hashed, n_rounds), in_turns(looked_at, n_rounds)


def image_urls(port: int, n_images: int, n_hosts: int) -> list[str]:
    """URLs of so many pictures of the server, on hosts whose names are made up."""
    return [f"http://host{number % n_hosts}.example:{port}/{number}.jpg" for number in range(n_images)]


def gate_to(port: int) -> Gate:
    """A gate through which the server on loopback is all that there is of the public Internet."""
    return Gate(is_public=lambda address: address == "127.0.0.1", ports=frozenset([port]))


def fetch_and_hash(urls: Sequence[str], gate: Gate) -> int:
    rows = fetch_urls(((url, url) for url in urls), SETTINGS, gate, Loopback)
    return len({hashlib.sha256(row.body or b"").hexdigest() for row in rows})


def fetch_and_look(urls: Sequence[str], gate: Gate) -> int:
    fetched = fetch_urls(((url, url) for url in urls), SETTINGS, gate, Loopback)
    rows = image_rows(fetched, "web", SETTINGS, OptOuts())
    batches = (batch for _, batch in small_batches("images", rows, image_bytes))
    return sum(batch.column("outcome").to_pylist().count("kept") for batch in batches)


def fetch_bare(urls: Sequence[str]) -> int:
    hashes: set[str] = set()
    asyncio.run(read_all(urls, lambda body: hashes.add(hashlib.sha256(body).hexdigest())))
    return len(hashes)


def fetch_bare_and_look(urls: Sequence[str]) -> int:
    kept: dict[str, Row] = {}
    load_parsers()
    with Child(partial(look_at, bounds=SETTINGS), SETTINGS.max_decode_s, SETTINGS.max_decode_bytes) as child:

        def look(body: bytes) -> None:
            found = child.run(body)
            assert not isinstance(found, Loss)
            kept[hashlib.sha256(body).hexdigest()] = {**found, **stored(body, found, SETTINGS)}

        asyncio.run(read_all(urls, look))
    return sum(row["outcome"] == "kept" for row in kept.values())


async def read_all(urls: Sequence[str], take: Callable[[bytes], None]) -> None:
    """What the same HTTP library does by itself: as many requests at once as ours makes."""
    left = iter(urls)

    async def ask(session: aiohttp.ClientSession) -> None:
        for url in left:
            async with session.get(url) as response:
                body = await response.read()
            take(body)

    connector = aiohttp.TCPConnector(limit=CONNECTIONS, resolver=Loopback())
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(ask(session) for _ in range(CONNECTIONS)))


def pictures() -> list[bytes]:
    """JPEGs of 30 to 300 kB."""
    random = np.random.default_rng(0)
    found = []
    for side_px in np.linspace(*SIDES_PX, N_PICTURES).astype(int):
        coarse = random.integers(0, 255, (side_px // 6, side_px // 6, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((side_px, side_px * 3 // 4), Image.Resampling.BICUBIC)
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=92)
        found.append(stream.getvalue())
    return found


@contextmanager
def serving(bodies: Sequence[bytes]) -> Iterator[int]:
    """The port of a server that answers /N.jpg with a picture whose bytes no other N has."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(bodies, theirs), daemon=True)
    server.start()
    try:
        yield ours.recv()
    finally:
        server.kill()
        server.join()


def serve(bodies: Sequence[bytes], told: Connection) -> None:
    asyncio.run(answer_all(bodies, told))


async def answer_all(bodies: Sequence[bytes], told: Connection) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await request(reader):
            writer.write(response(head.split(b" ", 2)[1], bodies))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    told.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def request(reader: asyncio.StreamReader) -> bytes:
    """The head of the next request, empty at the end of the connection."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def response(path: bytes, bodies: Sequence[bytes]) -> bytes:
    if not path.endswith(b".jpg"):
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    name = path.rpartition(b"/")[2]  # asked as a proxy, it is given the whole URL
    body = bodies[int(name[:-4]) % len(bodies)] + name  # after the end of the picture
    return b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
