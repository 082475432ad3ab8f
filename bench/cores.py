"""`OMP_NUM_THREADS=1 python -m bench.cores WARC ... --encoder ViT-B-32`: what cores hold beside functions.

Goes in: WARC files, an encoder, and, so that it is made once, the folder of a build of them. Comes out: for extraction
and embedding, each as a command of its own (`corpus build --stage`), wall seconds x two cores of the whole command and
of its Spark jobs, and the core seconds that all of its processes used; beside them the core seconds of the stage's
function in one process that has loaded all it needs. Seconds x cores hold what is idle too; core seconds do not, and
feel less of what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from bench.build import N_CORES, stored_tables
from bench.encoding import write_random
from bench.kernels import contents, owners, time_stage, warm
from bench.machine import machine_facts
from bench.table import number
from corpus.config import Settings
from corpus.errors import CorpusError
from corpus.overrides import load_settings
from corpus.pipeline import RECIPES
from corpus.spark.job import Recipe

STAGES = ("documents", "image_features", "sentence_embeddings")
DEMO = "demo"
HEADER = (
    "stage", "rows", "in its function, core-s", "command, s x cores", "ratio", "its jobs, s x cores", "ratio",
    "used by the command, core-s", "ratio",
)  # fmt: skip


@dataclass(frozen=True)
class Given:
    """What is built: files, where, and with which settings, as the command takes them."""

    warcs: tuple[str, ...]
    out: Path
    options: tuple[str, ...]

    @property
    def settings(self) -> Settings:
        return load_settings((), self.options)


@dataclass(frozen=True)
class Held:
    """Of one stage: rows, core seconds of its function, seconds of command and jobs, core seconds of the command."""

    stage: str
    n_rows: int
    function_s: float
    command_s: float
    jobs_s: float
    used_s: float | None

    def cells(self) -> list[str]:
        held = (N_CORES * self.command_s, N_CORES * self.jobs_s, self.used_s)
        pairs = [(number(each), f"{each / self.function_s:.2f}") if each else ("", "") for each in held]
        return [
            self.stage,
            f"{self.n_rows:,}",
            number(self.function_s),
            *(cell for pair in pairs for cell in pair),
        ]


def measured(given: Given, stage: str) -> Held:
    """One stage, its function first. CorpusError when a command fails."""
    (recipe,) = (each for each in RECIPES if each.outputs[0] == stage)
    function = time_stage(recipe, first_batches(given, recipe), given.settings)
    for table in recipe.outputs:
        shutil.rmtree(given.out / "tables" / table)
    times, told = run(given, "--stage", stage)
    jobs = [each for each in told if each["event"] == "job done"]  # one per chunk
    n_rows, jobs_s = (sum(each[name] for each in jobs) for name in ("n_rows", "elapsed_s"))
    if n_rows != function.n:
        raise CorpusError(f"{stage}: {function.n} rows without Spark, {n_rows} in the build")
    return Held(stage, function.n, function.cpu_s, times["wall_s"], jobs_s, times["cpu_s"])


def first_batches(given: Given, recipe: Recipe) -> list[pa.RecordBatch]:
    """What the stage begins with: files, pictures or sentences."""
    if recipe.outputs[0] == "documents":
        files = [{"warc_filename": warc, "number": 0, "n_shares": 1} for warc in given.warcs]
        return [pa.RecordBatch.from_pylist(files)]
    scan = stored_tables(given.out)
    rows = contents(scan) if recipe.outputs[0] == "image_features" else owners(scan)
    n = given.settings.spark.rows_per_batch
    return [pa.RecordBatch.from_pylist(rows[at : at + n]) for at in range(0, len(rows), n)]


def run(given: Given, *words: str) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """`corpus build` on two cores: its times and the events that it told. CorpusError with the end of what it said."""
    command = [sys.executable, "-m", "corpus.cli", "build", *given.warcs, "--out", str(given.out), *words]
    command += [word for option in given.options for word in ("--set", option)]
    measuring = [sys.executable, "-m", "bench.whole_process", str(N_CORES), *command]
    done = subprocess.run(measuring, capture_output=True, text=True, check=False)
    times = json.loads(done.stdout) if done.stdout else {"returncode": done.returncode or 1}
    if times["returncode"]:
        raise CorpusError(f"{' '.join(command)} ended with {times['returncode']}: {done.stderr[-2000:]}")
    return times, [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]


def given_by(options: argparse.Namespace, folder: Path) -> Given:
    """The build to measure in, which is made when it is not there. No bound holds, since what random weights match
    means nothing."""
    out = Path(options.build or folder / "build")
    encoder = checkpoint(options.encoder, out)
    settings = (f"encode.encoder={encoder}", f"spark.master=local[{N_CORES}]", "spark.log=json")
    given = Given(tuple(options.warcs), out, (*settings, "align.min_similarity=-1"))
    if not (out / "build.json").exists():
        print(f"bench.cores: building {' '.join(given.warcs)}", file=sys.stderr, flush=True)
        run(given)
    return given


def checkpoint(encoder: str, out: Path) -> str:
    """The encoder as it is, but for an architecture of open_clip: random weights for it, beside the build. Speed does
    not depend on what they are."""
    if encoder == DEMO or Path(encoder).is_dir():
        return encoder
    weights = out.with_name(f"{out.name}-{encoder}")
    return str(weights) if weights.exists() else write_random(encoder, weights)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code."""
    options = parser().parse_args(arguments)
    try:
        with TemporaryDirectory(prefix="corpus-cores-") as folder:
            given = given_by(options, Path(folder))
            warm(given.warcs[0], given.settings)
            print(f"| {' | '.join(HEADER)} |\n|---|{'---:|' * (len(HEADER) - 1)}", flush=True)
            for stage in options.stages:
                print(f"| {' | '.join(measured(given, stage).cells())} |", flush=True)
    except CorpusError as error:
        print(f"bench.cores: {error}", file=sys.stderr)
        return 1
    print("", *machine_facts(), sep="\n")
    return 0


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="python -m bench.cores", description="What cores hold beside the functions of the dear stages."
    )
    options.add_argument("warcs", nargs="*", default=["demo/sample.warc.gz"], help="default: the sample")
    options.add_argument(
        "--encoder",
        default=DEMO,
        help="demo, a checkpoint folder, or an architecture of open_clip, such as ViT-B-32",
    )
    options.add_argument(
        "--build", help="folder of a build of these files, made when it is not there, and kept"
    )
    options.add_argument("--stages", nargs="+", choices=STAGES, default=STAGES)
    return options


if __name__ == "__main__":
    sys.exit(main())
