"""Embedding pictures.

Goes in: batches with content_hash and bytes, one row per distinct content. Comes out: `image_features`, one
row per row. Torch is imported when the first picture comes, so that only tasks import it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from PIL import Image

from corpus.columns import KEPT, Row
from corpus.config import Settings
from corpus.pixels import PictureFault, decode_rgb
from corpus.recipes.rows import split_known
from corpus.recipes.small_batches import Batches, Tagged, small_batches
from corpus.vectors import pack

UNDECODABLE = "undecodable"

Content = tuple[str, bytes]


def embed_images(batches: Batches, settings: Settings) -> Tagged:
    """`image_features` from content_hash, bytes, and `before`: the finished row, where there is one. EncoderError when
    the encoder cannot be loaded."""
    rows = feature_rows(batches, settings)
    return small_batches("image_features", rows, lambda row: len(row["embedding"] or b"") + 128)


def feature_rows(batches: Batches, settings: Settings) -> Iterator[Row]:
    """One row per content, embedded in batches that reach across those that come in."""
    at_once = settings.encode.images_per_batch
    waiting: list[Content] = []
    for batch in batches:
        known, fresh = split_known(batch)
        yield from known
        waiting += contents_of(fresh)
        while len(waiting) >= at_once:
            yield from embedded(waiting[:at_once], settings)
            del waiting[:at_once]
    if waiting:
        yield from embedded(waiting, settings)


def contents_of(batch: pa.RecordBatch) -> Iterator[Content]:
    hashes, values = batch.column("content_hash"), batch.column("bytes")
    for index in range(batch.num_rows):
        yield hashes[index].as_py(), values[index].as_py()


def embedded(contents: list[Content], settings: Settings) -> list[Row]:
    """One row per content: its vector, or the outcome undecodable. One picture at a time is held decoded."""
    from corpus.encode.encoder import load_encoder

    encoder = load_encoder(settings.encode.encoder, settings.encode.sentences_per_batch)
    decoded: set[str] = set()

    def pictures() -> Iterator[Image.Image]:
        for content_hash, data in contents:
            try:
                picture = decode_rgb(data, settings.fetch.max_pixels)
            except PictureFault:
                continue
            decoded.add(content_hash)
            yield picture

    vectors = iter(encoder.encode_images(pictures()))
    return [
        {
            "content_hash": content_hash,
            "outcome": KEPT if content_hash in decoded else UNDECODABLE,
            "encoder": encoder.identity,
            "n_dimensions": encoder.n_dimensions,
            "embedding": pack(next(vectors)) if content_hash in decoded else None,
        }
        for content_hash, _ in contents
    ]
