"""A bound on the CPU time of one page.

Goes in: seconds. Comes out: `DeadlineExceeded` inside the block that took longer. It needs a timer signal,
hence the main thread, where Spark's Python workers run their tasks; in other threads there is no bound. A
single call into C (the HTML parser) is not interrupted: the byte cap bounds that.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class DeadlineExceeded(BaseException):
    """A page took too long. No `Exception`, so that no `except Exception` within a library swallows it."""


@contextmanager
def cpu_deadline(seconds: float) -> Iterator[None]:
    """Raise DeadlineExceeded in the block after so many CPU seconds, and each second after until it gets out."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def give_up(signum: int, frame: FrameType | None) -> None:
    raise DeadlineExceeded
