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
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
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
from corpus.malloc import keep_little
from corpus.manifest import table_digests
from corpus.pipeline import run_pipeline
from corpus.plan import Plan, plan_of
from corpus.prepare import Run, plan_chunks
from corpus.run import count, pages_looked_at
from corpus.spark.build import Build
from corpus.spark.job import Made, Recipe
from corpus.tables import TABLES

CRAWL = "s3://commoncrawl/crawl-data/CC-MAIN-2026-30/segments/{:03d}/warc/CC-MAIN-{:06d}.warc.gz"
OUT = "counted://corpus"
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
        chunks = build.chunks.names if chunk is None else [chunk]
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


@dataclass
class Crawl:
    """A made-up crawl and the store that its build lies in; `chunks` once it is planned."""

    n_files: int
    n_parts: int
    settings: Settings
    store: CountedStore
    is_generated: bool = False
    chunks: Plan = field(default_factory=lambda: plan_of(()))
    again: Catalog = field(default_factory=Catalog)

    @cached_property
    def digests(self) -> Mapping[str, str]:
        return table_digests(self.settings, {})

    def plan(self) -> None:
        self.chunks = plan_chunks(self.settings, file_names(self.n_files))

    def write(self) -> None:
        begin_build(OUT, {"digests": self.digests, "settings": {}}, None)
        if self.is_generated:
            generate(self.store.base, OUT, self.settings, self.chunks, self.digests, self.n_parts)
        else:
            assert self.made(Catalog())

    def made(self, catalog: Catalog) -> int:
        return run_pipeline(Build(OUT, self.settings, self.chunks, self.digests, catalog))

    def find(self) -> None:
        made = self.made(self.again)
        assert not made, f"{made} chunks were made anew"

    def count(self) -> None:
        account(Run(self.settings, self.chunks, self.digests, "", self.again), self.n_parts)

    def look_on(self) -> None:
        assert all(table.n_done == len(self.chunks) for table in read_status(OUT).tables)


PHASES: Mapping[str, Callable[[Crawl], None]] = {
    "plan": Crawl.plan,
    "write manifests": Crawl.write,
    "plan again": Crawl.plan,
    "find all done": Crawl.find,
    "count": Crawl.count,
    "status": Crawl.look_on,
}
BEFORE = ("plan", "write manifests")
"""While these work the store takes no time."""


def phases(crawl: Crawl, request_s: float = 0.0, only: Collection[str] = tuple(PHASES)) -> Iterator[Phase]:
    """Plan, build, plan again, resume, count, look on: in this order, in one process, or some of it."""
    with counted(crawl.store), patch("corpus.spark.job.run_job", made_up_parts(crawl.n_parts)):
        if "plan" not in only:
            crawl.plan()
        for name in (name for name in PHASES if name in only):
            crawl.store.request_s = 0.0 if name in BEFORE else request_s
            yield timed(name, crawl.store, partial(PHASES[name], crawl))


def account(run: Run, n_parts: int) -> None:
    """What is counted, checked and looked up when a build ends; AssertionError when a unit is lost."""
    tallies = count(run)
    check_funnel(tallies)
    n_files = sum(tally.n_rows for tally in tallies if tally.unit == FILE)
    assert n_files == sum(units_in(name, part) for name in run.chunks.names for part in range(n_parts))
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
    keep_little()
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
        crawl = Crawl(options.files, options.parts, settings, store, options.generate)
        for phase in phases(crawl, options.request_ms / 1000, options.only or tuple(PHASES)):
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
    options.add_argument("--only", action="append", choices=tuple(PHASES), help="phases to run; default: all")
    return options


if __name__ == "__main__":
    sys.exit(main())
