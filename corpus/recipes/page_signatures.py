"""Signatures of pages, by which duplicates are found over crawls without reading a text again.

Goes in: batches of kept documents. Comes out: `page_signatures`, one row per document.
"""

from __future__ import annotations

import pyarrow as pa

from corpus.config import Settings
from corpus.dedup.minhash import Signature, signature
from corpus.dedup.shingles import shingle_hashes
from corpus.recipes.small_batches import Batches, Tagged
from corpus.tables.pages import PAGE_SIGNATURES


def sign_pages(batches: Batches, settings: Settings) -> Tagged:
    """`page_signatures` from rows with its other columns and `sentences`."""
    for batch in batches:
        signatures = [
            page_signature(sentences, settings) for sentences in batch.column("sentences").to_pylist()
        ]
        columns = {name: batch.column(name) for name in batch.schema.names}
        columns["signature"] = pa.array(signatures, pa.list_(pa.int32()))
        rows = [columns[field.name].cast(field.type) for field in PAGE_SIGNATURES.schema]
        yield "page_signatures", pa.RecordBatch.from_arrays(rows, schema=PAGE_SIGNATURES.schema)


def page_signature(sentences: list[str], settings: Settings) -> Signature | list[int]:
    """The signature of a text; empty without any word."""
    hashes = shingle_hashes(sentences, settings.dedup.shingle_words)
    return signature(hashes, settings.dedup.bands * settings.dedup.rows_per_band) if len(hashes) else []
