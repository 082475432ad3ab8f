"""Decisions: filters applied to pages, image references and documents.

Goes in: batches of measured rows, each row with the outcome that the step before gave it. Comes out: batches of
`page_decisions`, `block_decisions`, `image_decisions` and `document_decisions`, one row per row, dropped ones too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from corpus.columns import KEPT, Row
from corpus.config import Filters, Settings
from corpus.dedup.hashes import nearest_bits
from corpus.filters.blocks import BLOCK_FILTERS
from corpus.filters.documents import DOCUMENT_FILTERS
from corpus.filters.filter import judge
from corpus.filters.images import IMAGE_FILTERS
from corpus.filters.pages import PAGE_FILTERS
from corpus.filters.references import REFERENCE_FILTERS
from corpus.filters.tiers import document_tiers
from corpus.recipes.rows import filed_batches, rows_of
from corpus.recipes.small_batches import Batches, Tagged, small_batches

PAGE_DUPLICATES = ("page_url_copies", "page_text_copies", "page_near_copies")


def decide_pages(batches: Batches, settings: Settings) -> Tagged:
    """`page_decisions` from rows with document_id, chunk, outcome and what PAGE_FILTERS read."""
    return filed_batches("page_decisions", (decided_page(row, settings.filters) for row in rows_of(batches)))


def decided_page(row: Row, bounds: Filters) -> Row:
    outcome, scores = unjudged(row)
    if outcome == KEPT:
        outcome, scores = judge(PAGE_FILTERS, bounds, row)
    duplicate = row["representative"] if outcome in PAGE_DUPLICATES else None
    return {**row, "outcome": outcome, "scores": measured(scores), "duplicate_of": duplicate}


def decide_blocks(batches: Batches, settings: Settings) -> Tagged:
    """`block_decisions` from rows with document_id, blocks (kind, n_sentences, scores) and
    host_boilerplate_blocks."""
    rows = (decided_blocks(row, settings.filters) for row in rows_of(batches))
    return small_batches("block_decisions", rows, lambda row: 8 * len(row["sentences"]))


def decided_blocks(row: Row, bounds: Filters) -> Row:
    boilerplate = frozenset(row["host_boilerplate_blocks"])
    sentences = []
    for place, block in enumerate(row["blocks"]):
        judged = {**block, "scores": dict(block["scores"]), "is_host_boilerplate": place in boilerplate}
        outcome, _ = judge(BLOCK_FILTERS, bounds, judged)
        sentences += [{"outcome": outcome}] * block["n_sentences"]
    return {"document_id": row["document_id"], "sentences": sentences}


def decide_images(batches: Batches, settings: Settings) -> Tagged:
    """`image_decisions` from rows sorted by chunk, document_id, dom_index, whose outcome is that of `images`, or null
    where reference filters spared the request. An image is a copy only of one that its page shows earlier and keeps."""
    documents = groupby(rows_of(batches), itemgetter("chunk", "document_id"))
    rows = (row for _, document in documents for row in decided_images(document, settings.filters))
    return filed_batches("image_decisions", rows)


def decided_images(document: Iterable[Row], bounds: Filters) -> Iterator[Row]:
    kept_contents: set[str] = set()
    kept_hashes: list[str] = []
    for row in document:
        dropped_by, scores = judge(REFERENCE_FILTERS, bounds, row)
        outcome = row["outcome"] if dropped_by == KEPT else dropped_by
        if outcome == KEPT:
            copies = {
                "is_copy": row["content_hash"] in kept_contents,
                "nearest_earlier_bits": nearest_bits(row["perceptual_hash"], kept_hashes),
            }
            outcome, further = judge(IMAGE_FILTERS, bounds, {**row, **copies})
            scores |= further
        if outcome == KEPT:
            kept_contents.add(row["content_hash"])
            kept_hashes.append(row["perceptual_hash"])
        yield {**row, "outcome": outcome, "scores": measured(scores)}


def decide_documents(batches: Batches, settings: Settings) -> Tagged:
    """`document_decisions` from rows with document_id, chunk, outcome and what DOCUMENT_FILTERS and tiers read."""
    rows = (decided_document(row, settings) for row in rows_of(batches))
    return filed_batches("document_decisions", rows)


def decided_document(row: Row, settings: Settings) -> Row:
    outcome, scores = unjudged(row)
    tiers: dict[str, Any] = {"in_core": None, "in_ff": None, "in_core_ff": None, "pictures": []}
    if outcome == KEPT:
        outcome, scores = judge(DOCUMENT_FILTERS, settings.filters, row)
    if outcome == KEPT:
        tiers, further = document_tiers(row, settings.tiers)
        scores |= further
    duplicate = row["first_of_images"] if outcome == "document_image_set_copies" else None
    return {**row, **tiers, "outcome": outcome, "scores": measured(scores), "duplicate_of": duplicate}


def unjudged(row: Row) -> tuple[str, dict[str, float | None]]:
    """The outcome that the step before gave, and no scores."""
    return row["outcome"], {}


def measured(scores: dict[str, float | None]) -> list[tuple[str, Any]]:
    """Scores as the entries of a map, without those that could not be measured."""
    return [(name, score) for name, score in scores.items() if score is not None]
