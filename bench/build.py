"""The whole build of a WARC file, beside the stages' functions alone.

Goes in: the file, and a folder to build into. Comes out: per round the seconds of the build, of its tables, and of the
same functions without Spark. The build is a process of its own on two cores, as a user starts it, and its time holds
everything: Python's and Spark's start, the funnel, the report.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.kernels import Inputs, stage_inputs, time_stages, warm
from bench.table import NONE, Line, number, seconds, verdict
from bench.timing import Timing
from corpus.config import Settings
from corpus.errors import CorpusError
from corpus.look.stored import Stored, stage_seconds
from corpus.prepare import with_bound
from corpus.tables import TABLES
from corpus.tables.product import FUNNEL

N_CORES = 2
BOUND_S = 90.0
"""What the build of the sample may take on two cores, Spark's start included."""
CHARACTERS_SHOWN = 2_000


@dataclass(frozen=True)
class Round:
    """Seconds of one build, of each of its tables, and the timings of the stages alone."""

    wall_s: float
    cpu_s: float | None
    table_s: Mapping[str, float]
    alone: Mapping[str, Timing]

    @property
    def alone_s(self) -> float:
        return sum(timing.wall_s for timing in self.alone.values())

    @property
    def cost(self) -> float:
        """Core seconds that the build held, over the seconds that its stages take alone."""
        return N_CORES * self.wall_s / self.alone_s

    @property
    def alone_cpu_s(self) -> float:
        return sum(timing.cpu_s for timing in self.alone.values())


def time_builds(
    warc: str, folder: Path, n_rounds: int, say: Callable[[str], None]
) -> tuple[list[Round], Inputs]:
    """Builds and stages in turns, and what the stages began with. CorpusError when a build fails."""
    settings = with_bound(Settings())
    warm(warc, settings)
    rounds: list[Round] = []
    inputs: Inputs = {}
    for nth in range(1, n_rounds + 1):
        out = folder / f"build-{nth}"
        say(f"building {warc}, {nth} of {n_rounds}")
        wall_s, cpu_s = build(warc, out)
        stored = stored_tables(out)
        inputs = inputs or stage_inputs(stored, warc, settings)
        tables = [name for name in TABLES if name != FUNNEL.name]
        rounds.append(
            Round(wall_s, cpu_s, stage_seconds(stored, tables), time_stages(inputs, stored, settings))
        )
    return rounds, inputs


def build(warc: str, out: Path) -> tuple[float, float | None]:
    """Wall and core seconds of `corpus build`, the latter where they can be told. CorpusError with the end of what it
    said when it fails."""
    options = ["--out", str(out), "--set", f"spark.master=local[{N_CORES}]"]
    command = [sys.executable, "-m", "corpus.cli", "build", warc, *options]
    measuring = [sys.executable, "-m", "bench.whole_process", str(N_CORES), *command]
    done = subprocess.run(measuring, capture_output=True, text=True, check=False)
    said = done.stderr[-CHARACTERS_SHOWN:]
    if done.returncode:
        raise CorpusError(f"{' '.join(measuring)} ended with {done.returncode}: {said}")
    measured = json.loads(done.stdout)
    if measured["returncode"]:
        raise CorpusError(f"{' '.join(command)} ended with {measured['returncode']}: {said}")
    return measured["wall_s"], measured["cpu_s"]


def stored_tables(out: Path) -> Stored:
    """The tables that the build in `out` says it is made of."""
    made = json.loads((out / "build.json").read_text(encoding="utf-8"))
    return Stored(str(out), made["digests"], tuple(made["chunks"]))


def build_lines(rounds: Sequence[Round]) -> list[Line]:
    """The build beside its bound, beside its stages alone, then table by table, each with its share of the whole."""
    wall_s = median(each.wall_s for each in rounds)
    alone_s = median(each.alone_s for each in rounds)
    known = [(each.cpu_s, each.cpu_s / each.alone_cpu_s) for each in rounds if each.cpu_s is not None]
    return [
        Line(
            "whole build of the sample",
            f"{number(wall_s)} s",
            number(median(cpu_s for cpu_s, _ in known)) if known else NONE,
            f"bound on {N_CORES} cores",
            f"{number(BOUND_S)} s",
            ratio=verdict(wall_s, BOUND_S),
        ),
        Line(
            "  its seconds x cores",
            f"{number(N_CORES * wall_s)} s",
            beside="its stages without Spark",
            theirs=f"{number(alone_s)} s",
            their_cpu_s=number(median(each.alone_cpu_s for each in rounds)),
            ratio=number(median(each.cost for each in rounds)),
            cpu_ratio=number(median(cost for _, cost in known)) if known else NONE,
        ),
        *stage_lines(rounds, wall_s, alone_s),
        rest_line(rounds, wall_s),
    ]


def stage_lines(rounds: Sequence[Round], wall_s: float, alone_s: float) -> list[Line]:
    """One line per job of the build, in order; those that Spark does by itself stand beside nothing."""
    lines = []
    for table in rounds[0].table_s:
        table_s = median(each.table_s[table] for each in rounds)
        if table not in rounds[0].alone:
            if table_s:
                lines.append(Line(f"  {table}", seconds(table_s, wall_s)))
            continue
        own_s = median(each.alone[table].wall_s for each in rounds)
        lines.append(
            Line(
                f"  {table}",
                seconds(table_s, wall_s),
                beside="  its function",
                theirs=seconds(own_s, alone_s),
                their_cpu_s=number(median(each.alone[table].cpu_s for each in rounds)),
                ratio=number(
                    median(N_CORES * each.table_s[table] / each.alone[table].wall_s for each in rounds)
                ),
            )
        )
    return lines


def rest_line(rounds: Sequence[Round], wall_s: float) -> Line:
    rest_s = median(each.wall_s - sum(each.table_s.values()) for each in rounds)
    return Line("  starting, counting, reporting", seconds(rest_s, wall_s))
