"""Decisions: filters applied to pages, image references and documents.

Goes in: batches of measured rows, each row with the outcome that the step before gave it. Comes out: batches of
`page_decisions`, `block_decisions`, `image_decisions` and `document_decisions`, one row per row, dropped ones too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from corpus.columns import KEPT, Row
from corpus.config import Filters, Safety, Settings
from corpus.dedup.evaluation import alike, load_index
from corpus.dedup.hashes import nearest_bits
from corpus.fetch.outcomes import BLOCKED
from corpus.filters.blocks import BLOCK_FILTERS
from corpus.filters.documents import DOCUMENT_FILTERS
from corpus.filters.filter import judge
from corpus.filters.images import IMAGE_FILTERS
from corpus.filters.pages import PAGE_FILTERS
from corpus.filters.references import REFERENCE_FILTERS
from corpus.filters.tiers import document_tiers
from corpus.filters.votes import nsfw_vote
from corpus.recipes.personal_data import as_rows, without_personal_data
from corpus.recipes.rows import filed_batches, rows_of
from corpus.recipes.small_batches import Batches, Tagged, small_batches
from corpus.safety.detectors import FACE_HEAD

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
    """`block_decisions` from rows with document_id, url, language, sentences, blocks (kind, n_sentences, scores) and
    host_boilerplate_blocks."""
    rows = (decided_blocks(row, settings) for row in rows_of(batches))
    return small_batches("block_decisions", rows, decided_bytes)


def decided_bytes(row: Row) -> int:
    return sum(8 + len(sentence["text"] or "") for sentence in row["sentences"])


def decided_blocks(row: Row, settings: Settings) -> Row:
    boilerplate = frozenset(row["host_boilerplate_blocks"])
    outcomes: list[str] = []
    for place, block in enumerate(row["blocks"]):
        judged = {**block, "scores": dict(block["scores"]), "is_host_boilerplate": place in boilerplate}
        outcome, _ = judge(BLOCK_FILTERS, settings.filters, judged)
        outcomes += [outcome] * block["n_sentences"]
    kept = [place for place, outcome in enumerate(outcomes) if outcome == KEPT]
    texts, replaced = without_personal_data([row["sentences"][place] for place in kept], row, settings)
    text_at = {kept[place]: text for place, text in texts.items()}
    return {
        "document_id": row["document_id"],
        "sentences": [
            {"outcome": outcome, "text": text_at.get(place)} for place, outcome in enumerate(outcomes)
        ],
        "replaced": as_rows(replaced),
    }


def decide_images(batches: Batches, settings: Settings) -> Tagged:
    """`image_decisions` from rows sorted by chunk, document_id, dom_index, whose outcome is that of `images`, or null
    where reference filters spared the request. An image is a copy only of one that its page shows earlier and keeps."""
    documents = groupby(rows_of(batches), itemgetter("chunk", "document_id"))
    rows = (row for _, document in documents for row in decided_images(document, settings))
    return filed_batches("image_decisions", rows)


def decided_images(document: Iterable[Row], settings: Settings) -> Iterator[Row]:
    bounds = settings.filters
    kept_contents: set[str] = set()
    kept_hashes: list[str] = []
    for row in document:
        dropped_by, scores = judge(REFERENCE_FILTERS, bounds, row)
        outcome = row["outcome"] if dropped_by == KEPT or row["outcome"] == BLOCKED else dropped_by
        if outcome == KEPT:
            copies = {
                "is_copy": row["content_hash"] in kept_contents,
                "nearest_earlier_bits": nearest_bits(row["perceptual_hash"], kept_hashes),
            }
            safe = safety_facts(row, settings.safety)
            outcome, further = judge(IMAGE_FILTERS, bounds, {**row, **copies, **safe})
            scores |= further
        if outcome == KEPT:
            kept_contents.add(row["content_hash"])
            kept_hashes.append(row["perceptual_hash"])
        yield {**row, "outcome": outcome, "scores": measured(scores)}


def safety_facts(row: Row, safety: Safety) -> dict[str, Any]:
    """What the image filters read of safety, from the columns of `image_safety`; these may be missing."""
    faces = row.get("faces")
    sure = None if faces is None else [face for face in faces if face["score"] >= safety.min_face_score]
    scores = dict(row.get("safety_scores") or ())
    return {
        "safety_scores": scores,
        "nsfw_vote": nsfw_vote(scores, safety),
        "faces": sure,
        "has_face": has_face(scores, safety),
    }


def has_face(scores: Mapping[str, float], safety: Safety) -> bool | None:
    """Whether the face head sees one; None when it did not look."""
    if FACE_HEAD not in scores or safety.face_head_max is None:
        return None
    return scores[FACE_HEAD] > safety.face_head_max


def decide_documents(batches: Batches, settings: Settings) -> Tagged:
    """`document_decisions` from rows with document_id, chunk, outcome, evaluation_sets, perceptual_hashes and what
    DOCUMENT_FILTERS and tiers read."""
    rows = (decided_document(compared(row, settings), settings) for row in rows_of(batches))
    return filed_batches("document_decisions", rows)


def compared(row: Row, settings: Settings) -> Row:
    """The row with the evaluation sets that its pictures are of, and how many are of sets that drop it."""
    if not settings.dedup.evaluation_images:
        return {**row, "n_contaminated": None}
    sets = load_index(settings.dedup.evaluation_index).images
    found = alike(row["perceptual_hashes"] or (), sets, settings.dedup.evaluation_bits)
    names = sorted({*row["evaluation_sets"], *(name for each in found for name in each)})
    n_contaminated = sum(not each <= {*settings.dedup.flag_only} for each in found)
    return {**row, "evaluation_sets": names, "n_contaminated": n_contaminated}


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
