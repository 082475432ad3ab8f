"""Embedding the sentences of documents.

Goes in: batches with document_id and sentences. Comes out: `sentence_embeddings`, one row per document.
Torch is imported when the first document comes, so that only tasks import it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from corpus.columns import Row
from corpus.config import Settings
from corpus.recipes.small_batches import Batches, Tagged, small_batches
from corpus.vectors import pack

if TYPE_CHECKING:
    from corpus.encode.encoder import Encoder

BATCHES_GATHERED = 16
"""Model batches' worth of sentences gathered across documents before they are sorted by length."""

Document = tuple[str, list[str]]


def embed_sentences(batches: Batches, settings: Settings) -> Tagged:
    """`sentence_embeddings` from document_id, sentences. EncoderError when the encoder cannot be loaded."""
    rows = embedding_rows(batches, settings)
    return small_batches("sentence_embeddings", rows, lambda row: len(row["embeddings"]) + 128)


def embedding_rows(batches: Batches, settings: Settings) -> Iterator[Row]:
    """One row per document, embedded together with the documents that come near it."""
    from corpus.encode.encoder import load_encoder

    n_gathered = BATCHES_GATHERED * settings.encode.sentences_per_batch
    for documents in gather(batches, n_gathered):
        encoder = load_encoder(settings.encode.encoder, settings.encode.sentences_per_batch)
        yield from embedded(documents, encoder)


def gather(batches: Batches, n_sentences: int) -> Iterator[list[Document]]:
    """Documents in their order, in lists of `n_sentences` sentences or more; the last list may have fewer."""
    documents: list[Document] = []
    n_gathered = 0
    for batch in batches:
        for document_id, sentences in zip(
            batch.column("document_id").to_pylist(), batch.column("sentences").to_pylist(), strict=True
        ):
            documents.append((document_id, sentences))
            n_gathered += len(sentences)
            if n_gathered >= n_sentences:
                yield documents
                documents, n_gathered = [], 0
    if documents:
        yield documents


def embedded(documents: list[Document], encoder: Encoder) -> Iterator[Row]:
    """One row per document; sentences that several of them share are embedded once."""
    vectors = encoder.encode_texts([sentence for _, sentences in documents for sentence in sentences])
    ends = np.cumsum([len(sentences) for _, sentences in documents])
    for (document_id, sentences), end in zip(documents, ends, strict=True):
        yield {
            "document_id": document_id,
            "encoder": encoder.identity,
            "n_sentences": len(sentences),
            "n_dimensions": encoder.n_dimensions,
            "embeddings": pack(vectors[end - len(sentences) : end]),
        }
