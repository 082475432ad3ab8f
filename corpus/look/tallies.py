"""Counting for the funnel.

Goes in: the parts named by manifests, or what these add up to; their counts were read back from disk. Comes out:
tallies, to be added up over parts and chunks. No row is read here, so counting costs the same for a page and for a
billion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corpus.columns import KEPT
from corpus.entry import Entry, Total
from corpus.look.funnel import FILE, IMAGE_CONTENT, IMAGE_REFERENCE, IMAGE_URL, PAGE, SENTENCE, Tally
from corpus.manifest import Part

ROW_UNITS = {
    "warc_files": FILE,
    "documents": PAGE,
    "captures": "capture",
    "page_decisions": PAGE,
    "block_decisions": PAGE,
    "image_urls": IMAGE_URL,
    "images": IMAGE_URL,
    "image_contents": IMAGE_CONTENT,
    "image_features": IMAGE_CONTENT,
    "image_decisions": IMAGE_REFERENCE,
    "sentence_embeddings": PAGE,
    "document_decisions": PAGE,
    "interleaved": PAGE,
}
OUTCOMES = {("warc_files", "n_pages"): KEPT, ("interleaved", "far_sentences"): "sentence_above"}
"""Of items that are not counted by the outcome of their row. The pages that a WARC file announces are kept whatever
became of the file: each has its row in `documents`."""
ITEM_UNITS = {
    ("warc_files", "n_pages"): PAGE,
    ("documents", "sentences"): SENTENCE,
    ("documents", "image_references"): IMAGE_REFERENCE,
    ("alignments", "images"): IMAGE_REFERENCE,
    ("page_decisions", "n_sentences"): SENTENCE,
    ("page_decisions", "n_image_references"): IMAGE_REFERENCE,
    ("block_decisions", "sentences"): SENTENCE,
    ("document_decisions", "n_sentences"): SENTENCE,
    ("document_decisions", "n_images"): IMAGE_REFERENCE,
    ("interleaved", "text_list"): SENTENCE,
    ("interleaved", "far_sentences"): SENTENCE,
    ("interleaved", "image_info"): IMAGE_REFERENCE,
}


def part_tallies(parts: Iterable[Part | Entry | Total]) -> Iterator[Tally]:
    """What the manifests counted: rows of each table, items of its list columns, and what its rows count themselves."""
    for part in parts:
        for count in part.counts:
            unit = ITEM_UNITS.get((part.table, count.item)) if count.item else ROW_UNITS.get(part.table)
            if unit is not None:
                outcome = OUTCOMES.get((part.table, count.item), count.outcome)
                yield Tally(unit, part.table, outcome, count.n, count.n_bytes)
