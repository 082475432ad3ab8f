"""Memory that was freed, given back to the system by Arrow's allocator and by glibc's; nothing is asked of another.

By itself glibc's malloc raises the size from which it gives back with the largest thing that was freed, to 64 MiB for
each of the arenas that threads have: a driver that has listed tables of 100,000 chunks would hold 100 MiB of nothing.
Arrow's own allocator keeps what threads used that have ended: the driver would hold 100 MiB after a report of 6,000
pages, a worker after some pictures. With glibc's a build takes as long, though moving pictures alone takes twice the
core time, half a millisecond more for three of 60 kB.
"""

from __future__ import annotations

import ctypes
import os

ARROW_ALLOCATOR = "ARROW_DEFAULT_MEMORY_POOL"
"""Environment variable that Arrow reads once, when pyarrow is imported."""
M_TRIM_THRESHOLD = -1  # as in malloc.h
FROM_BYTES = 128 * 2**10
"""What it begins with."""


def keep_little() -> None:
    """Leave the size from which memory is given back as it is, in this process from now on, and let Arrow use that
    malloc, here if pyarrow is not imported yet, and in processes that this one starts."""
    os.environ.setdefault(ARROW_ALLOCATOR, "system")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_TRIM_THRESHOLD, FROM_BYTES)


def give_back() -> None:
    """Give back what Arrow keeps, and whole pages that lie between others in use."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)
