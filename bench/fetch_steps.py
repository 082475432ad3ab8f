"""Where the core time of a picture from the web goes, step by step.

Goes in: how many images. Comes out: core seconds of each step and of all together, with the pictures, the server and
the size of `downloading`. Steps are timed apart, one after the other; the rest is what they leave of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.downloading import N_HOSTS, STORING, store
from bench.fetching import Loopback, gate_to, image_urls, pictures, serving
from bench.timing import timed
from corpus.child import Child
from corpus.fetch.fetcher import fetch_urls
from corpus.pixels import load_parsers
from corpus.recipes.images import look_at

FETCH, HAND_OVER, LOOK, REST, WHOLE = (
    "ask robots.txt, fetch",
    "hand bytes to the child and back",
    "decode, resize, encode, hash what is seen",
    "sha256, rows, Parquet",
    "all steps",
)


def fetch_step_times(n_images: int) -> dict[str, float]:
    """Core seconds per step for so many images, the whole last."""
    with serving(pictures()) as port, TemporaryDirectory(prefix="corpus-bench-") as folder:
        urls = image_urls(port, n_images, N_HOSTS)
        bodies = list(islice(cycle(pictures()), n_images))
        load_parsers()
        steps = {
            FETCH: timed(partial(fetch, urls, port)).cpu_s,
            HAND_OVER: timed(partial(run_all, len, bodies)).cpu_s,
            LOOK: timed(partial(look_at_all, bodies)).cpu_s,
        }
        whole_s = timed(partial(store, urls, port, Path(folder))).cpu_s
    return {**steps, REST: whole_s - sum(steps.values()), WHOLE: whole_s}


def fetch(urls: Sequence[str], port: int) -> int:
    fetched = fetch_urls(((url, url) for url in urls), STORING, gate_to(port), Loopback)
    return sum(row.body is not None for row in fetched)


def run_all(job: Callable[[bytes], int], bodies: Sequence[bytes]) -> int:
    with Child(job, STORING.max_decode_s, STORING.max_decode_bytes) as child:
        return sum(isinstance(child.run(body), int) for body in bodies)


def look_at_all(bodies: Sequence[bytes]) -> int:
    return sum(look_at(body, STORING)["outcome"] == "kept" for body in bodies)
