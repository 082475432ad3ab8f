"""The most memory that each kind of process held while a command ran (Linux only).

Goes in: the process id of the command. Comes out: for Spark's Java, the driver, its workers and the processes that
these read pages and pictures in, the largest VmHWM of proc(5) that any process of the kind had when it was last seen.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import EVERY_S, children

DAEMON = b"corpus.daemon"
MIB_PER_KIB = 1 / 1024
KINDS = ("driver", "java", "worker", "reader")


@contextmanager
def peaks(root: int) -> Iterator[dict[str, float]]:
    """A mapping that fills while the block runs: MiB by kind of process."""
    found: dict[str, float] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(EVERY_S):
            look(root, 0, found)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()


def look(process: int, n_forked: int, found: dict[str, float]) -> None:
    """Look at a process and at all below it; `n_forked` of those above it bear the name of Spark's daemon, which forks
    workers, which fork readers."""
    folder = Path(f"/proc/{process}")
    try:
        words = (folder / "cmdline").read_bytes().split(b"\0")
        status = (folder / "status").read_text()
    except OSError:  # it has just ended
        return
    kind = kind_of(words, n_forked)
    held = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    if kind and held:
        found[kind] = max(found.get(kind, 0.0), int(held[0]) * MIB_PER_KIB)
    for child in children(process):
        look(child, n_forked + (DAEMON in words), found)


def kind_of(words: list[bytes], n_forked: int) -> str:
    """One of KINDS, or nothing."""
    if n_forked:
        return "worker" if n_forked == 1 else "reader"
    if words[0].endswith(b"java"):
        return "java"
    return "driver" if words[0].rpartition(b"/")[2].startswith(b"python") and b"corpus.cli" in words else ""
