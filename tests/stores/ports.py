"""Ports for servers on the loopback interface."""

from __future__ import annotations

import socket
import time


def free_ports(n: int) -> int:
    """The first of `n` ports in a row that nobody listens on."""
    for first in range(20_000, 60_000, 97):
        if not any(answers(port) for port in range(first, first + n)):
            return first
    raise OSError("no free ports")


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(port: int, seconds: float = 60) -> None:
    """Until somebody listens on `port`; TimeoutError when nobody does."""
    until = time.monotonic() + seconds
    while not answers(port):
        if time.monotonic() > until:
            raise TimeoutError(f"nobody listens on port {port}")
        time.sleep(0.1)
