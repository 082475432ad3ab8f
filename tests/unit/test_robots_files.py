"""The robots.txt of each origin is asked for and obeyed, and what permits an image is recorded."""

import pytest

from tests.unit.fetching import fetch
from tests.unit.misbehaving_server import answer, redirect, serving


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        (answer(b"User-agent: *\nDisallow: /\n"), "robots_disallowed"),
        (answer(b"User-agent: otherbot\nDisallow: /\n"), "kept"),
        (
            answer(b"User-agent: interleaved-corpus\nDisallow: /*.jpg$\n\nUser-agent: *\nAllow: /"),
            "robots_disallowed",
        ),
        (answer(b"", "404 Not Found"), "kept"),
        (answer(b"", "403 Forbidden"), "kept"),
        (answer(b"", "503 Service Unavailable"), "robots_disallowed"),
        (answer(b"", "429 Too Many Requests"), "robots_disallowed"),
        (answer(status="301 Moved", Location="/robots.txt"), "kept"),
        (answer(b"\xff\xfe\0" * 1000), "kept"),
    ],
)
def test_robots_txt_is_obeyed(server, monkeypatch, robots, outcome):
    monkeypatch.setitem(server.robots, "forbidding.example", robots)
    url = f"http://forbidding.example:{server.port}/good.jpg"
    server.requests.clear()
    assert fetch(server, [url])[url].outcome == outcome
    assert len(server.asked("/good.jpg")) == (outcome == "kept")


def evidence(row):
    return (
        row.outcome,
        row.robots_status,
        row.robots_rule,
        row.x_robots_tag,
        row.tdm_reservation,
        row.tdm_policy,
    )


def test_what_permits_or_forbids_is_recorded_whatever_becomes_of_the_image(server, monkeypatch):
    robots = answer(b"User-agent: *\nDisallow: /to-\nAllow: /good")
    monkeypatch.setitem(server.robots, "forbidding.example", robots)
    permitted = f"http://forbidding.example:{server.port}/good.jpg"
    rows = fetch(
        server, ["/good.jpg", "/nofollow.jpg", "/noai.jpg", "/tdm.jpg", "/kept-out/a.jpg", permitted]
    )
    assert {url.removeprefix("http://"): evidence(row) for url, row in rows.items()} == {
        "/good.jpg": ("kept", 200, None, None, None, None),
        "/nofollow.jpg": ("kept", 200, None, "nofollow, otherbot: noindex", None, None),
        "/noai.jpg": ("opted_out", 200, None, "noai, noimageai", None, None),
        "/tdm.jpg": ("opted_out", 200, None, None, "1", "https://pictures.example/licences"),
        "/kept-out/a.jpg": ("robots_disallowed", 200, "Disallow: /kept-out/", None, None, None),
        permitted.removeprefix("http://"): ("kept", 200, "Allow: /good", None, None, None),
    }
    assert rows[permitted].robots_url == f"http://forbidding.example:{server.port}/robots.txt"


def test_of_a_redirect_the_robots_txt_of_its_target_is_recorded(server):
    url = f"http://both.example:{server.port}/elsewhere.jpg"
    server.turns["/elsewhere.jpg"] = [redirect(f"http://pictures.example:{server.port}/kept-out/a.jpg")]
    row = fetch(server, [url])[url]
    assert (row.outcome, row.robots_url) == (
        "robots_disallowed",
        f"http://pictures.example:{server.port}/robots.txt",
    )


def test_robots_txt_is_asked_for_once_per_host(server):
    server.requests.clear()
    fetch(server, ["/good.jpg", "/good.png", "/missing.jpg", "/to-good.jpg"])
    assert len(server.asked("/robots.txt")) == 1
