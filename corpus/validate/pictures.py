"""The pictures of a release: whether each decodes whole and is of the type and size that its row tells.

Goes in: batches of the product. Comes out: (row, what is wrong) pairs. Pictures are decoded in processes apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue
from types import TracebackType

import pyarrow as pa

from corpus.child import Child, Loss
from corpus.config import Fetch
from corpus.media_types import sniff
from corpus.pixels import PictureFault, decoded, load_parsers
from corpus.validate.rows import Finding

Seen = tuple[str | None, int, int]
"""Media type by the bytes, width and height in px, upright."""
LYING = (5, 6, 7, 8)
"""EXIF orientations in which width and height change places."""


def look(data: bytes) -> Seen | str:
    """What the picture is, or why it is none."""
    try:
        picture, orientation = decoded(data, Fetch().max_pixels)
    except PictureFault as fault:
        return str(fault)
    width_px, height_px = picture.size[::-1] if orientation in LYING else picture.size
    return sniff(data), width_px, height_px


class Lookers:
    """Processes that decode pictures, at most `n` at a time. Use it as a context manager."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.idle: SimpleQueue[Child[bytes, Seen | str]] = SimpleQueue()
        self.ending = ExitStack()

    def __enter__(self) -> Lookers:
        load_parsers()
        bounds = Fetch()
        for _ in range(self.n):
            child = Child(look, bounds.max_decode_s, bounds.max_decode_bytes)
            self.idle.put(self.ending.enter_context(child))
        self.threads = self.ending.enter_context(ThreadPoolExecutor(self.n))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ending.close()

    def see(self, data: bytes) -> Seen | str | Loss:
        child = self.idle.get()
        try:
            return child.run(data)
        finally:
            self.idle.put(child)

    def check(self, batch: pa.RecordBatch) -> Iterator[Finding]:
        """What is wrong with the pictures of a batch; those without bytes are passed over."""
        infos, images = batch.column("image_info").to_pylist(), batch.column("images").to_pylist()
        pairs = [
            (row, info, picture["bytes"])
            for row, (some, others) in enumerate(zip(infos, images, strict=True))
            for info, picture in zip(some, others or (), strict=False)
            if picture["bytes"] is not None
        ]
        seen = self.threads.map(self.see, [data for _, _, data in pairs])
        for (row, info, _), found in zip(pairs, seen, strict=True):
            name = info["image_name"]
            if isinstance(found, Loss):
                yield row, f"picture {name} cannot be decoded ({found.outcome}: {found.fault})"
            elif isinstance(found, str):
                yield row, f"picture {name} cannot be decoded ({found})"
            elif found != (told := (info["media_type"], info["width_px"], info["height_px"])):
                yield row, f"picture {name} is {words(found)}, but image_info says {words(told)}"


def words(seen: Seen) -> str:
    return f"{seen[0]} of {seen[1]} x {seen[2]} px"
