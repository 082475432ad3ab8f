"""Progress while a job runs: stage, tasks done of all, rows per second, time left.

Goes in: Spark's status tracker, read twice a second. Comes out: one line on stderr, rewritten on a terminal and
told as an event every ten seconds elsewhere. The row count is good enough to watch and never used to account.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from pyspark import Accumulator, SparkContext

from corpus.events import is_json, tell


@dataclass(frozen=True)
class RowCounter:
    """Rows done so far by all tasks of a job. Spark tells what a task accumulated when the task ends; where driver and
    tasks share a disk, each row is also one byte of a file in `folder`, seen at once."""

    accumulated: Accumulator[int]
    folder: str | None = None

    def add(self, partition: int, n_rows: int) -> None:
        """Count rows of a task."""
        if self.folder is None:
            self.accumulated.add(n_rows)
        else:
            with open(os.path.join(self.folder, str(partition)), "ab") as rows:
                rows.write(bytes(n_rows))

    def count(self) -> int:
        """All rows counted so far."""
        if self.folder is None:
            return self.accumulated.value
        return sum(entry.stat().st_size for entry in os.scandir(self.folder))


@dataclass(frozen=True)
class Snapshot:
    """Where a job stands: `unit` names what `n_rows` counts, such as pages."""

    stage: str
    unit: str
    tasks_done: int
    tasks: int
    n_rows: int
    elapsed_s: float


def format_progress(at: Snapshot) -> str:
    """One line, at most 80 columns."""
    rate = at.n_rows / at.elapsed_s if at.elapsed_s > 0 else 0.0
    left = "--:--"
    if at.tasks_done:
        seconds = round(at.elapsed_s / at.tasks_done * (at.tasks - at.tasks_done))
        left = f"{seconds // 60:02d}:{seconds % 60:02d}"
    return f"{at.stage:<28} {at.tasks_done:>5}/{at.tasks} tasks  {rate:>8.1f} {at.unit}/s  {left} left"


@contextmanager
def watching(
    context: SparkContext, group: str, snapshot: Callable[[int, int, float], Snapshot]
) -> Iterator[None]:
    """Show the progress of the job group while the block runs; `snapshot` gets tasks done, tasks, and seconds."""
    started = time.monotonic()
    stop = threading.Event()

    def watch() -> None:
        terminal = sys.stderr.isatty() and not is_json()
        shown_s = 0.0
        while not stop.wait(0.5):
            elapsed_s = time.monotonic() - started
            done, tasks = count_tasks(context, group)
            if tasks and (terminal or elapsed_s - shown_s >= 10):
                shown_s = elapsed_s
                at = snapshot(done, tasks, elapsed_s)
                line = format_progress(at)
                if terminal:
                    print(f"\r{line:<80}", end="", file=sys.stderr, flush=True)
                else:
                    tell("progress", line, **asdict(at))
        if terminal:
            print("\r" + " " * 80 + "\r", end="", file=sys.stderr, flush=True)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def count_tasks(context: SparkContext, group: str) -> tuple[int, int]:
    """Tasks done and tasks in all of the stages of the group that have started."""
    tracker = context.statusTracker()
    done = tasks = 0
    for job in tracker.getJobIdsForGroup(group):
        for stage in getattr(tracker.getJobInfo(job), "stageIds", ()):
            info = tracker.getStageInfo(stage)
            if info is not None:
                done, tasks = done + info.numCompletedTasks, tasks + info.numTasks
    return done, tasks
