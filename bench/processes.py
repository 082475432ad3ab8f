"""The processes below another one (Linux only), by proc(5)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

EVERY_S = 0.5
"""How often those that look at processes while a command runs do so."""


def children(process: int) -> list[int]:
    """Their ids; of a process that has just ended none, or those that could still be read."""
    found = []
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in listed.read_text().split()]
    return sorted(found)
