"""`python -m bench.planning`: what planning and accounting for a whole crawl asks of driver and object store.

Goes in: a number of WARC files, and how many make a chunk. Comes out: one line per phase: seconds, the driver's memory,
requests. Planner, manifests, recipes, the decision what is done, accounting with its check, and status are those of a
build; only the tasks are not run: each job answers at once with made-up parts. While the build is written seconds are
the driver's own, without Spark and the network; afterwards the object store takes `request_s` for each request, as many
at a time as it is asked.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from pyarrow import fs

from bench.counted_store import CountedStore
from bench.generated_build import generate
from bench.object_table import ObjectTable
from bench.outcomes import made_up_part, units_in
from corpus.catalog import Catalog
from corpus.config import Settings
from corpus.history import begin_build
from corpus.look.cost import run_costs
from corpus.look.funnel import FILE, check_funnel
from corpus.look.status import read_status
from corpus.manifest import table_digests
from corpus.pipeline import RECIPES
from corpus.plan import Chunk
from corpus.prepare import Run, plan_chunks
from corpus.run import count, pages_looked_at
from corpus.spark import job
from corpus.spark.build import Build
from corpus.spark.job import Made, Recipe
from corpus.tables import TABLES

CRAWL = "s3://commoncrawl/crawl-data/CC-MAIN-2026-30/segments/{:03d}/warc/CC-MAIN-{:06d}.warc.gz"
OUT = "counted://corpus"
PHASES = ("plan", "write manifests", "plan again", "find all done", "count", "status")
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Phase:
    """One step of a build as the driver lives through it."""

    name: str
    seconds: float
    core_s: float
    memory_mib: float
    peak_mib: float
    reads: int
    writes: int


def file_names(n_files: int) -> list[str]:
    """Addresses as a listing of Common Crawl has them."""
    return [CRAWL.format(number // 1000, number) for number in range(n_files)]


def memory_mib(line: str = "VmRSS") -> float:
    """Memory of this process now, or with VmHWM the most since `forget_peak`."""
    if not STATUS.exists():
        return 0.0
    told = dict(each.split(":", 1) for each in STATUS.read_text().splitlines())
    return int(told[line].split()[0]) / 1024


def forget_peak() -> None:
    if CLEAR.exists():
        CLEAR.write_text("5")


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


@contextmanager
def counted(store: CountedStore) -> Iterator[None]:
    """All that corpus.storage does goes to the store."""
    filesystem = fs.PyFileSystem(store)

    def locate(uri: str) -> tuple[fs.FileSystem, str]:
        return filesystem, uri.removeprefix("counted://")

    with patch("corpus.storage.locate", locate):
        yield


def phases(
    n_files: int,
    settings: Settings,
    n_parts: int,
    store: CountedStore,
    request_s: float = 0.0,
    only: Collection[str] = PHASES,
    at_once: bool = False,
) -> Iterator[Phase]:
    """Plan, build, plan again, resume, count, look on: in this order, in one process, or some of it."""
    files, digests, again = file_names(n_files), table_digests(settings, {}), Catalog()
    chunks: tuple[Chunk, ...] = ()

    def planned() -> None:
        nonlocal chunks
        chunks = tuple(plan_chunks(settings, files))

    def built(catalog: Catalog) -> int:
        build = Build(OUT, settings, chunks, digests, catalog)
        return sum(job.run_recipe(build, recipe) for recipe in RECIPES)

    def written() -> None:
        begin_build(OUT, {"digests": digests, "settings": {}}, None)
        if isinstance(store.base, ObjectTable) and at_once:
            generate(store.base, OUT, settings, chunks, digests, n_parts)
        else:
            assert built(Catalog())

    def found() -> None:
        made = built(again)
        assert not made, f"{made} chunks were made anew"

    def accounted() -> None:
        account(Run(settings, chunks, digests, "", again), n_parts)

    def looked_on() -> None:
        assert all(table.n_done == len(chunks) for table in read_status(OUT).tables)

    work = dict(zip(PHASES, (planned, written, planned, found, accounted, looked_on), strict=True))
    with counted(store), patch("corpus.spark.job.run_job", made_up_parts(n_parts)):
        if PHASES[0] not in only:
            planned()
        for name in (name for name in PHASES if name in only):
            store.request_s = request_s if PHASES.index(name) > 1 else 0.0
            yield timed(name, store, work[name])


def account(run: Run, n_parts: int) -> None:
    """What is counted, checked and looked up when a build ends; AssertionError when a unit is lost."""
    tallies = count(run)
    check_funnel(tallies)
    n_files = sum(tally.n_rows for tally in tallies if tally.unit == FILE)
    assert n_files == sum(units_in(chunk.name, part) for chunk in run.chunks for part in range(n_parts))
    assert run_costs(run.stored, run.settings)
    assert pages_looked_at(run).chunks


def timed(name: str, store: CountedStore, work: Callable[[], None]) -> Phase:
    print(f"bench: {name}", file=sys.stderr, flush=True)
    store.calls.clear()
    forget_peak()
    started, core_s = time.monotonic(), core_seconds()
    work()
    requests = store.requests()
    return Phase(
        name,
        time.monotonic() - started,
        core_seconds() - core_s,
        memory_mib(),
        memory_mib("VmHWM"),
        requests["read"],
        requests["write"],
    )


def core_seconds() -> float:
    taken = os.times()
    return taken.user + taken.system


def line(phase: Phase) -> str:
    per_s = (phase.reads + phase.writes) / phase.seconds
    return (
        f"| {phase.name} | {phase.seconds:.1f} | {phase.core_s:.1f} | {phase.memory_mib:.0f} | {phase.peak_mib:.0f} | "
        f"{phase.reads:,} | {phase.writes:,} | {per_s:,.0f} |"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code."""
    options = parser().parse_args(arguments)
    spark = {"files_per_chunk": options.files_per_chunk}
    settings = Settings.model_validate({"spark": spark, "places": {"out": OUT}})
    n_chunks, n_tables = -(-options.files // options.files_per_chunk), len(TABLES) - 1
    print(f"{options.files} files, {n_chunks} chunks, {n_tables} tables, {n_chunks * n_tables} manifests, ")
    print(f"{options.parts} parts each; driver before: {memory_mib():.0f} MiB\n")
    print("| phase | seconds | core seconds | driver, MiB | at most | reads | writes | requests/s |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    with TemporaryDirectory(prefix="corpus-planning-") as temporary:
        folder = options.folder or temporary
        os.makedirs(folder, exist_ok=True)
        store = CountedStore(folder, ObjectTable(f"{folder}/objects.sqlite"))
        request_s = options.request_ms / 1000
        for phase in phases(
            options.files, settings, options.parts, store, request_s, options.only or PHASES, options.generate
        ):
            print(line(phase), flush=True)
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
    options.add_argument("--folder", help="keep the store here and go on with what is in it")
    options.add_argument("--generate", action="store_true", help="write manifests a thousand at a time")
    options.add_argument("--only", action="append", choices=PHASES, help="phases to run; default: all")
    return options


if __name__ == "__main__":
    sys.exit(main())
