"""Measuring what is not safe: probabilities of detectors, and faces.

Goes in: batches with content_hash, embedding, n_dimensions and bytes, one row per distinct content, and `before`: the
finished row, where there is one. Comes out: `image_safety`, one row per row. Pictures were decoded before, under
bounds: one that cannot be decoded any more has no score of its pixels. Models are loaded once per process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from corpus.columns import Row
from corpus.config import Settings
from corpus.encode.checkpoint import encoder_identity
from corpus.encode.device import FLOAT32
from corpus.errors import ModelError
from corpus.models.store import model_path
from corpus.pixels import PictureFault, decode_rgb
from corpus.recipes.rows import split_known
from corpus.recipes.small_batches import Batches, Tagged, small_batches
from corpus.safety import classifier, zero_shot
from corpus.safety.clip_head import Head, read_head
from corpus.safety.detectors import (
    CLASSIFIER,
    FACE_HEAD,
    FACES,
    HEAD,
    OF_PIXELS,
    ZERO_SHOT,
    identities,
    model_of,
)
from corpus.safety.face_head import FaceHead, read_face_head
from corpus.safety.faces import load_faces
from corpus.vectors import unpack

FACE_BYTES = 24


def measure_safety(batches: Batches, settings: Settings) -> Tagged:
    """`image_safety` from the columns above. Raises ModelError and EncoderError."""
    return small_batches(
        "image_safety",
        safety_rows(batches, settings),
        lambda row: 256 + FACE_BYTES * len(row["faces"] or ()),
    )


def detector_identities(settings: Settings) -> str:
    """What `measured_by` says of every row."""
    encode = settings.encode
    encoder = encoder_identity(encode.encoder, encode.dtype)
    of_heads = [face_head_for(settings).identity] if settings.safety.face_head else []
    return "\n".join(
        filter(None, [identities(settings.safety.detectors or (), encode.encoder, encoder), *of_heads])
    )


def safety_rows(batches: Batches, settings: Settings) -> Iterator[Row]:
    for batch in batches:
        known, fresh = split_known(batch)
        yield from known
        if fresh.num_rows:
            yield from measured(fresh, settings)


def measured(batch: pa.RecordBatch, settings: Settings) -> list[Row]:
    """One row per content."""
    contents, detectors = batch.to_pylist(), settings.safety.detectors or ()
    by_content: list[dict[str, float]] = [of_vector(row, detectors, settings) for row in contents]
    faces: list[list[dict[str, Any]] | None] = [None] * len(contents)
    if OF_PIXELS.intersection(detectors):
        for at, row in enumerate(contents):
            picture = picture_of(row["bytes"], settings.fetch.max_pixels)
            if picture and CLASSIFIER in detectors:
                by_content[at][CLASSIFIER] = of_pixels(picture)
            if picture and FACES in detectors:
                faces[at] = [vars(face) for face in face_finder()(picture)]
    told = detector_identities(settings)
    return [
        {
            "content_hash": row["content_hash"],
            "scores": list(found.items()),
            "faces": boxes,
            "measured_by": told,
        }
        for row, found, boxes in zip(contents, by_content, faces, strict=True)
    ]


def of_vector(row: Row, detectors: Sequence[str], settings: Settings) -> dict[str, float]:
    """The scores that are read off the vector."""
    vector = unpack(row["embedding"], row["n_dimensions"])
    found = {}
    if HEAD in detectors:
        found[HEAD] = float(head_for(settings.encode.encoder).score(vector)[0])
    if ZERO_SHOT in detectors:
        found[ZERO_SHOT] = float(zero_shot.unsafe(vector, prompts_by(settings))[0])
    if settings.safety.face_head:
        found[FACE_HEAD] = float(face_head_for(settings).score(vector)[0])
    return found


def of_pixels(picture: Image.Image) -> float:
    return float(classifier.unsafe(classes()([classifier.pixels_of(picture)]))[0])


def picture_of(data: bytes | None, max_pixels: int) -> Image.Image | None:
    try:
        return None if data is None else decode_rgb(data, max_pixels)
    except PictureFault:
        return None


def face_head_for(settings: Settings) -> FaceHead:
    """ModelError when it reads the vectors of another encoder than this build's."""
    assert settings.safety.face_head is not None
    head, encoder = (
        read_face_head(settings.safety.face_head),
        encoder_identity(settings.encode.encoder, FLOAT32),
    )
    if head.encoder != encoder:
        raise ModelError(
            f"safety.face_head {settings.safety.face_head} reads vectors of {head.encoder}, not those of {encoder}: "
            "train one on a sample that this encoder has embedded"
        )
    return head


@cache
def head_for(encoder: str) -> Head:
    return read_head(model_path(str(model_of(HEAD, encoder))))


@cache
def classes() -> Any:
    return classifier.load_classifier(model_path(str(model_of(CLASSIFIER, ""))))


@cache
def face_finder() -> Any:
    return load_faces(model_path(str(model_of(FACES, ""))))


def prompts_by(settings: Settings) -> np.ndarray[Any, np.dtype[np.float32]]:
    encode = settings.encode
    return prompt_vectors(encode.encoder, encode.sentences_per_batch, encode.dtype)


@cache
def prompt_vectors(encoder: str, n_at_once: int, dtype: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    from corpus.encode.encoder import load_encoder

    return load_encoder(encoder, n_at_once, dtype).encode_texts(zero_shot.PROMPTS)
