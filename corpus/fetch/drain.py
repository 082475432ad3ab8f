"""An event loop in a thread of its own, read as an iterator.

Goes in: a coroutine function that delivers items. Comes out: the items, as they are delivered. The loop goes
on while the reader does something else, so that no deadline passes because the reader was busy; it stops when
the reader does.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar

Item = TypeVar("Item")
Deliver = Callable[[Item], Awaitable[None]]
DONE = object()


def drained(produce: Callable[[Deliver[Item]], Coroutine[Any, Any, None]], ahead: int) -> Iterator[Item]:
    """Run `produce`, yield what it delivers, at most twice `ahead` of them ahead; what it raises is raised here."""
    loop = asyncio.new_event_loop()
    waiting: asyncio.Queue[Any] = asyncio.Queue(ahead)

    async def run() -> None:
        try:
            await produce(waiting.put)
        except Exception as error:  # handed over to the reader, where it is raised
            await waiting.put(error)
        else:
            await waiting.put(DONE)

    thread = threading.Thread(target=loop.run_forever, name="fetch", daemon=True)
    thread.start()
    running = asyncio.run_coroutine_threadsafe(run(), loop)
    try:
        while True:
            for item in asyncio.run_coroutine_threadsafe(taken(waiting), loop).result():
                if item is DONE:
                    return
                if isinstance(item, Exception):
                    raise item
                yield item
    finally:
        running.cancel()
        asyncio.run_coroutine_threadsafe(settle(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def taken(waiting: asyncio.Queue[Any]) -> list[Any]:
    """All that waits, at least one item: going from one thread to the other costs as much for many as for one."""
    items = [await waiting.get()]
    while not waiting.empty():
        items.append(waiting.get_nowait())
    return items


async def settle() -> None:
    """Cancel every other task of the loop and wait until each has closed what it held."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
