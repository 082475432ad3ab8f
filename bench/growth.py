"""`python -m bench.growth WARC --times 1 4 16`: the same build of more and more input.

Goes in: a WARC file; how many times as much of it, in copies of other pages and pictures (bench/copies.py). Comes out:
for each size and each of Spark's masters (one core and two; one worker of one core and two, each a process of its own):
seconds, milliseconds per page, core seconds, the peak memory of each kind of process; how much of two cores or workers
the second one is worth; how a page's seconds grow with input, and what each page more costs from one size to the next,
in which Spark's start has no part. Then, of the largest as one file, the cores that each stage held beside the seconds
that its functions take without Spark. A number that grows with input (seconds per page more, memory of one process)
would be a build that does not end at three billion.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.build import N_CORES, time_builds
from bench.copies import write_copies
from bench.machine import machine_facts
from bench.peaks import KINDS, peaks
from corpus.errors import CorpusError
from corpus.look.lookup import open_build

FILES_PER_CHUNK = 4
MASTERS = ["local[1]", "local[2]", "local-cluster[1,1,1024]", "local-cluster[2,1,1024]"]


@dataclass(frozen=True)
class Grown:
    """One build: how many times the input, Spark's master, pages, kept documents, seconds and MiB."""

    times: int
    master: str
    n_pages: int
    n_documents: int
    wall_s: float
    cpu_s: float | None
    peak_mib: dict[str, float]

    @property
    def ms_per_page(self) -> float:
        return 1000 * self.wall_s / self.n_pages

    @property
    def n_chunks(self) -> int:
        return -(-self.times // FILES_PER_CHUNK)

    @property
    def n_workers(self) -> int:
        return first_number(self.master)


def first_number(master: str) -> int:
    """Cores of local[N], workers of local-cluster[N,cores,MiB]."""
    return int(re.findall(r"\d+", master)[0])


def grow(warc: Path, sizes: Sequence[int], masters: Sequence[str], folder: Path) -> Iterator[Grown]:
    """Builds of every size, on every master in turn."""
    for times in sizes:
        copies = write_copies(warc, folder / f"input-{times}", times)
        for nth, master in enumerate(masters):
            print(f"bench: {times} x on {master}", file=sys.stderr, flush=True)
            yield built(copies, master, folder / f"build-{times}-{nth}")


def built(copies: Sequence[Path], master: str, out: Path) -> Grown:
    """One build in a process of its own, held to its cores; the driver of a cluster has cores of its own. CorpusError
    with the end of what it said when it fails."""
    n_cores = first_number(master) if master.startswith("local[") else os.cpu_count() or 1
    options = [f"spark.master={master}", f"spark.files_per_chunk={FILES_PER_CHUNK}"]
    command = [sys.executable, "-m", "corpus.cli", "build", *map(str, copies), "--out", str(out)]
    command += [word for option in options for word in ("--set", option)]
    measuring = [sys.executable, "-m", "bench.whole_process", str(n_cores), *command]
    with (
        subprocess.Popen(measuring, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        peaks(process.pid) as peak_mib,
    ):
        told, said = process.communicate()
    measured = json.loads(told) if told else {"returncode": process.returncode or 1}
    if measured["returncode"]:
        raise CorpusError(f"{' '.join(command)} ended with {measured['returncode']}: {said[-2000:]}")
    stored, _ = open_build(str(out))
    n_pages, n_documents = (
        sum(entry.n_rows for entry in stored.entries(table)) for table in ("documents", "interleaved")
    )
    times = (measured["wall_s"], measured["cpu_s"])
    return Grown(len(copies), master, n_pages, n_documents, *times, dict(peak_mib))


def table(found: Sequence[Grown]) -> list[str]:
    """Markdown, a line per build."""
    memory = " | ".join(f"{kind}, MiB" for kind in KINDS)
    lines = [
        f"| input | master | pages | documents | seconds | ms per page | core-ms per page | {memory} |",
        "|---:|---|---:|---:|---:|---:|---:|" + "---:|" * len(KINDS),
    ]
    for each in found:
        core_ms = f"{1000 * each.cpu_s / each.n_pages:.0f}" if each.cpu_s is not None else ""
        held = " | ".join(f"{each.peak_mib[kind]:.0f}" if kind in each.peak_mib else "" for kind in KINDS)
        lines.append(
            f"| {each.times} x | {each.master} | {each.n_pages:,} | {each.n_documents:,} | {each.wall_s:.1f} | "
            f"{each.ms_per_page:.0f} | {core_ms} | {held} |"
        )
    return lines


def verdicts(found: Sequence[Grown]) -> list[str]:
    """How a page's seconds and a process's memory grew from the smallest input to the largest, what each page more cost
    from one size to the next, and what a second core or worker is worth."""
    lines = []
    for master in dict.fromkeys(each.master for each in found):
        own = [each for each in found if each.master == master]
        first, last = own[0], own[-1]
        if first is not last:
            grown = ", ".join(
                f"{kind} {last.peak_mib[kind] / first.peak_mib[kind]:.2f} x"
                for kind in KINDS
                if first.peak_mib.get(kind) and kind in last.peak_mib
            )
            more = last.ms_per_page / first.ms_per_page
            lines.append(
                f"{master}, {last.times // first.times} x input: {more:.2f} x seconds per page; memory: {grown}"
            )
        lines += [each_page_more(less, more) for less, more in pairwise(own) if more.n_pages > less.n_pages]
    return [*lines, *(line for one in found for line in second_worth(one, found))]


def each_page_more(less: Grown, more: Grown) -> str:
    """What the pages between two sizes cost each, with the jobs of the chunks that hold them; both pay for Spark's
    start."""
    n_pages = more.n_pages - less.n_pages
    told = (
        f"{more.master}, each page more from {less.times} x to {more.times} x, "
        f"in {more.n_chunks - less.n_chunks} chunk(s) more"
    )
    wall = f"{1000 * (more.wall_s - less.wall_s) / n_pages:.0f} ms"
    if less.cpu_s is None or more.cpu_s is None:
        return f"{told}: {wall}"
    return f"{told}: {wall}, {1000 * (more.cpu_s - less.cpu_s) / n_pages:.0f} core-ms"


def second_worth(one: Grown, found: Sequence[Grown]) -> Iterator[str]:
    """Of a build on one core or worker, how much of two the same build on two used."""
    doubled = one.master.replace("[1", "[2", 1)
    for two in found:
        if one.n_workers == 1 and (two.times, two.master) == (one.times, doubled):
            yield f"{one.times} x input, {doubled}: {one.wall_s / (2 * two.wall_s):.0%} of both used"


def beside_functions(times: int, copies: Sequence[Path], folder: Path) -> list[str]:
    """What Spark, starting and waiting add to the functions of the stages, by one build of all copies as one file."""
    warc = folder / "all.warc.gz"
    with open(warc, "wb") as whole:
        for copy in copies:
            whole.write(copy.read_bytes())
    rounds, _ = time_builds(str(warc), folder, 1, lambda text: print(f"bench: {text}", file=sys.stderr))
    (only,) = rounds
    held = {name: (N_CORES * only.table_s[name], timing.wall_s) for name, timing in only.alone.items()}
    held["the whole build"] = (N_CORES * only.wall_s, only.alone_s)
    return [
        f"{times} x, {name}: {held_s:.1f} s x cores held, {alone_s:.1f} s in its functions: {held_s / alone_s:.2f} x"
        for name, (held_s, alone_s) in held.items()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code."""
    options = parser().parse_args(arguments)
    warc = Path(options.warc)
    found: list[Grown] = []
    try:
        with TemporaryDirectory(prefix="corpus-growth-") as name:
            for each in grow(warc, options.times, options.masters, Path(name)):
                found.append(each)
                print("\n".join(table(found)[-1:] if len(found) > 1 else table(found)), flush=True)
            print("", *verdicts(found), sep="\n")
            if not options.without_functions:
                times = max(options.times)
                copies = write_copies(warc, Path(name, "joined"), times)
                print(*beside_functions(times, copies, Path(name)), sep="\n")
    except CorpusError as error:
        print(f"bench.growth: {error}", file=sys.stderr)
        return 1
    print("", *machine_facts(), sep="\n")
    return 0


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="python -m bench.growth", description="The same build of more input."
    )
    options.add_argument("warc", nargs="?", default="demo/sample.warc.gz", help="default: the sample")
    options.add_argument("--times", type=int, nargs="+", default=[1, 4, 16], help="default: 1 4 16")
    options.add_argument("--masters", nargs="*", default=MASTERS, help=f"default: {' '.join(MASTERS)}")
    options.add_argument("--without-functions", action="store_true", help="leave out the functions alone")
    return options


if __name__ == "__main__":
    sys.exit(main())
