"""The product: documents, alignments and pictures put together.

Goes in: batches of documents with their page, alignment, tiers and pictures. Comes out: batches of `interleaved`.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from corpus.columns import Row
from corpus.config import Settings
from corpus.recipes.blurred_faces import with_blurred_faces
from corpus.recipes.far_sentences import without_far_sentences
from corpus.recipes.fused_matches import fused_matches, page_matrix
from corpus.recipes.personal_data import without_personal_data_around
from corpus.recipes.small_batches import Batches, Tagged
from corpus.recipes.tier_matches import tier_matches
from corpus.release.image_tokens import RULES
from corpus.release.interleave import interleave
from corpus.release.text_tokens import token_counter, tokenizer_name
from corpus.safety.detectors import NSFW
from corpus.tables.product import INTERLEAVED


def interleave_documents(batches: Batches, settings: Settings) -> Tagged:
    """One row per row, personal data replaced in titles and what is said of pictures; without `release.image_bytes` the
    pictures are references only."""
    for batch in batches:
        given = [with_findings(row, settings.safety.min_face_score) for row in batch.to_pylist()]
        blurs = settings.release.blur_faces and settings.release.image_bytes
        told = with_blurred_faces(given, settings) if blurs else given
        rows = [product_row(row, settings) for row in told]
        if not settings.release.image_bytes:
            for row in rows:
                row["images"] = [{**picture, "bytes": None} for picture in row["images"]]
        yield INTERLEAVED.name, pa.RecordBatch.from_pylist(rows, schema=INTERLEAVED.schema)


def product_row(row: Row, settings: Settings) -> dict[str, Any]:
    """The row of the product, without far sentences, with what its tokens come to."""
    said = page_matrix(row, row["aligned"], settings.release.page_weight, settings.align.evidence)
    row = without_far_sentences({**row, "page_matrix": said.tolist()}, settings.filters)
    row |= {
        "tier_matches": tier_matches(row, settings.align.images_per_sentence),
        "fused_matches": fused_matches(row, settings.align.images_per_sentence),
    }
    product = without_personal_data_around(interleave(row), settings)
    text = " ".join(product["text_list"])
    sizes = [(info["width_px"], info["height_px"]) for info in product["image_info"]]
    return product | {
        "n_text_tokens": [
            {"name": tokenizer_name(given), "n": token_counter(given)(text)}
            for given in settings.release.tokenizers
        ],
        "n_image_tokens": [
            {"name": rule, "n": sum(RULES[rule](*size) for size in sizes)}
            for rule in settings.release.image_tokens
        ],
    }


def with_findings(row: Row, min_face_score: float) -> Row:
    """The document, its pictures told with `nsfw` and `n_faces` of `image_info`."""
    return {**row, "pictures": [found_on(picture, min_face_score) for picture in row["pictures"]]}


def found_on(picture: Row, min_face_score: float) -> Row:
    faces, scores = picture["faces"], dict(picture["safety_scores"] or ())
    nsfw = max((scores[name] for name in NSFW if name in scores), default=None)
    n_faces = None if faces is None else sum(face["score"] >= min_face_score for face in faces)
    return {**picture, "nsfw": nsfw, "n_faces": n_faces}
