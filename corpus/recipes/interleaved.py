"""The product: documents, alignments and pictures put together.

Goes in: batches of documents with their alignment and pictures. Comes out: batches of `interleaved`.
"""

from __future__ import annotations

import pyarrow as pa

from corpus.columns import Row
from corpus.config import Settings
from corpus.recipes.blurred_faces import with_blurred_faces
from corpus.recipes.small_batches import Batches, Tagged
from corpus.release.interleave import interleave
from corpus.tables.product import INTERLEAVED


def interleave_documents(batches: Batches, settings: Settings) -> Tagged:
    """One row per row; without `release.image_bytes` the pictures are references only."""
    for batch in batches:
        given = [with_findings(row, settings.safety.min_face_score) for row in batch.to_pylist()]
        blurs = settings.release.blur_faces and settings.release.image_bytes
        rows = [interleave(row) for row in (with_blurred_faces(given, settings) if blurs else given)]
        if not settings.release.image_bytes:
            for row in rows:
                row["images"] = [{**picture, "bytes": None} for picture in row["images"]]
        yield INTERLEAVED.name, pa.RecordBatch.from_pylist(rows, schema=INTERLEAVED.schema)


def with_findings(row: Row, min_face_score: float) -> Row:
    """The document, its pictures told with `nsfw` and `n_faces` of `image_info`."""
    return {**row, "pictures": [found_on(picture, min_face_score) for picture in row["pictures"]]}


def found_on(picture: Row, min_face_score: float) -> Row:
    faces, scores = picture["faces"], dict(picture["safety_scores"] or ())
    n_faces = None if faces is None else sum(face["score"] >= min_face_score for face in faces)
    return {**picture, "nsfw": max(scores.values(), default=None), "n_faces": n_faces}
