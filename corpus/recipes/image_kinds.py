"""Measuring what kind of picture each is, from the vectors that are there.

Goes in: batches with content_hash, embedding and n_dimensions, one row per distinct content. Comes out: `image_kinds`,
one row per row. The text tower runs once per process, over the prompts; no picture is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import pyarrow as pa

from corpus.columns import Row
from corpus.config import Settings
from corpus.encode.checkpoint import encoder_identity
from corpus.filters.picture_kinds import PROMPTS, REVISION, Vectors, knows_kinds, picture_kinds
from corpus.recipes.small_batches import Batches, Tagged, small_batches
from corpus.vectors import unit, unpack

ROW_BYTES = 320


def measure_kinds(batches: Batches, settings: Settings) -> Tagged:
    """`image_kinds` from the columns above. EncoderError when the encoder cannot be loaded."""
    rows = (row for batch in batches if batch.num_rows for row in measured(batch, settings))
    return small_batches("image_kinds", rows, lambda row: ROW_BYTES)


def kinds_identity(settings: Settings) -> str:
    """What `measured_by` says of every row; empty where the encoder does not know the words."""
    encode = settings.encode
    if not knows_kinds(encode.encoder):
        return ""
    return f"prompts {REVISION} by {encoder_identity(encode.encoder, encode.dtype)}"


def measured(batch: pa.RecordBatch, settings: Settings) -> Iterator[Row]:
    contents, encode = batch.to_pylist(), settings.encode
    packed = b"".join(row["embedding"] for row in contents)
    prompts = prompt_vectors(encode.encoder, encode.sentences_per_batch, encode.dtype)
    scores = picture_kinds(unit(unpack(packed, contents[0]["n_dimensions"])), prompts)
    told = kinds_identity(settings)
    for at, row in enumerate(contents):
        yield {
            "content_hash": row["content_hash"],
            "scores": [(name, float(values[at])) for name, values in scores.items()],
            "measured_by": told,
        }


@cache
def prompt_vectors(encoder: str, n_at_once: int, dtype: str) -> Mapping[str, Vectors]:
    from corpus.encode.encoder import load_encoder

    loaded = load_encoder(encoder, n_at_once, dtype)
    return {group: loaded.encode_texts(prompts) for group, prompts in PROMPTS.items()}
