"""The fetcher gives one row per URL, in time, and connects to nothing but public addresses."""

import socket
import sys
import threading
import time

import pytest

from corpus.config import Fetch
from corpus.errors import SettingsError
from corpus.fetch import exchange
from corpus.fetch.fetcher import fetch_urls
from tests.unit.fetching import fetch
from tests.unit.misbehaving_server import JPEG, Names, answer, loopback, serving

CONNECTED: list[str] = []


def note_connections(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        CONNECTED.append(arguments[1][0])


sys.addaudithook(note_connections)


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


def free_port():
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


DEFECTS = {
    "/good.jpg": ("kept", 200, 1),
    "/good.png": ("kept", 200, 1),
    "/no-length.jpg": ("kept", 200, 1),
    "/gzip.jpg": ("kept", 200, 1),
    "/page.jpg": ("kept", 200, 1),
    "/half.jpg": ("kept", 200, 1),
    "/nofollow.jpg": ("kept", 200, 1),
    "/to-good.jpg": ("kept", 200, 1),
    "/five.jpg": ("kept", 200, 1),
    "/not-gzip.jpg": ("corrupt", 200, 1),
    "/gzip-bomb.jpg": ("too_large", 200, 1),
    "/claims-too-much.jpg": ("too_large", 200, 1),
    "/endless.jpg": ("too_large", 200, 1),
    "/slow-body.jpg": ("timeout", 200, 1),
    "/slow-head.jpg": ("timeout", None, 1),
    "/hanging.jpg": ("timeout", 200, 1),
    "/long-header.jpg": ("http_error", None, 1),
    "/many-headers.jpg": ("http_error", None, 1),
    "/missing.jpg": ("http_error", 404, 1),
    "/failing.jpg": ("http_error", 500, 3),
    "/no-content.jpg": ("empty", 204, 1),
    "/empty.jpg": ("empty", 200, 1),
    "/lying-length.jpg": ("truncated", 200, 3),
    "/reset.jpg": ("truncated", 200, 3),
    "/not-http.jpg": ("http_error", None, 1),
    "/silent.jpg": ("connect_failed", None, 3),
    "/noai.jpg": ("opted_out", 200, 1),
    "/tdm.jpg": ("opted_out", 200, 1),
    "/loop.jpg": ("too_many_redirects", 302, 1),
    "/six.jpg": ("too_many_redirects", 301, 1),
    "/to-metadata.jpg": ("address_refused", 302, 1),
    "/to-private.jpg": ("address_refused", 302, 1),
    "/to-loopback6.jpg": ("address_refused", 302, 1),
    "/to-decimal.jpg": ("address_refused", 302, 1),
    "/to-inside.jpg": ("address_refused", 302, 1),
    "/to-file.jpg": ("unsupported_scheme", 302, 1),
    "/to-port.jpg": ("port_refused", 302, 1),
    "/to-nowhere.jpg": ("http_error", 302, 1),
    "/kept-out/a.jpg": ("robots_disallowed", None, 0),
    "http://inside.example:{port}/a.jpg": ("address_refused", None, 0),
    "http://nobody.example:{port}/a.jpg": ("dns_failed", None, 0),
    "http://10.0.0.1:{port}/a.jpg": ("address_refused", None, 0),
    "http://pictures.example:22/a.jpg": ("port_refused", None, 0),
    "https://pictures.example:{port}/good.jpg": ("tls_failed", None, 0),
    "data:image/gif;base64,R0lGODlhAQABAAAAACw=": ("data_uri", None, 0),
    "ftp://pictures.example/a.jpg": ("unsupported_scheme", None, 0),
    "http://": ("bad_url", None, 0),
}


def test_every_defect_has_its_outcome_and_nobody_else_is_contacted(server):
    CONNECTED.clear()
    rows = fetch(server, [url.format(port=server.port) for url in DEFECTS])
    found = {url: (row.outcome, row.http_status, row.attempts) for url, row in rows.items()}
    assert found == {url.format(port=server.port): expected for url, expected in DEFECTS.items()}
    assert set(CONNECTED) == {"127.0.0.1"}


def test_a_kept_row_tells_all_about_the_answer(server):
    row = fetch(server, ["/to-good.jpg"])["/to-good.jpg"]
    assert row.body == JPEG
    assert row.fault is None
    assert row.url == f"http://pictures.example:{server.port}/to-good.jpg"
    assert row.final_url == f"http://pictures.example:{server.port}/good.jpg"
    assert row.media_type_declared == "image/jpeg"
    assert 0 < row.elapsed_s < 2
    assert abs(row.fetch_time.timestamp() - time.time()) < 60


def test_a_body_that_falls_behind_its_rate_is_too_slow(server):
    pace = {"min_bytes_per_s": 2_000.0, "min_rate_after_s": 0.3, "deadline_s": 1.0, "max_image_bytes": 5_000}
    rows = fetch(server, ["/slow-body.jpg", "/steady-body.jpg", "/slow-head.jpg"], **pace)
    assert [rows[path].outcome for path in ("/slow-body.jpg", "/steady-body.jpg", "/slow-head.jpg")] == [
        "too_slow", "too_large", "timeout",
    ]  # fmt: skip
    assert rows["/slow-body.jpg"].elapsed_s < 0.9


def test_a_head_that_is_too_long_is_named(server):
    long = fetch(server, ["/long-header.jpg"])["/long-header.jpg"]
    assert "Got more than 16384 bytes" in long.fault
    assert fetch(server, ["/long-header.jpg"], max_header_bytes=30_000)["/long-header.jpg"].outcome == "kept"


def test_ports_are_asked_when_the_settings_allow_them():
    urls = [("a", "http://10.0.0.1:8080/a.jpg"), ("b", "http://10.0.0.1:80/a.jpg")]
    rows = fetch_urls(urls, Fetch(contact="a@example.org", allowed_ports=(8080,)))
    assert {row.image_url_id: row.outcome for row in rows} == {"a": "address_refused", "b": "port_refused"}


def test_content_coding_is_undone(server):
    assert fetch(server, ["/gzip.jpg"])["/gzip.jpg"].body == JPEG


def test_requests_say_who_asks_and_carry_nothing_else(server):
    server.requests.clear()
    fetch(server, ["/good.jpg", f"http://pictures.example:{server.port}/good.jpg#part"])
    headers = server.asked("/good.jpg")[0][1]
    assert headers["user-agent"].startswith("interleaved-corpus/")
    assert headers["user-agent"].endswith(" (+https://example.org/bot)")
    assert not {"cookie", "authorization", "referer"} & set(headers)


def test_without_a_contact_nothing_is_asked(server):
    with pytest.raises(SettingsError, match="contact is not set"):
        fetch_urls([("1", "http://pictures.example/")], Fetch())


def test_a_name_that_changes_its_answer_is_checked_at_every_connection(server, monkeypatch):
    monkeypatch.setattr(exchange, "DNS_CACHE_S", 0)
    CONNECTED.clear()
    turns = {"rebinding.example": [["127.0.0.1"], ["127.0.0.1"], ["10.0.0.1"]]}
    urls = [f"http://rebinding.example:{server.port}/{name}" for name in ("no-length.jpg", "good.jpg")]
    robots = answer(status="404 Not Found", Connection="close")
    monkeypatch.setitem(server.robots, "rebinding.example", robots)
    rows = fetch(server, urls, resolver=lambda: Names(turns), connections_per_host=1)
    assert [rows[url].outcome for url in urls] == ["kept", "address_refused"]
    assert set(CONNECTED) == {"127.0.0.1"}


def test_no_connection_is_tried_to_an_address_that_is_not_public(server):
    addresses = ["169.254.169.254", "10.0.0.1", "192.168.1.1", "0.0.0.0", "::1", "fe80::1", "::ffff:10.0.0.1"]
    names = {f"name{number}.example": [[address]] for number, address in enumerate(addresses)}
    urls = [f"http://{name}:{server.port}/a.jpg" for name in names]
    urls += [f"http://[{address}]:{server.port}/a.jpg" for address in addresses if ":" in address]
    CONNECTED.clear()
    rows = fetch(server, urls, resolver=lambda: Names(names))
    assert [(rows[url].outcome, rows[url].attempts) for url in urls] == [("address_refused", 0)] * 10
    assert CONNECTED == []


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/", "http://inside.example:{port}/", "file:///etc/passwd"]
)
def test_a_robots_txt_leads_to_no_address_that_is_not_public(server, monkeypatch, target):
    location = target.format(port=server.port)
    monkeypatch.setitem(server.robots, "forbidding.example", answer(status="302 Found", Location=location))
    CONNECTED.clear()
    fetch(server, [f"http://forbidding.example:{server.port}/good.jpg"])
    assert set(CONNECTED) == {"127.0.0.1"}


def test_of_several_addresses_only_public_ones_are_tried(server):
    CONNECTED.clear()
    url = f"http://both.example:{server.port}/good.jpg"
    assert fetch(server, [url])[url].outcome == "kept"
    assert set(CONNECTED) == {"127.0.0.1"}


def test_an_address_where_nobody_listens_is_connect_failed(server):
    port = free_port()
    url = f"http://pictures.example:{port}/a.jpg"
    assert fetch(server, [url], closed_port=port)[url].outcome == "connect_failed"


def test_proxies_of_the_environment_are_not_used(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert fetch(server, ["/good.jpg"])["/good.jpg"].outcome == "kept"


def test_a_host_is_asked_no_faster_than_its_rate(server):
    server.requests.clear()
    fetch(server, ["/good.jpg"] * 6, requests_per_s_per_host=20.0)
    times = [request[2] for request in server.requests]
    assert len(times) == 7
    assert times[-1] - times[0] > 0.2


def test_a_host_that_tasks_share_is_asked_at_each_ones_part_of_its_rate(server):
    server.requests.clear()
    settings = Fetch(contact="a@example.org", requests_per_s_per_host=40.0, connections_per_host=4)
    pairs = [(str(index), f"http://pictures.example:{server.port}/good.jpg?{index}") for index in range(4)]
    rows = fetch_urls(pairs, settings, loopback(server.port), Names, {"pictures.example": 4})
    assert {row.outcome for row in rows} == {"kept"}
    times = [request[2] for request in server.requests]
    assert len(times) == 5
    assert times[-1] - times[0] > 0.35


def test_what_is_left_at_the_task_deadline_ends_as_deadline(server):
    begun_s = time.monotonic()
    rows = fetch(
        server,
        ["/slow-body.jpg", "/slow-body.jpg?2", "/slow-body.jpg?3"],
        task_deadline_s=0.5,
        deadline_s=30.0,
        connections_per_host=1,
    )
    assert time.monotonic() - begun_s < 3
    assert [(row.outcome, row.attempts) for row in rows.values()] == [
        ("deadline", 1),
        ("deadline", 0),
        ("deadline", 0),
    ]


def test_a_host_that_fails_again_and_again_is_left_alone(server):
    server.requests.clear()
    urls = [f"/slow-body.jpg?{number}" for number in range(9)]
    rows = fetch(server, urls, connections_per_host=1, deadline_s=0.1)
    assert [rows[url].outcome for url in urls] == ["timeout"] * 9
    assert [rows[url].attempts for url in urls] == [1] * 5 + [0] * 4
    assert len([request for request in server.requests if request[0] in urls]) == 5


def test_a_slow_host_does_not_hold_up_another(server):
    good = f"http://both.example:{server.port}/good.jpg"
    rows = fetch(server, ["/slow-body.jpg", "/slow-body.jpg?2", good], connections_per_host=1, deadline_s=0.5)
    assert [row.outcome for row in rows.values()] == ["kept", "timeout", "timeout"]


def test_a_reader_that_is_busy_makes_no_timeouts(server):
    settings = Fetch(contact="a@example.org", deadline_s=1.0, requests_per_s_per_host=1_000.0, connections=4)
    pairs = [(str(index), f"http://pictures.example:{server.port}/good.jpg") for index in range(40)]
    found = []
    for row in fetch_urls(pairs, settings, loopback(server.port), Names):
        if len(found) == 5:
            time.sleep(1.3)
        found.append(row.outcome)
    assert found == ["kept"] * 40


def test_a_reader_that_stops_leaves_no_thread(server):
    pairs = [("a", f"http://pictures.example:{server.port}/good.jpg")]
    pairs += [(str(index), f"http://both.example:{server.port}/slow-body.jpg") for index in range(5)]
    rows = fetch_urls(pairs, Fetch(contact="a@example.org"), loopback(server.port), Names)
    assert next(rows).outcome == "kept"
    rows.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "fetch"]


def test_no_urls_give_no_rows(server):
    assert fetch(server, []) == {}


def test_equal_urls_have_a_row_each(server):
    pairs = [("a", f"http://pictures.example:{server.port}/good.jpg")] * 3
    rows = list(
        fetch_urls(
            pairs, Fetch(contact="a@example.org", requests_per_s_per_host=100.0), loopback(server.port), Names
        )
    )
    assert [row.outcome for row in rows] == ["kept"] * 3
