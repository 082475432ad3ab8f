"""Embedding pictures.

Goes in: batches with content_hash and bytes, one row per distinct content. Comes out: `image_features`, one
row per row. Torch is imported when the first picture comes, so that only tasks import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

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

N_DECODERS = 8
"""Threads that decode and resize for a GPU, which takes pictures faster than one thread prepares them."""

Waiting = tuple[str, Callable[[], Any]]
"""The hash of a content, and what gives its pixels as the encoder takes them: None when it cannot be decoded."""


def embed_images(batches: Batches, settings: Settings) -> Tagged:
    """`image_features` from content_hash, bytes, and `before`: the finished row, where there is one. EncoderError when
    the encoder cannot be loaded."""
    rows = feature_rows(batches, settings)
    return small_batches("image_features", rows, lambda row: len(row["embedding"] or b"") + 128)


def feature_rows(batches: Batches, settings: Settings) -> Iterator[Row]:
    """One row per content, embedded in batches that reach across those that come in. For a GPU one more batch than it
    works on is being decoded."""
    at_once = settings.encode.images_per_batch
    waiting: list[Waiting] = []
    encoder: Encoder | None = None
    with ThreadPoolExecutor(N_DECODERS) as pool:
        for batch in batches:
            known, fresh = split_known(batch)
            yield from known
            for content_hash, data in contents_of(fresh):
                encoder = encoder or encoder_of(settings)
                give = partial(pixels_of, data, encoder, settings.fetch.max_pixels)
                waiting.append((content_hash, give if encoder.device == CPU else pool.submit(give).result))
                if len(waiting) >= at_once * (1 if encoder.device == CPU else 2):
                    yield from embedded(waiting[:at_once], encoder)
                    del waiting[:at_once]
        while encoder and waiting:
            yield from embedded(waiting[:at_once], encoder)
            del waiting[:at_once]


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
