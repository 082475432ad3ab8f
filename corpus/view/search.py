"""Pages whose sentences hold a text.

Goes in: a build and a text. Comes out: document ids. The texts are read from disk from the first page on, until enough
are found: there is no index of words.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.look.stored import Stored
from corpus.storage import locate

MAX_FOUND = 1_000
ROWS_PER_BATCH = 2_048


def pages_with(stored: Stored, text: str) -> tuple[str, ...]:
    """The first MAX_FOUND pages that have `text` in a sentence, in any case."""
    found: list[str] = []
    for uri in stored.part_uris("documents"):
        filesystem, path = locate(uri)
        with filesystem.open_input_file(path) as source:
            for batch in pq.ParquetFile(source).iter_batches(
                ROWS_PER_BATCH, columns=["document_id", "sentences"]
            ):
                found += matching(batch, "sentences", text)
                if len(found) >= MAX_FOUND:
                    return tuple(found[:MAX_FOUND])
    return tuple(found)


def matching(batch: pa.RecordBatch, column: str, text: str) -> list[str]:
    """Identities of the documents that have `text` in one of the sentences in `column`."""
    sentences = batch.column(column)
    holds = pc.match_substring(sentences.flatten(), text, ignore_case=True)
    rows = np.unique(pc.list_parent_indices(sentences).filter(holds).to_numpy())
    ids: list[str] = batch.column("document_id").take(pa.array(rows)).to_pylist()
    return ids
