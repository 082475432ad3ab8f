"""Several sources read side by side and given out one after the other.

Goes in: iterators, such as the batches of each row group. Comes out: their items, in order. Arrow reads and decodes
without Python's lock, so two threads take half the time of one, and who asks for items works meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Semaphore
from typing import Generic, TypeVar

Item = TypeVar("Item")
N_THREADS = 2
"""They read some gigabytes a second, which is more than a network gives; each holds memory of its own."""


@dataclass(frozen=True)
class Line(Generic[Item]):
    """What is ready of one source: items, and behind the last None or the error that ended it. `room` is for how many
    more there may be."""

    ready: SimpleQueue[Item | BaseException | None]
    room: Semaphore


def abreast(
    sources: Iterable[Iterator[Item]], n_begun: int, n_items: int, n_threads: int = N_THREADS
) -> Iterator[Item]:
    """The items of all sources, none of which is None. `n_begun` sources are begun at a time, and each has up to
    `n_items` ready beyond the one in use; an error comes behind the items that its source gave before."""
    is_over = Event()
    lines: deque[Line[Item]] = deque()
    with ThreadPoolExecutor(n_threads) as threads:
        try:
            for source in sources:
                lines.append(Line(SimpleQueue(), Semaphore(n_items)))
                threads.submit(fill, source, lines[-1], is_over)
                if len(lines) == n_begun:
                    yield from given(lines[0])
                    lines.popleft()
            while lines:
                yield from given(lines[0])
                lines.popleft()
        finally:
            is_over.set()
            for line in lines:
                line.room.release()
            threads.shutdown(cancel_futures=True)


def fill(source: Iterator[Item], line: Line[Item], is_over: Event) -> None:
    try:
        for item in source:
            line.room.acquire()
            if is_over.is_set():
                return
            line.ready.put(item)
        line.ready.put(None)
    except BaseException as error:
        line.ready.put(error)


def given(line: Line[Item]) -> Iterator[Item]:
    while (item := line.ready.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        line.room.release()
        yield item
