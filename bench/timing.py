"""Timing what is compared in turns, so that a busy machine slows all of it alike.

Goes in: actions that say how many units they made. Comes out: a `Timing` per action and round, and medians.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Action = Callable[[], int]


@dataclass(frozen=True)
class Timing:
    """`n` units made in `wall_s` seconds, for which this process and those it ended used cores for `cpu_s` seconds."""

    n: int
    wall_s: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Units per second of wall time."""
        return self.n / self.wall_s


def timed(action: Action) -> Timing:
    wall_s, cpu_s = time.perf_counter(), used_cpu_s()
    n = action()
    return Timing(n, time.perf_counter() - wall_s, used_cpu_s() - cpu_s)


def used_cpu_s() -> float:
    """Seconds for which this process and those it ended have used cores, to the microsecond."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def in_turns(actions: Mapping[str, Action], n_rounds: int) -> dict[str, list[Timing]]:
    """Each action once per round: A, B, A, B, and not A, A, B, B."""
    timings: dict[str, list[Timing]] = {name: [] for name in actions}
    for _ in range(n_rounds):
        for name, action in actions.items():
            timings[name].append(timed(action))
    return timings


def median_rate(timings: Sequence[Timing]) -> float:
    return median(each.rate for each in timings)


def median_cpu_s(timings: Sequence[Timing]) -> float:
    return median(each.cpu_s for each in timings)


def median_cpu_ratio(ours: Sequence[Timing], theirs: Sequence[Timing]) -> float:
    """How many times as much core time a unit costs them: steadier than rates while others use the machine."""
    return median((b.cpu_s / b.n) / (a.cpu_s / a.n) for a, b in zip(ours, theirs, strict=True))


def median_ratio(ours: Sequence[Timing], theirs: Sequence[Timing]) -> float:
    """How many times as fast ours is: the median over rounds, each round compared with itself, since what else the
    machine does changes from round to round."""
    return median(a.rate / b.rate for a, b in zip(ours, theirs, strict=True))
