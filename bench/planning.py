"""`python -m bench.planning`: what planning and accounting for a whole crawl asks of driver and object store.

Goes in: a number of WARC files, and how many make a chunk. Comes out: one line per phase: seconds, the driver's memory,
requests. Planner, manifests, recipes and the decision what is done are those of a build; only the tasks are not run:
each job answers at once with made-up parts. While the build is written seconds are the driver's own, without Spark and
the network; afterwards the object store takes `request_s` for each request, as many at a time as it is asked.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from pyarrow import fs

from bench.counted_store import CountedStore
from corpus.catalog import Catalog
from corpus.columns import KEPT
from corpus.config import Settings
from corpus.manifest import Count, Part, table_digests
from corpus.plan import Chunk
from corpus.spark.build import Build
from corpus.spark.job import Made, Recipe
from corpus.tables import TABLES

CRAWL = "s3://commoncrawl/crawl-data/CC-MAIN-2026-30/segments/{:03d}/warc/CC-MAIN-{:06d}.warc.gz"
OUT = "counted://corpus"
STATM = Path("/proc/self/statm")
PAGE_BYTES = 4096
MIB = 2**20


@dataclass(frozen=True)
class Phase:
    """One step of a build as the driver lives through it."""

    name: str
    seconds: float
    memory_mib: float
    reads: int
    writes: int


def file_names(n_files: int) -> list[str]:
    """Addresses as a listing of Common Crawl has them."""
    return [CRAWL.format(number // 1000, number) for number in range(n_files)]


def memory_mib() -> float:
    """Memory of this process now."""
    return int(STATM.read_text().split()[1]) * PAGE_BYTES / MIB if STATM.exists() else 0.0


def made_up_parts(n_parts: int) -> Callable[[Build, Recipe, str | None], Made]:
    """A stand-in for a job: the parts that its tasks would have told of, in every chunk that it would have written."""

    def run_job(build: Build, recipe: Recipe, chunk: str | None) -> Made:
        chunks = build.chunk_names() if chunk is None else [chunk]
        parts = [
            made_up_part(table, name, number)
            for table in recipe.outputs
            for name in chunks
            for number in range(n_parts)
        ]
        return Made(parts)

    return run_job


def made_up_part(table: str, chunk: str, number: int) -> Part:
    name = f"part-{number:05d}.parquet"
    sha256 = hashlib.sha256(f"{table} {chunk} {name}".encode()).hexdigest()
    counts = tuple(Count("", outcome, 1000, 10**6) for outcome in (KEPT, "too_small", "not_found"))
    return Part(table, chunk, name, 3000, 10**8, sha256, counts)


@contextmanager
def counted(store: CountedStore) -> Iterator[None]:
    """All that corpus.storage does goes to the store."""
    filesystem = fs.PyFileSystem(store)

    def locate(uri: str) -> tuple[fs.FileSystem, str]:
        return filesystem, uri.removeprefix("counted://")

    with patch("corpus.storage.locate", locate):
        yield


def phases(
    n_files: int, settings: Settings, n_parts: int, folder: str, request_s: float = 0.0
) -> Iterator[Phase]:
    """Plan, build, plan again, resume, count: in this order, in one process."""
    from corpus.pipeline import RECIPES
    from corpus.prepare import Run, plan_chunks
    from corpus.run import count
    from corpus.spark import job

    store, files = CountedStore(folder), file_names(n_files)
    digests = table_digests(settings, {})
    chunks: tuple[Chunk, ...] = ()

    def planned() -> None:
        nonlocal chunks
        chunks = tuple(plan_chunks(settings, files))

    def built(expected: int, catalog: Catalog) -> None:
        build = Build(OUT, settings, chunks, digests, catalog)
        made = sum(job.run_recipe(build, recipe) for recipe in RECIPES)
        assert made == expected, f"{made} chunks were made, not {expected}"

    def all_counted() -> None:
        tallies = count(Run(settings, chunks, digests, "", again))
        assert tallies

    again = Catalog()
    with counted(store), patch("corpus.spark.job.run_job", made_up_parts(n_parts)):
        yield timed("plan", store, planned)
        yield timed("write manifests", store, lambda: built(len(RECIPES) * len(chunks), Catalog()))
        store.request_s = request_s
        yield timed("plan again", store, planned)
        yield timed("find all done", store, lambda: built(0, again))
        yield timed("count", store, all_counted)


def timed(name: str, store: CountedStore, work: Callable[[], None]) -> Phase:
    print(f"bench: {name}", file=sys.stderr, flush=True)
    store.calls.clear()
    started = time.monotonic()
    work()
    requests = store.requests()
    return Phase(name, time.monotonic() - started, memory_mib(), requests["read"], requests["write"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code."""
    options = parser().parse_args(arguments)
    spark = {"files_per_chunk": options.files_per_chunk}
    settings = Settings.model_validate({"spark": spark, "places": {"out": OUT}})
    n_chunks = -(-options.files // options.files_per_chunk)
    print(f"{options.files} files, {n_chunks} chunks, {len(TABLES) - 1} tables, {options.parts} parts each, ")
    print(f"driver before: {memory_mib():.0f} MiB\n")
    print("| phase | seconds | driver, MiB | reads | writes |")
    print("|---|---:|---:|---:|---:|")
    with TemporaryDirectory(prefix="corpus-planning-") as folder:
        for phase in phases(options.files, settings, options.parts, folder, options.request_ms / 1000):
            print(
                f"| {phase.name} | {phase.seconds:.1f} | {phase.memory_mib:.0f} | {phase.reads:,} | {phase.writes:,} |",
                flush=True,
            )
    return 0


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="python -m bench.planning", description="Plan and account for a crawl."
    )
    options.add_argument("--files", type=int, default=100_000, help="WARC files; default: a crawl")
    options.add_argument("--files-per-chunk", type=int, default=400, help="default: as infra/run.toml has it")
    options.add_argument("--parts", type=int, default=64, help="parts of each table and chunk")
    options.add_argument(
        "--request-ms", type=float, default=30.0, help="how long the store takes for a request"
    )
    return options


if __name__ == "__main__":
    sys.exit(main())
