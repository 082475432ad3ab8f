"""Seeded examples of the pictures that were dropped, with a small copy wherever their bytes are there.

Goes in: a scan of `image_decisions` and `alignments`, then of the few pictures that were chosen. Comes out:
reasons with their examples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from corpus.columns import KEPT, Row
from corpus.config import Bound, Filters, Settings
from corpus.look.block_examples import kept_places
from corpus.look.examples import (
    EXAMPLES,
    MAX_CHARACTERS,
    Example,
    Reason,
    bound_of,
    dropped,
    page_facts,
    score_facts,
)
from corpus.look.pictures import Thumbnail, thumbnail
from corpus.look.scan import Scan, rows, sample
from corpus.look.unsafe import unsafe_among
from corpus.look.words import bound_text, shortened

NO_SENTENCE = "no_sentence"
SIDE_PX = 240
MAX_PICTURE_BYTES = 8_000
REFERENCE = ["document_id", "dom_index", "image_url_id", "url", "width_px", "height_px"]

Facts = tuple[tuple[str, str], ...]
Fetched = dict[str, tuple[Thumbnail | None, Facts]]


def image_reasons(scan: Scan, settings: Settings) -> list[Reason]:
    """Image references dropped by fetching, decoding and image filters."""
    chosen = dropped(scan, "image_decisions", [*REFERENCE, "outcome", "scores"], settings.seed)
    pictures = fetched(scan, {row["image_url_id"] for found in chosen.values() for row in found}, settings)
    return [
        Reason(
            "image_decisions",
            outcome,
            bound_of(outcome, settings),
            tuple(image_example(row, pictures, tuple(score_facts(row))) for row in found),
        )
        for outcome, found in chosen.items()
    ]


def image_example(row: Row, pictures: Fetched, facts: Facts, text: str = "", language: str = "") -> Example:
    copy, faults = pictures[row["image_url_id"]]
    return Example(row["url"], "", text, language, (*facts, *size_facts(row), *faults), copy)


def size_facts(row: Row) -> Iterator[tuple[str, str]]:
    if row["width_px"] is not None:
        yield "size", f"{row['width_px']} × {row['height_px']} px"


def fetched(scan: Scan, ids: set[str], settings: Settings) -> Fetched:
    """What fetching gave, by image_url_id: a copy of the picture, unless it is not safe for work, and how it
    failed."""
    found: Fetched = dict.fromkeys(ids, (None, ()))
    contents = [row["content_hash"] for row in rows(scan, "images", ["image_url_id", "content_hash"], ids)]
    unsafe = unsafe_among(scan, contents, settings)
    for row in rows(scan, "images", ["image_url_id", "content_hash", "http_status", "fault", "bytes"], ids):
        facts = []
        if row["fault"]:
            facts.append(("fault", shortened(row["fault"], MAX_CHARACTERS)))
        if row["http_status"] not in (None, 200):
            facts.append(("HTTP status", str(row["http_status"])))
        data = None if row["content_hash"] in unsafe else row["bytes"]
        copy = thumbnail(data, SIDE_PX, MAX_PICTURE_BYTES, settings.fetch.max_pixels)
        found[row["image_url_id"]] = copy, tuple(facts)
    return found


def unmatched_reasons(scan: Scan, settings: Settings) -> list[Reason]:
    """Pictures that no sentence is similar enough to, with the sentence that came closest, if any is kept."""
    batches = (items_dropped(batch) for batch in scan("alignments", ["document_id", "images"]))
    chosen = sample(batches, "outcome", ["document_id", "dom_index"], EXAMPLES, settings.seed)
    documents = {row["document_id"] for found in chosen.values() for row in found}
    references = {place(row): row for row in rows(scan, "image_decisions", REFERENCE, documents)}
    ids = {references[place(row)]["image_url_id"] for found in chosen.values() for row in found}
    pages, pictures = page_facts(scan, documents), fetched(scan, ids, settings)
    places = kept_places(scan, documents)
    return [
        Reason(
            "alignments",
            outcome,
            bound_text(broken_bound(outcome, settings)) if outcome != NO_SENTENCE else "",
            tuple(
                unmatched_example(row, references[place(row)], closest_sentence(row, pages, places), pictures)
                for row in found
            ),
        )
        for outcome, found in chosen.items()
    ]


def broken_bound(outcome: str, settings: Settings) -> Bound:
    """The bound that a picture has broken which was dropped with or after the matching."""
    if outcome in Filters.model_fields:
        found: Bound = getattr(settings.filters, outcome)
        return found
    return Bound(min=settings.align.min_margin if outcome == "min_margin" else settings.align.min_similarity)


def items_dropped(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Items of alignments.images that were not kept, one per row, with their document_id."""
    lists = batch.column("images")
    items = lists.flatten()
    names = ["dom_index", "outcome", "best_text_index", "best_sim"]
    documents = batch.column("document_id").take(pc.list_parent_indices(lists))
    flat = pa.RecordBatch.from_arrays(
        [documents, *(items.field(name) for name in names)], names=["document_id", *names]
    )
    return flat.filter(pc.not_equal(flat.column("outcome"), KEPT))


def place(row: Row) -> tuple[str, int]:
    return row["document_id"], row["dom_index"]


def closest_sentence(
    row: Row, pages: Mapping[str, Row], places: Mapping[str, Sequence[int]]
) -> tuple[str, str]:
    """The sentence most similar to a picture, and the language of its page."""
    page, kept, best = pages[row["document_id"]], places[row["document_id"]], row["best_text_index"]
    text = page["sentences"][kept[best]] if 0 <= best < len(kept) else ""
    return text, page["language"] or ""


def unmatched_example(row: Row, reference: Row, closest: tuple[str, str], pictures: Fetched) -> Example:
    best = row["best_sim"]
    facts = () if best is None else (("highest similarity", f"{best:.3f}"),)
    return image_example(reference, pictures, facts, *closest)
