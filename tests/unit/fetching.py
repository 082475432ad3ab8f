"""Fetching from the misbehaving server, one row per URL."""

from corpus.config import Fetch
from corpus.fetch import outcomes
from corpus.fetch.fetcher import fetch_urls
from tests.unit.misbehaving_server import Names, loopback


def fetch(server, urls, resolver=Names, closed_port=80, **changes):
    """Rows by URL; a path stands for a URL at pictures.example."""
    defaults = {
        "contact": "https://example.org/bot",
        "deadline_s": 2.0,
        "max_image_bytes": 1_000_000,
        "connections_per_host": 16,
        "requests_per_s_per_host": 2_000.0,
        "retry_pause_s": 0.01,
    }
    full = [f"http://pictures.example:{server.port}{url}" if url.startswith("/") else url for url in urls]
    pairs = [(str(index), url) for index, url in enumerate(full)]
    rows = list(
        fetch_urls(pairs, Fetch(**{**defaults, **changes}), loopback(server.port, 80, closed_port), resolver)
    )
    assert sorted(int(row.image_url_id) for row in rows) == list(range(len(urls)))
    assert {row.outcome for row in rows} <= set(outcomes.OUTCOMES)
    return {urls[int(row.image_url_id)]: row for row in rows}
