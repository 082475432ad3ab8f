"""Embedding pictures.

Goes in: batches with content_hash and bytes, one row per distinct content. Comes out: `image_features`, one
row per row. Torch is imported when the first picture comes, so that only tasks import it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from corpus.columns import KEPT, Row
from corpus.config import Settings
from corpus.encode.device import CPU
from corpus.pixels import PictureFault, decode_rgb
from corpus.recipes.rows import contents_of, split_known
from corpus.recipes.small_batches import Batches, Tagged, small_batches
from corpus.vectors import pack

if TYPE_CHECKING:
    from corpus.encode.encoder import Encoder

UNDECODABLE = "undecodable"

MOST_DECODERS = 4
"""Threads that decode and resize for a GPU, which takes pictures faster than one prepares them. Python's lock lets no
more of them run than about this: where there are more cores, more tasks share the GPU."""
BATCHES_ON_GPU = 2
"""Batches handed to a GPU at once: while it works on one, the next is brought there."""

T = TypeVar("T")
Waiting = tuple[str, Callable[[], Any]]
"""The hash of a content, and what gives its pixels as the encoder takes them: None when it cannot be decoded."""


def embed_images(batches: Batches, settings: Settings) -> Tagged:
    """`image_features` from content_hash, bytes, and `before`: the finished row, where there is one. EncoderError when
    the encoder cannot be loaded."""
    rows = feature_rows(batches, settings)
    return small_batches("image_features", rows, lambda row: len(row["embedding"] or b"") + 128)


def feature_rows(batches: Batches, settings: Settings) -> Iterator[Row]:
    """One row per content, embedded in batches that reach across those that come in. For a GPU one more batch than it
    was given is being decoded; on the CPU nothing is begun before it is asked for."""
    waiting: list[Waiting] = []
    running: deque[Callable[[], list[Row]]] = deque()
    encoder: Encoder | None = None
    with ThreadPoolExecutor(n_decoders()) as decoders, ThreadPoolExecutor(BATCHES_ON_GPU) as launchers:
        for batch in batches:
            known, fresh = split_known(batch)
            yield from known
            for content_hash, data in contents_of(fresh):
                encoder = encoder or encoder_of(settings)
                prepare = partial(pixels_of, data, encoder, settings.fetch.max_pixels)
                waiting.append((content_hash, begun(prepare, decoders, encoder)))
                if len(waiting) == settings.encode.images_per_batch:
                    running.append(begun(partial(embedded, waiting, encoder), launchers, encoder))
                    waiting = []
                    if encoder.device == CPU or len(running) > BATCHES_ON_GPU:
                        yield from running.popleft()()
        if encoder and waiting:
            running.append(begun(partial(embedded, waiting, encoder), launchers, encoder))
        for rows in running:
            yield from rows()


def n_decoders() -> int:
    return min(MOST_DECODERS, os.cpu_count() or 1)


def begun(call: Callable[[], T], pool: Executor, encoder: Encoder) -> Callable[[], T]:
    """What gives the call's result: begun in a thread of the pool for a GPU, for the CPU the call itself."""
    return call if encoder.device == CPU else pool.submit(call).result


def encoder_of(settings: Settings) -> Encoder:
    from corpus.encode.encoder import load_encoder

    encode = settings.encode
    return load_encoder(encode.encoder, encode.sentences_per_batch, encode.dtype)


def pixels_of(data: bytes, encoder: Encoder, max_pixels: int) -> Any:
    """What the encoder takes for the picture in these bytes; None when it cannot be decoded."""
    try:
        return encoder.prepare(decode_rgb(data, max_pixels, encoder.least_px))
    except PictureFault:
        return None


def embedded(contents: list[Waiting], encoder: Encoder) -> list[Row]:
    """One row per content: its vector, or the outcome undecodable. On the CPU one picture at a time is decoded."""
    prepared = [give() for _, give in contents]
    vectors = iter(encoder.encode_pixels([each for each in prepared if each is not None]))
    return [
        {
            "content_hash": content_hash,
            "outcome": UNDECODABLE if each is None else KEPT,
            "encoder": encoder.label,
            "n_dimensions": encoder.n_dimensions,
            "embedding": None if each is None else pack(next(vectors)),
        }
        for (content_hash, _), each in zip(contents, prepared, strict=True)
    ]
