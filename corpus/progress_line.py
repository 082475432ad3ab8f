"""One line on stderr that says how far a command is: rewritten on a terminal, repeated every ten seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TERMINAL_S, LOG_S = 0.2, 10.0


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that takes what is to be shown; most of it is passed over, the last is shown."""
    on_terminal = sys.stderr.isatty()
    pause_s = TERMINAL_S if on_terminal else LOG_S
    shown_at, last = time.monotonic(), ""

    def say(text: str) -> None:
        nonlocal shown_at, last
        last = text
        if time.monotonic() - shown_at >= pause_s:
            show(text, on_terminal)
            shown_at = time.monotonic()

    try:
        yield say
    finally:
        if last:
            show(last, on_terminal)
            if on_terminal:
                print(file=sys.stderr)


def show(text: str, on_terminal: bool) -> None:
    print(
        f"\r\x1b[K{text}" if on_terminal else text,
        file=sys.stderr,
        end="" if on_terminal else "\n",
        flush=True,
    )
