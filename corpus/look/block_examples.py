"""Seeded examples of the sentences whose block was dropped, and which sentences of a page are kept.

Goes in: a scan of `block_decisions`, then of the few pages chosen. Comes out: reasons with their examples; places of
sentences.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from corpus.columns import KEPT, Row
from corpus.config import Settings
from corpus.look.examples import EXAMPLES, Example, Reason, bound_of, score_facts
from corpus.look.scan import Scan, rows, sample

COLUMNS = ["document_id", "url", "title", "language", "sentences", "blocks"]


def block_reasons(scan: Scan, settings: Settings) -> list[Reason]:
    """Sentences of the blocks that block filters dropped."""
    batches = (sentences_dropped(batch) for batch in scan("block_decisions", ["document_id", "sentences"]))
    chosen = sample(batches, "outcome", ["document_id", "place"], EXAMPLES, settings.seed)
    ids = {row["document_id"] for found in chosen.values() for row in found}
    pages = {row["document_id"]: row for row in rows(scan, "documents", COLUMNS, ids)}
    return [
        Reason(
            "block_decisions",
            outcome,
            bound_of(outcome, settings),
            tuple(sentence_example(row, pages[row["document_id"]]) for row in found),
        )
        for outcome, found in chosen.items()
    ]


def sentences_dropped(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Sentences that are not kept, one per row: document_id, its place in the document, outcome."""
    lists = batch.column("sentences")
    parents, outcomes = pc.list_parent_indices(lists), lists.flatten().field("outcome")
    starts = pc.subtract(lists.offsets, lists.offsets[0]).take(parents)
    places = pc.subtract(pa.array(range(len(outcomes)), pa.int32()), starts)
    documents = batch.column("document_id").take(parents)
    flat = pa.RecordBatch.from_arrays([documents, places, outcomes], ["document_id", "place", "outcome"])
    return flat.filter(pc.not_equal(outcomes, KEPT))


def sentence_example(row: Row, page: Row) -> Example:
    block = next(
        block
        for block in page["blocks"]
        if 0 <= row["place"] - block["first_sentence"] < block["n_sentences"]
    )
    language = page["language"] or ""
    facts = (*score_facts({**row, "scores": block["scores"]}), ("block", block["kind"]))
    return Example(
        url=page["url"],
        title=page["title"] or "",
        text=page["sentences"][row["place"]],
        language=language,
        facts=(*facts, ("language", language)) if language else facts,
    )


def kept_places(scan: Scan, ids: Collection[str]) -> dict[str, list[int]]:
    """Where the sentences of text_list stand among those of `documents`, by document."""
    return {
        row["document_id"]: [place for place, each in enumerate(row["sentences"]) if each["outcome"] == KEPT]
        for row in rows(scan, "block_decisions", ["document_id", "sentences"], ids)
    }


def kept_blocks(blocks: Sequence[Row], places: Sequence[int]) -> list[Row]:
    """The blocks by their sentences at these places alone, which are counted from 0 on."""
    kept = frozenset(places)
    found: list[Row] = []
    first = 0
    for block in blocks:
        start = block["first_sentence"]
        n_kept = sum(place in kept for place in range(start, start + block["n_sentences"]))
        found.append({**block, "first_sentence": first, "n_sentences": n_kept})
        first += n_kept
    return found
