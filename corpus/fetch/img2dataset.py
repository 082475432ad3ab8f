"""The edge to img2dataset: its public `download` with its distributor for Spark.

Goes in: a folder of Parquet files with `url` and `image_url_id`. Comes out: shards on disk, the bytes in them as they
were fetched. It runs the jobs in the session that is active in the calling thread. img2dataset 1.47 tells of no failure
by an exception: what it wrote has to be counted.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from types import SimpleNamespace

from corpus.config import Fetch
from corpus.errors import SettingsError
from corpus.fetch.robots import AGENT, OPT_OUTS

URLS_PER_SHARD = 1_000  # a tenth of img2dataset's default: one answer without end costs its whole shard
ONE_AT_A_TIME = threading.Lock()


def check_engine(settings: Fetch) -> None:
    """Whether the engine that the settings name may work, and can. Raises SettingsError."""
    if settings.engine != "img2dataset":
        return
    if settings.images != "web":
        raise SettingsError(
            f"fetch.engine is img2dataset, but fetch.images is {settings.images}; give --images web"
        )
    if not settings.allow_unchecked:
        raise SettingsError(
            "fetch.engine = img2dataset follows redirects without a check of the addresses they lead to, reads no "
            "robots.txt and bounds neither the time nor the size of an answer; where that can do no harm, say "
            "--set fetch.allow_unchecked=true"
        )
    if find_spec("img2dataset") is None:
        raise SettingsError(
            "fetch.engine is img2dataset, which is not installed: pip install 'interleaved-corpus[img2dataset]', here "
            "and on all workers (Python 3.11 or 3.12; it does not run on later ones)"
        )


def download_shards(urls: str, shards: str, settings: Fetch) -> None:
    """Download all URLs of a folder into shards; those that are finished already stay."""
    os.environ.setdefault(
        "NO_ALBUMENTATIONS_UPDATE", "1"
    )  # else it asks the package index when it is imported
    with ONE_AT_A_TIME, contextlib.redirect_stdout(sys.stderr):
        from img2dataset import download

        with no_signal_handler(), no_orphan():
            download(
                url_list=urls,
                input_format="parquet",
                save_additional_columns=["image_url_id"],
                output_folder=shards,
                output_format="parquet",
                number_sample_per_shard=URLS_PER_SHARD,
                disable_all_reencoding=True,  # what is done to pictures is done here, from the bytes that came
                extract_exif=False,
                compute_hash="sha256",
                thread_count=settings.connections,
                timeout=max(1, round(settings.deadline_s)),
                retries=0,  # it would ask again for what is missing too, and at once
                user_agent_token=AGENT,
                disallowed_header_directives=sorted(OPT_OUTS),
                distributor="pyspark",
                incremental_mode="incremental",
            )


@contextlib.contextmanager
def no_signal_handler() -> Iterator[None]:
    """Keep `download` from taking over SIGINT, which ends the process with exit code 0, and which only the main thread
    may do at all."""
    module = sys.modules["img2dataset.main"]
    own = module.signal
    module.signal = SimpleNamespace(SIGINT=signal.SIGINT, signal=lambda *arguments: None)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        module.signal = own  # type: ignore[attr-defined]


@contextlib.contextmanager
def no_orphan() -> Iterator[None]:
    """End the process with which `download` shows its progress: when it raises it leaves it running for ever."""
    before = set(multiprocessing.active_children())
    try:
        yield
    finally:
        for child in set(multiprocessing.active_children()) - before:
            if type(child).__name__ == "LoggerProcess":
                child.terminate()
                child.join()
