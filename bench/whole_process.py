"""`python -m bench.whole_process N COMMAND ...`: the time of a command with everything that it starts, on N cores.

Goes in: the number of cores and the command. Comes out: one line of JSON with exit code, wall seconds and core seconds;
what the command says on standard error passes through. Core seconds hold Spark's Java process and its Python workers
too, which outlive the process that started them; they are null where only Linux could tell them. It is a process of its
own because it takes up orphans and waits for all of its children. What ignores its children tells nobody of their time,
as Spark's daemon does of a worker that was idle for a minute: so processes are looked at meanwhile, and the larger of
both sums counts.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bench.processes import EVERY_S, children

PR_SET_CHILD_SUBREAPER = 36
"""Of Linux's prctl(2): processes below that lose their parent become children of this one."""
ORPHANS_S = 30.0


def main(arguments: Sequence[str]) -> int:
    n_cores, *command = arguments
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(n_cores)])
    adopts = sys.platform == "linux" and not ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = time.perf_counter()
    seen: dict[str, float] = {}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            if adopts:
                look(os.getpid(), seen)
            with suppress(subprocess.TimeoutExpired):
                process.wait(EVERY_S)
    wall_s = time.perf_counter() - started
    cpu_s = max(core_seconds(), sum(seen.values())) if adopts and wait_for_orphans(ORPHANS_S) else None
    print(json.dumps({"returncode": process.returncode, "wall_s": wall_s, "cpu_s": cpu_s}))
    return 0


def look(process: int, seen: dict[str, float]) -> None:
    """Note the core seconds until now of all processes below one, by id and start, as an id may be given again."""
    for child in children(process):
        try:
            _, _, told = Path(f"/proc/{child}/stat").read_text().rpartition(")")
        except OSError:  # it has just ended
            continue
        fields = told.split()  # of proc_pid_stat(5) from the third on: utime is its 14th, starttime its 22nd
        seen[f"{child} {fields[19]}"] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        look(child, seen)


def wait_for_orphans(patience_s: float) -> bool:
    """Whether all have ended."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if not ended:
            time.sleep(0.05)
    return False


def core_seconds() -> float:
    """Of all processes that were waited for, and those that they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
