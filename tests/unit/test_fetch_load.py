"""Thousands of URLs, a third of which misbehave, end: each once, in a row each, in little memory."""

import tracemalloc
from collections import Counter

from corpus.config import Fetch
from corpus.fetch.fetcher import fetch_urls
from tests.unit.misbehaving_server import JPEG, NAMES, Names, answer, loopback, serving

N_HOSTS, N_PATHS = 50, 100
N_SILENT_HOSTS = 3
LARGE = answer(JPEG + bytes(200_000))
MISBEHAVING = {
    "/missing.jpg": "http_error",
    "/failing.jpg": "http_error",
    "/reset.jpg": "truncated",
    "/loop.jpg": "too_many_redirects",
    "/to-metadata.jpg": "address_refused",
    "/to-private.jpg": "address_refused",
    "/to-file.jpg": "unsupported_scheme",
    "/noai.jpg": "opted_out",
    "/not-gzip.jpg": "corrupt",
    "/kept-out/a.jpg": "robots_disallowed",
}
ATTEMPTS = {"/failing.jpg": 3, "/reset.jpg": 3, "/kept-out/a.jpg": 0}
SETTINGS = Fetch(
    contact="a@example.org",
    deadline_s=2.0,
    task_deadline_s=120.0,
    requests_per_s_per_host=1_000.0,
    connections=32,
    retry_pause_s=0.1,
)


def path_of(host, number):
    """The silent hosts begin bodies that never end; of the other hosts' paths three in ten misbehave."""
    if host < N_SILENT_HOSTS:
        return "/slow-body.jpg"
    return list(MISBEHAVING)[number // 10] if number % 10 < 3 else "/large.jpg"


def test_five_thousand_urls_a_third_of_which_misbehave_end_in_a_row_each(monkeypatch):
    for host in range(N_HOSTS):
        monkeypatch.setitem(NAMES, f"host{host}.example", ["127.0.0.1"])
    paths = {(host, number): path_of(host, number) for host in range(N_HOSTS) for number in range(N_PATHS)}
    with serving() as server:
        server.turns["/large.jpg"] = [LARGE]
        urls = [
            (f"{host}/{number}", f"http://host{host}.example:{server.port}{path}?{number}")
            for (host, number), path in paths.items()
        ]
        tracemalloc.start()
        rows, passed_bytes = {}, 0
        for row in fetch_urls(urls, SETTINGS, loopback(server.port, 80), Names):
            assert row.image_url_id not in rows
            rows[row.image_url_id] = (row.outcome, row.attempts)
            passed_bytes += len(row.body or b"")
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        requests = Counter((request[1]["host"], request[0]) for request in server.requests)

    answering = {pair: path for pair, path in paths.items() if pair[0] >= N_SILENT_HOSTS}
    expected = {
        f"{host}/{number}": (MISBEHAVING.get(path, "kept"), ATTEMPTS.get(path, 1))
        for (host, number), path in answering.items()
    }
    silent = {id_: row for id_, row in rows.items() if id_ not in expected}
    assert {id_: row for id_, row in rows.items() if id_ in expected} == expected
    assert len(silent) == N_SILENT_HOSTS * N_PATHS
    assert {outcome for outcome, _ in silent.values()} == {"timeout"}
    assert sum(attempts for _, attempts in silent.values()) <= N_SILENT_HOSTS * 6
    assert {n for (_, path), n in requests.items() if path.startswith("/large.jpg")} == {1}
    assert {n for (_, path), n in requests.items() if path == "/robots.txt"} == {1}
    assert passed_bytes > 600 * 2**20
    assert peak_bytes < 32 * 2**20
