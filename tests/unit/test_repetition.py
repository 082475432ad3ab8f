"""What failed in a way that may pass is asked for again, and hosts are given the pauses that they ask for."""

import time
from email.utils import formatdate
from itertools import pairwise

import pytest

from corpus.fetch.fetcher import backoff_s
from tests.unit.fetching import fetch
from tests.unit.misbehaving_server import JPEG, Names, answer, serving


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


def test_a_busy_host_is_asked_again_and_the_requests_are_counted(server):
    server.turns["/busy.jpg"] = [answer(status="429 Too Many Requests", Retry_After="0"), answer(JPEG)]
    row = fetch(server, ["/busy.jpg"])["/busy.jpg"]
    assert (row.outcome, row.http_status, row.attempts, row.fault) == ("kept", 200, 2, None)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_busy_host_is_left_alone_for_as_long_as_it_asks(server, form):
    asked = "1" if form == "seconds" else formatdate(time.time() + 2, usegmt=True)
    server.turns["/busy.jpg"] = [answer(status="503 Busy", Retry_After=asked), answer(JPEG)]
    server.requests.clear()
    rows = fetch(server, ["/busy.jpg", "/good.jpg"], connections_per_host=1)
    assert [(rows[path].outcome, rows[path].attempts) for path in ("/busy.jpg", "/good.jpg")] == [
        ("kept", 2),
        ("kept", 1),
    ]
    asked_for = [request for request in server.requests if request[0] != "/robots.txt"]
    assert [path for path, _, _ in asked_for] == ["/busy.jpg", "/good.jpg", "/busy.jpg"]
    assert asked_for[1][2] - asked_for[0][2] > 0.9


def test_a_host_that_asks_for_too_long_a_pause_is_left_alone_altogether(server):
    server.turns["/busy.jpg"] = [answer(status="429 Too Many Requests", Retry_After="3600")]
    server.requests.clear()
    rows = fetch(server, ["/busy.jpg", "/good.jpg"], connections_per_host=1)
    assert {(row.outcome, row.fault) for row in rows.values()} == {
        ("left_alone", "the host asks for a pause of 3600 s")
    }
    assert [rows[path].attempts for path in ("/busy.jpg", "/good.jpg")] == [1, 0]
    assert len(server.asked("/good.jpg")) == 0


def robots_txt(server, monkeypatch, text):
    """A URL at a host that asks for what `text` says."""
    monkeypatch.setitem(server.robots, "forbidding.example", answer(text))
    return f"http://forbidding.example:{server.port}"


def test_a_crawl_delay_slows_the_requests_to_its_host(server, monkeypatch):
    site = robots_txt(server, monkeypatch, b"User-agent: *\nCrawl-delay: 0.3")
    server.requests.clear()
    rows = fetch(server, [f"{site}/good.jpg", f"{site}/good.png", f"{site}/named.jpg"])
    assert {row.outcome for row in rows.values()} == {"kept"}
    times = [request[2] for request in server.requests]
    assert len(times) == 4
    assert all(later - earlier > 0.25 for earlier, later in pairwise(times))


def test_a_crawl_delay_that_is_too_long_leaves_the_host_alone(server, monkeypatch):
    site = robots_txt(server, monkeypatch, b"User-agent: *\nCrawl-delay: 86400")
    server.requests.clear()
    rows = fetch(server, [f"{site}/good.jpg", f"{site}/good.png"])
    assert {(row.outcome, row.attempts, row.fault) for row in rows.values()} == {
        ("left_alone", 0, "the host asks for a pause of 86400 s")
    }
    assert [request[0] for request in server.requests] == ["/robots.txt"]


def test_a_host_that_is_busy_again_and_again_is_left_alone(server):
    busy = answer(status="429 Too Many Requests", Retry_After="0")
    urls = [f"/busy-{number}.jpg" for number in range(6)]
    server.turns.update({url: [busy] for url in urls})
    rows = fetch(server, urls, connections_per_host=1)
    assert {row.outcome for row in rows.values()} == {"http_error"}
    assert sum(row.attempts for row in rows.values()) == 5


def test_what_cannot_pass_is_not_asked_for_again(server):
    server.turns["/gone.jpg"] = [answer(status="410 Gone"), answer(JPEG)]
    rows = fetch(server, ["/gone.jpg", "/missing.jpg", "/noai.jpg", "/not-gzip.jpg"])
    assert [(row.outcome, row.attempts) for row in sorted(rows.values(), key=lambda row: row.url)] == [
        ("http_error", 1),
        ("http_error", 1),
        ("opted_out", 1),
        ("corrupt", 1),
    ]


def test_one_attempt_is_one_request(server):
    server.requests.clear()
    assert fetch(server, ["/failing.jpg"], max_attempts=1)["/failing.jpg"].attempts == 1
    assert fetch(server, ["/failing.jpg"], max_attempts=4)["/failing.jpg"].attempts == 4
    assert len(server.asked("/failing.jpg")) == 5


def test_a_name_that_is_found_at_the_second_asking_is_no_failure(server):
    names = {"late.example": [None, ["127.0.0.1"]]}
    url = f"http://late.example:{server.port}/good.jpg"
    row = fetch(server, [url], resolver=lambda: Names(names))[url]
    assert (row.outcome, row.attempts) == ("kept", 1)


def test_pauses_before_repetitions_grow_and_are_the_same_in_every_run():
    pauses = [[backoff_s(1.0, f"http://a.example/{n}", tries) for tries in (1, 2, 3)] for n in range(50)]
    assert all(0.5 <= a < 1.5 and 1 <= b < 3 and 2 <= c < 6 for a, b, c in pauses)
    assert len({a for a, _, _ in pauses}) == 50
    assert backoff_s(1.0, "http://a.example/0", 1) == pauses[0][0]


def test_a_row_that_waits_for_its_repetition_at_the_deadline_tells_its_last_fault(server):
    row = fetch(server, ["/failing.jpg"], retry_pause_s=60.0, task_deadline_s=0.3)["/failing.jpg"]
    assert (row.outcome, row.http_status, row.attempts, row.fault) == (
        "deadline",
        500,
        1,
        "500 Internal Server Error",
    )
