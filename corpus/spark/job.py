"""Jobs: run a recipe for the chunks that are not done, write their parts, then their manifests.

Goes in: a build and a recipe. Comes out: tables on disk. A chunk is done when its manifest is there and says that it
was made from inputs that are still the same; a chunk that is not is cleared first and written anew.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from tempfile import TemporaryDirectory

import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import DataFrame

from corpus.catalog import in_blocks
from corpus.columns import CORPUS
from corpus.config import Settings
from corpus.encode.device import GPU
from corpus.entry import added_up
from corpus.events import since, tell
from corpus.manifest import Count, Part, new_manifest
from corpus.spark.build import Build
from corpus.spark.due import inputs_of, inputs_of_all, not_done
from corpus.spark.here import runs_here
from corpus.spark.parts import Target, write_parts
from corpus.spark.progress import RowCounter, Snapshot, watching
from corpus.spark.task_time import task_seconds
from corpus.storage import join
from corpus.tables import TABLES

Batches = Iterator[pa.RecordBatch]
Step = Callable[[Batches, Settings], Iterator[tuple[str, pa.RecordBatch]]]
MOST_ATTEMPTS = 4  # as Spark gives a task
CHECKPOINT_LOST = re.compile("Checkpoint block .* not found")
GPUS_PER_TASK = "spark.task.resource.gpu.amount"
LEDGER = pa.schema([pa.field("part", pa.string(), nullable=False)])


@dataclass(frozen=True)
class Made:
    """What a job came to: its parts, and the seconds that its tasks took of cores and of GPUs."""

    parts: Sequence[Part]
    core_s: float = 0.0
    gpu_s: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """How some tables are made: the rows to start from, the step that turns batches of them into batches of `outputs`,
    the unit of its rate, and, where rows are heavy, how many go into a batch."""

    outputs: tuple[str, ...]
    rows: Callable[[Build, str], DataFrame]
    step: Step
    unit: str = "rows"
    rows_per_batch: int | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        named = [source for output in self.outputs for source in TABLES[output].inputs]
        return tuple(dict.fromkeys(source for source in named if source not in self.outputs))

    @property
    def corpus_wide(self) -> bool:
        return TABLES[self.outputs[0]].scope == CORPUS


def run_recipe(build: Build, recipe: Recipe) -> int:
    """Make what is missing; the number of chunks made."""
    stage, started = recipe.outputs[0], time.monotonic()
    together = inputs_of_all(build, recipe.inputs) if recipe.corpus_wide else None
    missing = [name for block in build.blocks() for name in due(build, recipe, block, together)]
    n_chunks = len(build.chunks)
    tell("stage begun", stage=stage, n_chunks=n_chunks, n_chunks_to_make=len(missing))
    if missing and together is not None:
        missing = list(build.chunks.names)
        make(build, recipe, dict.fromkeys(missing, together))
    elif missing:
        make_each(build, recipe, set(missing))
    for block in build.blocks():
        seal(build, recipe, block)
    tell("stage done", stage=stage, n_chunks_made=len(missing), elapsed_s=since(started))
    return len(missing)


def due(build: Build, recipe: Recipe, block: Sequence[str], together: Mapping[str, str] | None) -> list[str]:
    """Those of the chunks that are to be made, from `together` or each from inputs of its own."""
    if together is None:
        wanted: Mapping[str, Mapping[str, str]] = inputs_of(build, recipe.inputs, block)
    else:
        wanted = dict.fromkeys(block, together)
    return not_done(build, recipe.outputs, wanted)


def make_each(build: Build, recipe: Recipe, missing: Set[str]) -> None:
    """Make each of these chunks by a job of its own. Of a block of chunks others are made when one fails."""
    with ThreadPoolExecutor(build.settings.spark.chunks_in_flight) as pool:
        for block in build.blocks():
            chosen = [chunk for chunk in block if chunk in missing]
            made = [
                pool.submit(make, build, recipe, inputs_of(build, recipe.inputs, [chunk])) for chunk in chosen
            ]
            for future in made:
                future.result()
            if made:
                seal(build, recipe, block)


def seal(build: Build, recipe: Recipe, block: Sequence[str]) -> None:
    for table in recipe.outputs:
        build.catalog.seal(build.place(table), block)


def make(build: Build, recipe: Recipe, wanted: Mapping[str, Mapping[str, str]]) -> None:
    """Run the recipe's job for one chunk, or corpus-wide for all, and write the manifests."""
    for table in recipe.outputs:
        build.catalog.clear(build.place(table), list(wanted))
    started = time.monotonic()
    made = run_job(build, recipe, None if recipe.corpus_wide else next(iter(wanted)))
    parts: dict[tuple[str, str], list[Part]] = {}
    for part in made.parts:
        parts.setdefault((part.table, part.chunk), []).append(part)
    elapsed_s = time.monotonic() - started
    for table in recipe.outputs:
        share = 1 / len(wanted) if table == recipe.outputs[0] else 0.0  # one job's time is told once
        core_s, gpu_s = round(share * made.core_s, 3), round(share * made.gpu_s, 3)
        for block in in_blocks(list(wanted)):
            manifests = [
                new_manifest(
                    TABLES[table], (build.digests[table], chunk), build.settings, wanted[chunk],
                    parts.get((table, chunk), []), share * elapsed_s,
                )
                for chunk in block
            ]  # fmt: skip
            build.catalog.commit(
                build.place(table), [replace(each, core_s=core_s, gpu_s=gpu_s) for each in manifests]
            )


def run_job(build: Build, recipe: Recipe, chunk: str | None) -> Made:
    """One Spark job; what its tasks wrote and took."""
    context = build.spark.sparkContext
    title = " ".join([recipe.outputs[0], chunk or f"of {len(build.chunks)} chunk(s)"])
    group = f"{build.out} {title}"
    context.setJobGroup(group, title, interruptOnCancel=True)
    batch_rows = recipe.rows_per_batch or build.settings.spark.rows_per_batch
    build.spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(batch_rows))
    folders = {table: join(build.out, "tables", table, build.digests[table]) for table in recipe.outputs}
    target = Target(folders, chunk, 0, build.settings.release.row_group_bytes)
    started = time.monotonic()
    with TemporaryDirectory(prefix="corpus-rows-") as folder:
        counter = RowCounter(context.accumulator(0), folder if runs_here(build.settings) else None)
        task = partial(run_task, recipe, build.settings, target, counter)

        def snapshot(done: int, tasks: int, elapsed_s: float) -> Snapshot:
            return Snapshot(title, recipe.unit, done, tasks, counter.count(), elapsed_s)

        with watching(context, group, snapshot):
            parts = written_parts(build, recipe, chunk, task)
    tell_done(recipe, title, chunk, parts, time.monotonic() - started)
    core_s = task_seconds(context, group)
    return Made(parts, core_s, core_s * float(context.getConf().get(GPUS_PER_TASK) or 0))


def written_parts(
    build: Build, recipe: Recipe, chunk: str | None, task: Callable[[Batches], Batches]
) -> list[Part]:
    """The parts of the recipe's tasks. An executor that is lost takes along what localCheckpoint left on it, which
    Spark cannot make again from anything: then the recipe is run again from its tables."""
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            rows = recipe.rows(build, chunk or "")  # clusters are found by jobs of their own
            return [part_from(row.part) for row in rows.mapInArrow(task, "part string").collect()]
        except Exception as error:
            if attempt == MOST_ATTEMPTS or not CHECKPOINT_LOST.search(str(error)):
                raise
            line = f"{recipe.outputs[0]}: an executor was lost, run again from the tables"
            facts = {"stage": recipe.outputs[0], "chunk": chunk, "attempt": attempt}
            tell("executor lost", line, logging.WARNING, **facts)
    raise AssertionError


def tell_done(recipe: Recipe, title: str, chunk: str | None, parts: Sequence[Part], elapsed_s: float) -> None:
    """That a job is done: its rows, bytes and outcomes. `chunk` is None for all of them."""
    stage, unit = recipe.outputs[0], recipe.unit
    counts = added_up(part for part in parts if part.table == stage)
    outcomes = {count.outcome: count.n for count in counts if not count.item}
    n_rows = sum(outcomes.values())
    tell(
        "job done",
        f"{title:<28} {n_rows:>9} {unit:<10} in {elapsed_s:>6.1f} s  {n_rows / elapsed_s:>8.1f} {unit}/s",
        stage=stage,
        chunk=chunk,
        unit=unit,
        n_rows=n_rows,
        outcomes=outcomes,
        n_parts=len(parts),
        n_bytes=sum(part.file_bytes for part in parts),
        elapsed_s=round(elapsed_s, 3),
    )


def run_task(
    recipe: Recipe, settings: Settings, target: Target, counter: RowCounter, batches: Batches
) -> Batches:
    """What a task does: the step over its batches, the parts on disk, one ledger row per part."""
    context = TaskContext.get()
    here = (
        replace(target, partition=context.partitionId(), attempt=context.attemptNumber())
        if context
        else target
    )
    gpu = context.resources().get("gpu") if context else None
    if gpu is not None:  # asked for by spark.task.resource.gpu.amount
        os.environ[GPU] = gpu.addresses[0]

    def counted() -> Iterator[tuple[str, pa.RecordBatch]]:
        for table, batch in recipe.step(batches, settings):
            if table == recipe.outputs[0]:
                counter.add(here.partition, batch.num_rows)
            yield table, batch

    for part in write_parts(counted(), here):
        yield pa.RecordBatch.from_pylist([{"part": json.dumps(asdict(part))}], schema=LEDGER)


def part_from(text: str) -> Part:
    value = json.loads(text)
    return Part(**{**value, "counts": tuple(Count(**count) for count in value["counts"])})
