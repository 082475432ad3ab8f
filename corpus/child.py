"""A process apart in which hostile bytes are read: what ends it, or never ends in it, costs one job.

Goes in: a function and its jobs, one at a time. Comes out: the result of each, or a `Loss` that names what became of
it. Parsers of pages and of pictures are C code: bytes can make them loop, take all memory or crash, and no exception
tells of it.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

DEADLINE = "deadline"
OUT_OF_MEMORY = "out_of_memory"
CRASHED = "crashed"

JOBS_PER_PROCESS = 1_000  # what parsers leak, and memory in pieces, goes with the process
WALL_SECONDS_PER_CPU_SECOND = 30  # a job that waits for nothing gets there on the busiest machine
SPARE_CPU_S = 2  # so that cpu_deadline comes first where it can

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Loss:
    """A job without a result: one of the outcomes above, and what was seen."""

    outcome: str
    fault: str


class Child(Generic[Job, Result]):
    """`work` in a forked process, with at most `cpu_s` seconds of CPU time a job and `memory_bytes` above what the
    process begins with. Use it as a context manager, so that it ends; it starts there, before any thread that brings
    jobs."""

    def __init__(self, work: Callable[[Job], Result], cpu_s: float, memory_bytes: int) -> None:
        self.work = work
        self.cpu_s = cpu_s
        self.memory_bytes = memory_bytes
        self.process: Any = None
        self.connection: Any = None
        self.n_jobs = 0

    def __enter__(self) -> Child[Job, Result]:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def run(self, job: Job) -> Result | Loss:
        """The result of one job, or why there is none; the next job is not concerned."""
        if self.process is None or self.n_jobs == JOBS_PER_PROCESS:
            self.start()
        self.n_jobs += 1
        wall_s = WALL_SECONDS_PER_CPU_SECOND * self.cpu_s
        try:
            self.connection.send(job)
            if self.connection.poll(wall_s):
                return self.connection.recv()  # type: ignore[no-any-return]
            loss = Loss(DEADLINE, f"no answer within {wall_s:.0f} s")
        except (EOFError, OSError):  # the process ended, before, within or after the job
            self.process.join()
            loss = loss_of(self.process.exitcode, self.cpu_s)
        self.stop()
        return loss

    def start(self) -> None:
        self.stop()
        context = multiprocessing.get_context(
            "fork"
        )  # loaded models come along, and nothing is imported again
        self.connection, end = context.Pipe()
        self.process = context.Process(
            target=serve, args=(end, self.connection, self.work, self.cpu_s, self.memory_bytes), daemon=True
        )
        self.process.start()
        end.close()

    def stop(self) -> None:
        if self.process is not None:
            self.connection.close()
            self.process.kill()
            self.process.join()
            self.process.close()
        self.process, self.n_jobs = None, 0


def serve(
    connection: Connection,
    end_of_parent: Connection,
    work: Callable[[Any], Any],
    cpu_s: float,
    memory_bytes: int,
) -> None:
    """Answer jobs until the parent is gone."""
    end_of_parent.close()  # else a parent that dies would never be missed
    close_others(connection.fileno())
    limit_memory(memory_bytes)
    gc.freeze()  # what came along lives as long as the process: it need not be looked through, nor copied for that
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        limit_cpu(cpu_s)
        try:
            answer = work(job)
        except MemoryError:
            answer = Loss(OUT_OF_MEMORY, f"needs more than {memory_bytes} bytes")
        connection.send(answer)


def close_others(kept: int) -> None:
    """Close what the parent has open besides the standard streams: a connection that it closes is to end."""
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))


def limit_cpu(cpu_s: float) -> None:
    """Let the kernel end this process (SIGXCPU) when the job takes longer, be it within a call into C."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + cpu_s) + SPARE_CPU_S
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


def limit_memory(memory_bytes: int) -> None:
    """Let allocations fail beyond so many bytes more than there are now; only Linux tells how many these are."""
    sizes = Path("/proc/self/statm")
    if not sizes.exists():
        return
    now_bytes = int(sizes.read_text().split()[0]) * resource.getpagesize()
    soft = now_bytes + memory_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(
        resource.RLIMIT_AS, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


def loss_of(exit_code: int, cpu_s: float) -> Loss:
    """What the end of the process means; the kernel kills what takes the last memory of the machine."""
    if exit_code == -signal.SIGXCPU:
        return Loss(DEADLINE, f"took more than {cpu_s} s of CPU time within one call")
    if exit_code == -signal.SIGKILL:
        return Loss(OUT_OF_MEMORY, "the process was killed, as the system does when memory runs out")
    ended = f"signal {signal.Signals(-exit_code).name}" if exit_code < 0 else f"exit status {exit_code}"
    return Loss(CRASHED, f"the process that read the bytes ended with {ended}")
