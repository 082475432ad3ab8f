"""The product: documents, alignments and pictures put together.

Goes in: batches of documents with their alignment and pictures. Comes out: batches of `interleaved`.
"""

from __future__ import annotations

import pyarrow as pa

from corpus.config import Settings
from corpus.recipes.blurred_faces import with_blurred_faces
from corpus.recipes.personal_data import without_personal_data_around
from corpus.recipes.small_batches import Batches, Tagged
from corpus.release.interleave import interleave
from corpus.tables.product import INTERLEAVED


def interleave_documents(batches: Batches, settings: Settings) -> Tagged:
    """One row per row, personal data replaced in titles and what is said of pictures; without `release.image_bytes` the
    pictures are references only."""
    for batch in batches:
        given = batch.to_pylist()
        blurs = settings.release.blur_faces and settings.release.image_bytes
        told = with_blurred_faces(given, settings) if blurs else given
        rows = [without_personal_data_around(interleave(row), settings) for row in told]
        if not settings.release.image_bytes:
            for row in rows:
                row["images"] = [{**picture, "bytes": None} for picture in row["images"]]
        yield INTERLEAVED.name, pa.RecordBatch.from_pylist(rows, schema=INTERLEAVED.schema)
