"""Matching the pictures of a document with its sentences.

Goes in: batches with document_id, images (dom_index, dom_text_index, embedding, n_letters; in page order), n_sentences,
n_dimensions and embeddings, these null for a document without a kept sentence; negative_images and negative_sentences
(document_id, embedding) of the language; where the page has a say, also page_sentences, is_kept, blocks and
image_references. Comes out: `alignments`, one row per document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.align.assignment import AMBIGUOUS, DROPPED, UNASSIGNED, assign
from corpus.align.measures import Measures, measure
from corpus.align.noise import Negatives, least_share_above, shuffle_z, signs
from corpus.align.similarity import similarity_matrix, text_units
from corpus.columns import KEPT, Row
from corpus.config import Align, Filters, Settings
from corpus.errors import DataError
from corpus.filters.filter import judge
from corpus.filters.pairs import PAIR_FILTERS
from corpus.recipes.fused_matches import page_matrix
from corpus.recipes.small_batches import Batches, Tagged, small_batches
from corpus.vectors import pack, unit, unpack

OUTCOMES = {DROPPED: "min_similarity", UNASSIGNED: "unassigned", AMBIGUOUS: "min_margin"}
NO_SENTENCE = "no_sentence"
BYTES_PER_IMAGE = 96
N_NEGATIVES = 63
"""As many as mOSCAR compares with (section 3.6), of those drawn by `corpus.recipes.negatives`."""


def align_documents(batches: Batches, settings: Settings) -> Tagged:
    """`alignments` from the columns above. DataError when no bound is set or embeddings have another shape
    than told."""
    if settings.align.min_similarity is None:
        raise DataError("align.min_similarity is not set: the encoder's own bound has to be filled in before")
    rows = (aligned(document, settings) for batch in batches for document in batch.to_pylist())
    return small_batches("alignments", rows, row_bytes)


def row_bytes(row: Row) -> int:
    n_images = len(row["images"])
    return n_images * (BYTES_PER_IMAGE + 4 * len(row["similarity_matrix"][0]))


def aligned(document: Row, settings: Settings) -> Row:
    """The row of one document with at least one picture."""
    images, n_dimensions = document["images"], document["n_dimensions"]
    if document["embeddings"] is None:
        return {
            "document_id": document["document_id"],
            "images": [unmatched(image) for image in images],
            "similarity_matrix": [[] for _ in images],
            "shuffle_z": None,
            "picture_mean": None,
            "sentence_above": None,
        }
    sentences = unpack(document["embeddings"], n_dimensions)
    pictures = unpack(b"".join(image["embedding"] or b"" for image in images), n_dimensions)
    if not (len(sentences) == document["n_sentences"] >= 1 and len(pictures) == len(images) >= 1):
        raise DataError(
            f"document {document['document_id']}: {len(sentences)} vectors of {n_dimensions} dimensions for "
            f"{document['n_sentences']} sentences, and {len(pictures)} for {len(images)} pictures"
        )
    pictures, units = unit(pictures), text_units(sentences, settings.align.sentences_per_unit)
    similarity = similarity_matrix(pictures, units)
    matched = matched_by(similarity, settings.align, document)
    negatives = negatives_of(document)
    noise = signs(pictures, units, similarity, matched, negatives, letters_of(images))
    items = image_items(images, matched.tolist(), measure(similarity, matched), noise)
    judged_items = [judged(item, settings.filters) for item in items]
    kept = pictures[[item["outcome"] == KEPT for item in judged_items]]
    return {
        "document_id": document["document_id"],
        "images": judged_items,
        "similarity_matrix": list(similarity),
        "shuffle_z": defined(shuffle_z(similarity, matched)),
        "sentence_above": [
            defined(share) for share in least_share_above(similarity, pictures @ negatives.sentences.T)
        ],
        "picture_mean": pack(unit(kept.mean(axis=0, keepdims=True))[0]) if len(kept) else None,
    }


def unmatched(image: Row) -> Row:
    """The item of a picture on a page of which no sentence is kept."""
    return {
        "dom_index": image["dom_index"],
        "outcome": NO_SENTENCE,
        "matched_text_index": DROPPED,
        "best_text_index": DROPPED,
        "dom_text_index": image["dom_text_index"],
    }


def negatives_of(document: Row) -> Negatives:
    """Of what was drawn from the language, the first that are of other documents."""
    found = []
    for name in ("negative_images", "negative_sentences"):
        others = [each for each in document.get(name) or () if each["document_id"] != document["document_id"]]
        packed = b"".join(each["embedding"] for each in others[:N_NEGATIVES])
        found.append(unit(unpack(packed, document["n_dimensions"])))
    return Negatives(*found)


def letters_of(images: list[Row]) -> NDArray[np.float64]:
    """The letters in each picture, NaN where they were not counted."""
    counts = (image.get("n_letters") for image in images)
    return np.array([np.nan if count is None else count for count in counts], np.float64)


def matched_by(similarity: NDArray[np.float32], align: Align, document: Row) -> NDArray[np.int32]:
    assert align.min_similarity is not None
    scores = None
    if align.page_weight:
        scores = similarity + page_matrix(document, document["images"], align.page_weight, align.evidence)
    return assign(
        similarity,
        align.min_similarity,
        images_per_sentence=align.images_per_sentence,
        may_stay_unassigned=align.may_stay_unassigned,
        min_margin=align.min_margin,
        scores=scores,
    )


def image_items(
    images: list[Row], matched: list[int], measures: Measures, noise: Mapping[str, NDArray[np.floating]]
) -> list[dict[str, Any]]:
    """The `images` column of one document, before pair filters judge."""
    return [
        {
            "dom_index": image["dom_index"],
            "outcome": OUTCOMES.get(matched[row], KEPT),
            "matched_text_index": max(matched[row], DROPPED),
            "matched_sim": defined(measures.matched_sim[row]),
            "best_text_index": int(measures.best_text_index[row]),
            "best_sim": float(measures.best_sim[row]),
            "margin": defined(measures.margin[row]),
            "dom_text_index": image["dom_text_index"],
            **{name: defined(values[row]) for name, values in noise.items()},
        }
        for row, image in enumerate(images)
    ]


def judged(item: dict[str, Any], bounds: Filters) -> Row:
    """The item with the outcome that pair filters give it, if nothing dropped it before."""
    if item["outcome"] == KEPT:
        item["outcome"], _ = judge(PAIR_FILTERS, bounds, item)
    return item


def defined(value: float | np.floating) -> float | None:
    """The value, None for NaN."""
    return None if np.isnan(value) else float(value)
