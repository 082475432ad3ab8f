"""Work done ahead of whoever waits for it, by one thread, in order.

Goes in: an iterator. Comes out: the same items. Arrow reads and decodes without Python's lock, so the thread that asks
for items works on one while the next is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item], n: int) -> Iterator[Item]:
    """The items, of which none is None, with up to `n` ready beyond the one in use."""
    with ThreadPoolExecutor(1) as thread:
        try:
            waiting = deque(thread.submit(next, items, None) for _ in range(n))
            while True:
                waiting.append(thread.submit(next, items, None))
                item = waiting.popleft().result()
                if item is None:
                    return
                yield item
        finally:
            thread.shutdown(cancel_futures=True)
