"""Images per core second from the web to Parquet: ours beside `img2dataset.download`, with the same work.

Goes in: how many images. Comes out: timings of both, on one server on loopback whose CPU time is not counted: fetch,
sha256, decode, resize to 256 px, encode as JPEG, write. Ours asks for robots.txt and hashes what it sees besides. Core
seconds are those of all processes. Each runs in a process of its own, as a user starts it; what that costs, measured
with next to no images, is told apart.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from bench.fetching import SETTINGS, Loopback, gate_to, image_urls, pictures, serving
from bench.timing import Timing, in_turns
from corpus.errors import CorpusError
from corpus.fetch.fetcher import fetch_urls
from corpus.fetch.opt_outs import OptOuts
from corpus.recipes.images import ROW_BYTES, image_rows
from corpus.recipes.small_batches import small_batches
from corpus.tables.images import IMAGES

OURS, THEIRS, STARTING = "ours", "img2dataset.download", ", of two images"
N_HOSTS = 200
N_PROCESSES = 2
SIDE_PX = 256
STORING = SETTINGS.model_copy(update={"max_side_px": SIDE_PX, "resize_mode": "keep_ratio_largest"})
ONE = """\
import sys, img2dataset
img2dataset.download(
    url_list=sys.argv[1], output_folder=sys.argv[2], input_format="parquet", output_format="parquet",
    resize_mode="keep_ratio_largest", image_size={side_px}, resize_only_if_bigger=True, extract_exif=False,
    processes_count={n_processes}, thread_count={n_threads}, number_sample_per_shard=int(sys.argv[3]))
"""


def time_downloading(n_images: int, n_rounds: int) -> dict[str, list[Timing]]:
    """Timings of ours, of img2dataset, and of both with next to nothing to do; nothing where it is not installed."""
    if find_spec("img2dataset") is None:
        return {}
    with serving(pictures()) as port, TemporaryDirectory(prefix="corpus-bench-") as folder:
        urls = image_urls(port, n_images, N_HOSTS)
        few = urls[:N_PROCESSES]
        actions = {
            OURS: partial(store_apart, urls, port, Path(folder)),
            THEIRS: partial(download, urls, port, Path(folder)),
            OURS + STARTING: partial(store_apart, few, port, Path(folder)),
            THEIRS + STARTING: partial(download, few, port, Path(folder)),
        }
        return in_turns(actions, n_rounds)


def without_start(timings: dict[str, list[Timing]]) -> dict[str, list[Timing]]:
    """Both, less what they take to start."""
    return {
        f"{name}, without its start": [
            Timing(a.n - b.n, a.wall_s - b.wall_s, a.cpu_s - b.cpu_s)
            for a, b in zip(timings[name], timings[name + STARTING], strict=True)
        ]
        for name in (OURS, THEIRS)
    }


def store_apart(urls: Sequence[str], port: int, folder: Path) -> int:
    """`store` in a process of its own; what it returns. Raises CorpusError."""
    with TemporaryDirectory(dir=folder) as own:
        pq.write_table(pa.table({"url": list(urls)}), f"{own}/urls.parquet")
        return int(run([sys.executable, "-m", "bench.downloading", f"{own}/urls.parquet", str(port), own]))


def run(command: Sequence[str], **environment: str) -> str:
    """What a command prints. Raises CorpusError when it fails."""
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CorpusError(f"{' '.join(command)[:200]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def store(urls: Sequence[str], port: int, folder: Path) -> int:
    """Fetch all and write their rows of `images`; the number of pictures that are kept."""
    fetched = fetch_urls(((url, url) for url in urls), STORING, gate_to(port), Loopback)
    rows = image_rows(fetched, "web", STORING, OptOuts())
    path = folder / "images.parquet"
    with pq.ParquetWriter(path, IMAGES.schema) as writer:
        for _, batch in small_batches("images", rows, lambda row: len(row.get("bytes") or b"") + ROW_BYTES):
            writer.write_batch(batch)
    sizes = pq.read_table(path, columns=["width_px"]).column("width_px")
    return sum(width_px == SIDE_PX for width_px in sizes.to_pylist())


def download(urls: Sequence[str], port: int, folder: Path) -> int:
    """Have img2dataset do it; the number of its successes. The server is its proxy, hence it looks up no names. Raises
    CorpusError."""
    with TemporaryDirectory(dir=folder) as own:
        pq.write_table(pa.table({"url": list(urls)}), f"{own}/urls.parquet")
        n_threads, per_shard = STORING.connections // N_PROCESSES, -(-len(urls) // N_PROCESSES)
        program = ONE.format(side_px=SIDE_PX, n_processes=N_PROCESSES, n_threads=n_threads)
        command = [sys.executable, "-c", program, f"{own}/urls.parquet", f"{own}/shards", str(per_shard)]
        run(command, http_proxy=f"http://127.0.0.1:{port}", NO_ALBUMENTATIONS_UPDATE="1")
        shards = [
            pq.read_table(path, columns=["status", "width"]) for path in Path(own).glob("shards/*.parquet")
        ]
        return sum(
            row == {"status": "success", "width": SIDE_PX} for each in shards for row in each.to_pylist()
        )


if __name__ == "__main__":
    list_, port_, folder_ = sys.argv[1:]
    print(store(pq.read_table(list_).column("url").to_pylist(), int(port_), Path(folder_)))
