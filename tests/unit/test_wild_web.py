"""Each misbehaviour of the web ends as one row of table `images`, and the row says which it was."""

import hashlib
from unittest.mock import ANY

import pytest

from corpus.fetch import exchange
from corpus.fetch.fetcher import fetch_urls
from corpus.fetch.opt_outs import OptOuts
from corpus.overrides import settings_from
from corpus.recipes.images import image_rows
from tests.unit.misbehaving_server import JPEG, Names, answer, long_gif, loopback, png_bomb, serving

BOUNDS = {
    "contact": "a@example.org",
    "deadline_s": 2.0,
    "max_image_bytes": 1_000_000,
    "min_bytes_per_s": 2_000.0,
    "min_rate_after_s": 0.3,
    "connections_per_host": 16,
    "requests_per_s_per_host": 2_000.0,
    "retry_pause_s": 0.01,
}
PAGE = b"<!DOCTYPE html><title>sign in</title>"
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
ROBOTS = {"robots_url": "http://pictures.example:{port}/robots.txt", "robots_status": 200}
ASKED = {"attempts": 1, "http_status": 200, "media_type_declared": "image/jpeg", **ROBOTS}
MOVED = {"attempts": 1, "http_status": 302, "media_type_declared": "image/jpeg", **ROBOTS}


def content(body, media_type):
    """The columns that the bytes of an answer decide."""
    hashed = {"content_bytes": len(body), "content_hash": hashlib.sha256(body).hexdigest()}
    return {**hashed, "media_type": media_type}


def kept(body):
    size = {"fetched_width_px": 64, "fetched_height_px": 48, "width_px": 64, "height_px": 48}
    return {"outcome": "kept", **content(body, "image/jpeg"), **size, "orientation": 1, "bytes": body}


# The columns of each row that say something, but for times and the perceptual hash; faults in the words of a library
# are those of its version.
WILD = {
    "/good.jpg": ASKED | kept(JPEG),
    "/slow-head.jpg": {"outcome": "timeout", "fault": "no whole answer in time", "attempts": 1, **ROBOTS},
    "/slow-body.jpg": ASKED | {"outcome": "too_slow", "fault": ANY},
    "/endless.jpg": ASKED | {"outcome": "too_large", "fault": "more than 1000000 bytes"},
    "/lying-length.jpg": ASKED | {"outcome": "truncated", "attempts": 3, "fault": ANY},
    "/claims-too-much.jpg": ASKED | {"outcome": "too_large", "fault": "Content-Length 999999999"},
    "/gzip-bomb.jpg": ASKED | {"outcome": "too_large", "fault": "more than 1000000 bytes"},
    "/bomb.png": ASKED
    | {"outcome": "too_many_pixels", "fault": ANY, "media_type_declared": "image/png"}
    | content(png_bomb(60_000), "image/png"),
    "/loop.jpg": MOVED
    | {"outcome": "too_many_redirects", "fault": "the next leads to http://pictures.example:{port}/loop.jpg"},
    "/to-metadata.jpg": MOVED
    | {"outcome": "address_refused", "fault": "http://169.254.169.254/latest/meta-data/"},
    "/to-private.jpg": MOVED | {"outcome": "address_refused", "fault": "http://10.0.0.1/a.jpg"},
    "/to-loopback6.jpg": MOVED | {"outcome": "address_refused", "fault": "http://[::1]/a.jpg"},
    "/to-file.jpg": MOVED | {"outcome": "unsupported_scheme", "fault": "file:///etc/passwd"},
    "/page.jpg": ASKED
    | {"outcome": "not_an_image", "fault": f"starts with {PAGE[:16]!r}", **content(PAGE, None)},
    "/drawing.svg": ASKED
    | {"outcome": "unsupported_format", "fault": "image/svg+xml", "media_type_declared": "image/svg+xml"}
    | content(DRAWING, "image/svg+xml"),
    "/half.jpg": ASKED
    | {"outcome": "truncated", "fault": "OSError: Truncated File Read"}
    | content(JPEG[: len(JPEG) // 2], "image/jpeg"),
    "/long.gif": ASKED
    | {"outcome": "too_many_frames", "fault": "more than 1000 frames", "media_type_declared": "image/gif"}
    | content(long_gif(10_000), "image/gif"),
    "/busy.jpg": ASKED | kept(JPEG) | {"attempts": 2},
    "/kept-out/a.jpg": {
        "outcome": "robots_disallowed",
        "fault": ROBOTS["robots_url"],
        "robots_rule": "Disallow: /kept-out/",
        **ROBOTS,
    },
    "/noai.jpg": ASKED
    | {"outcome": "opted_out", "fault": "x-robots-tag: noai, noimageai", "x_robots_tag": "noai, noimageai"},
    "/reset.jpg": ASKED | {"outcome": "truncated", "attempts": 3, "fault": ANY},
    "/aborted.jpg": ASKED | {"outcome": "truncated", "attempts": 3, "fault": ANY},
    "/hanging.jpg": ASKED | {"outcome": "too_slow", "fault": ANY},
    "http://forbidding.example:{port}/held-open.jpg": ASKED
    | kept(JPEG)
    | {"robots_url": "http://forbidding.example:{port}/robots.txt"},
    "https://pictures.example:{port}/good.jpg": {"outcome": "tls_failed", "fault": ANY},
    "http://rebinding.example:{port}/good.jpg": {
        "outcome": "address_refused",
        "fault": ANY,
        "attempts": 1,
        "robots_url": "http://rebinding.example:{port}/robots.txt",
        "robots_status": 404,
    },
}
UNMEASURED = ("image_url_id", "url", "source", "final_url", "elapsed_s", "fetch_time", "perceptual_hash")


@pytest.fixture(scope="module")
def found():
    with serving() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(exchange, "DNS_CACHE_S", 0)
        server.turns["/busy.jpg"] = [answer(status="429 Too Many Requests", Retry_After="0"), answer(JPEG)]
        yield server.port, rows_from(server)


def rows_from(server):
    names = {"rebinding.example": [["127.0.0.1"], ["10.0.0.1"]]}
    server.robots["rebinding.example"] = answer(status="404 Not Found", Connection="close")
    bounds = settings_from({"fetch": BOUNDS}).fetch
    urls = [absolute(path, server.port) for path in WILD]
    fetched = fetch_urls(
        zip(WILD, urls, strict=True), bounds, loopback(server.port, 80), lambda: Names(names)
    )
    rows = list(image_rows(fetched, "web", bounds, OptOuts()))
    assert sorted(row["image_url_id"] for row in rows) == sorted(WILD)
    return {row["image_url_id"]: row for row in rows}


def absolute(path, port):
    return (f"http://pictures.example:{port}{path}" if path.startswith("/") else path).replace(
        "{port}", str(port)
    )


@pytest.mark.parametrize("path", WILD)
def test_a_misbehaviour_ends_as_its_row(found, path):
    port, rows = found
    row = {name: value for name, value in rows[path].items() if name not in UNMEASURED and value is not None}
    expected = {
        name: value.replace("{port}", str(port)) if isinstance(value, str) else value
        for name, value in ({"content_bytes": 0, "attempts": 0} | WILD[path]).items()
        if value is not None
    }
    assert row == expected
