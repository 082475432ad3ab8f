"""Counting for the funnel.

Goes in: the parts named by manifests, whose counts were read back from disk, and a scan of the tables. Comes
out: tallies, to be added up over parts and chunks. A scan of one chunk is enough at a time: all rows of a
document are filed under one chunk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from corpus.columns import KEPT
from corpus.errors import DataError
from corpus.look.funnel import FILE, IMAGE_CONTENT, IMAGE_REFERENCE, IMAGE_URL, PAGE, SENTENCE, Tally
from corpus.look.scan import Scan
from corpus.manifest import Part

ROW_UNITS = {
    "warc_files": FILE,
    "documents": PAGE,
    "captures": "capture",
    "page_decisions": PAGE,
    "image_urls": IMAGE_URL,
    "images": IMAGE_URL,
    "image_contents": IMAGE_CONTENT,
    "image_features": IMAGE_CONTENT,
    "image_decisions": IMAGE_REFERENCE,
    "sentence_embeddings": PAGE,
    "document_decisions": PAGE,
    "interleaved": PAGE,
}
ITEM_UNITS = {
    ("documents", "sentences"): SENTENCE,
    ("documents", "image_references"): IMAGE_REFERENCE,
    ("alignments", "images"): IMAGE_REFERENCE,
    ("interleaved", "text_list"): SENTENCE,
    ("interleaved", "image_info"): IMAGE_REFERENCE,
}


def part_tallies(parts: Iterable[Part]) -> Iterator[Tally]:
    """What the manifests counted: rows of each table and items of its list columns, by outcome."""
    for part in parts:
        for count in part.counts:
            unit = ITEM_UNITS.get((part.table, count.item)) if count.item else ROW_UNITS.get(part.table)
            if unit is not None:
                yield Tally(unit, part.table, count.outcome, count.n, count.n_bytes)


def fate_tallies(scan: Scan) -> Iterator[Tally]:
    """What no single table can tell: pages announced by the WARC files, and sentences and image references
    under the outcome that their page met in `page_decisions` and `document_decisions`.

    Reads the sentences of the scan batch by batch. Raises DataError on a document without a decision.
    """
    n_pages = sum(pc.sum(batch.column("n_pages")).as_py() or 0 for batch in scan("warc_files", ["n_pages"]))
    yield Tally(PAGE, "warc_files", KEPT, n_pages)
    for table in ("page_decisions", "document_decisions"):
        outcomes = outcomes_in(scan, table)
        yield from item_tallies(scan, SENTENCE, ("documents", "sentences"), (table, outcomes))
        if table == "page_decisions":
            yield from item_tallies(
                scan, IMAGE_REFERENCE, ("documents", "image_references"), (table, outcomes)
            )
        else:
            yield from item_tallies(scan, IMAGE_REFERENCE, ("alignments", "images"), (table, outcomes))


def outcomes_in(scan: Scan, table: str) -> dict[str, str]:
    """Outcome by document_id."""
    return {
        document: outcome
        for batch in scan(table, ["document_id", "outcome"])
        for document, outcome in zip(*(batch.column(index).to_pylist() for index in (0, 1)), strict=True)
    }


def item_tallies(
    scan: Scan, unit: str, source: tuple[str, str], fates: tuple[str, Mapping[str, str]]
) -> Iterator[Tally]:
    """Items of a list column, `source` (table, column), by the outcome that `fates` (table, outcomes) gives
    their document; items with an outcome of their own count only when kept."""
    (table, column), (decisions, outcomes) = source, fates
    counts: Counter[str] = Counter()
    for batch in scan(table, ["document_id", column]):
        for document, n_items in zip(batch.column(0).to_pylist(), kept_items(batch.column(1)), strict=True):
            if document not in outcomes:
                raise DataError(
                    f"{table} holds document {document}, which {decisions} lacks; remake {decisions}"
                )
            counts[outcomes[document]] += n_items
    for outcome, n_items in counts.items():
        yield Tally(unit, decisions, outcome, n_items)


def kept_items(lists: pa.ListArray) -> list[int]:
    """Number of items in each list; where items have an outcome, of kept ones."""
    item = lists.type.value_type
    if not pa.types.is_struct(item) or item.get_field_index("outcome") < 0:
        return [length or 0 for length in pc.list_value_length(lists).to_pylist()]
    kept = pc.equal(lists.flatten().field("outcome"), KEPT)
    counts: Counter[int] = Counter(pc.list_parent_indices(lists).filter(kept).to_pylist())
    return [counts[index] for index in range(len(lists))]
