"""What a face detector found on the pictures of a build, beside their vectors: what a face head is trained on.

Goes in: a scan of `image_safety`, `image_contents` and `image_features`. Comes out: arrays. Pictures that look alike
are in one part, so that none is judged by a head that has learned it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.columns import KEPT
from corpus.encode.device import BFLOAT16
from corpus.encode.registry import VERSIONS
from corpus.errors import ModelError
from corpus.look.scan import Scan, seeded_hash
from corpus.safety.detectors import FACES
from corpus.safety.face_head import CUT, FIT, TOLD
from corpus.vectors import unit, unpack

MOST = 100_000
"""Pictures, 300 MB at 768 dimensions; MMC4 labelled 60,000."""
PARTS = (*[FIT] * 8, CUT, TOLD)


@dataclass(frozen=True)
class Labelled:
    """Unit vectors [n, d], whether a face was found on each [n], the part that each is in [n], and the identities of
    encoder and detector."""

    vectors: NDArray[np.float32]
    has_face: NDArray[np.bool_]
    parts: NDArray[np.int64]
    names: tuple[str, str]


def labelled(scan: Scan, min_face_score: float, seed: int) -> Labelled:
    """Of at most MOST pictures, those with the least seeded hash. ModelError when no detector looked at any."""
    chosen = heapq.nsmallest(MOST, labels(scan, min_face_score), key=lambda each: seeded_hash(each[0], seed))
    if not chosen:
        raise ModelError(
            "this build has looked for no faces: build a sample with the detector faces (docs/safety.md), then train"
        )
    has_face = {content: found for content, found, _ in chosen}
    clusters = {
        content: cluster
        for content, cluster in values(scan, "image_contents", "content_hash", "cluster")
        if content in has_face
    }
    columns = ("content_hash", "outcome", "embedding", "n_dimensions", "encoder")
    embedded = sorted(
        row for row in values(scan, "image_features", *columns) if row[0] in has_face and row[1] == KEPT
    )
    contents = [row[0] for row in embedded]
    return Labelled(
        vectors=unit(unpack(b"".join(row[2] for row in embedded), embedded[0][3])),
        has_face=np.array([has_face[content] for content in contents]),
        parts=np.array([PARTS[seeded_hash(clusters[content], seed) % len(PARTS)] for content in contents]),
        names=(encoder_of(embedded[0][4]), chosen[0][2]),
    )


def labels(scan: Scan, min_face_score: float) -> Iterator[tuple[str, bool, str]]:
    """Content, whether a face was found on it, and the identity of the detector that looked."""
    for content, faces, measured_by in values(scan, "image_safety", "content_hash", "faces", "measured_by"):
        if faces is not None:
            by = next(line for line in measured_by.splitlines() if line.startswith(f"{FACES}:"))
            yield content, any(face["score"] >= min_face_score for face in faces), by


def values(scan: Scan, table: str, *columns: str) -> Iterator[tuple[Any, ...]]:
    for batch in scan(table, columns):
        yield from zip(*(batch.column(name).to_pylist() for name in columns), strict=True)


def encoder_of(label: str) -> str:
    """Name and weights of the encoder: what multiplies them moves vectors by less than a face does."""
    return label.partition(VERSIONS)[0].removesuffix(f"+{BFLOAT16}")
