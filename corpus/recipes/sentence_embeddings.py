"""Embedding the sentences of documents.

Goes in: batches with document_id, sentences and sentences_hash. Comes out: `sentence_embeddings`, one row per document.
Torch is imported when the first document comes, so that only tasks import it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from corpus.columns import Row
from corpus.config import Settings
from corpus.recipes.rows import split_known
from corpus.recipes.small_batches import Batches, Tagged, small_batches
from corpus.vectors import pack

BATCHES_GATHERED = 16
"""Model batches' worth of sentences gathered across documents before they are sorted by length."""

Document = tuple[str, list[str], int]


def embed_sentences(batches: Batches, settings: Settings) -> Tagged:
    """`sentence_embeddings` from document_id, sentences, sentences_hash, and `before`: the finished row, where there is
    one. EncoderError when the encoder cannot be loaded."""
    rows = embedding_rows(batches, settings)
    return small_batches("sentence_embeddings", rows, lambda row: len(row["embeddings"]) + 128)


def embedding_rows(batches: Batches, settings: Settings) -> Iterator[Row]:
    """One row per document, embedded together with the documents that come near it."""
    at_once = BATCHES_GATHERED * settings.encode.sentences_per_batch
    waiting: list[Document] = []
    n_waiting = 0
    for batch in batches:
        known, fresh = split_known(batch)
        yield from known
        for document in documents_of(fresh):
            waiting.append(document)
            n_waiting += len(document[1])
            if n_waiting >= at_once:
                yield from embedded(waiting, settings)
                waiting, n_waiting = [], 0
    if waiting:
        yield from embedded(waiting, settings)


def documents_of(batch: pa.RecordBatch) -> Iterator[Document]:
    columns = (batch.column(name).to_pylist() for name in ("document_id", "sentences", "sentences_hash"))
    return zip(*columns, strict=True)


def embedded(documents: list[Document], settings: Settings) -> Iterator[Row]:
    """One row per document; sentences that several of them share are embedded once."""
    from corpus.encode.encoder import load_encoder

    encoder = load_encoder(
        settings.encode.encoder, settings.encode.sentences_per_batch, settings.encode.dtype
    )
    vectors = encoder.encode_texts([sentence for _, sentences, _ in documents for sentence in sentences])
    ends = np.cumsum([len(sentences) for _, sentences, _ in documents])
    for (document_id, sentences, sentences_hash), end in zip(documents, ends, strict=True):
        yield {
            "document_id": document_id,
            "encoder": encoder.label,
            "sentences_hash": sentences_hash,
            "n_sentences": len(sentences),
            "n_dimensions": encoder.n_dimensions,
            "embeddings": pack(vectors[end - len(sentences) : end]),
        }
