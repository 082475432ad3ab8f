"""The tables: every column with its type, unit and meaning, declared once, in the order in which they are made."""

from __future__ import annotations

from corpus.columns import Table
from corpus.tables.images import (
    IMAGE_CONTENTS,
    IMAGE_DECISIONS,
    IMAGE_FEATURES,
    IMAGE_KINDS,
    IMAGE_NEIGHBOURS,
    IMAGE_SAFETY,
    IMAGE_SIGNS,
    IMAGE_URLS,
    IMAGES,
)
from corpus.tables.pages import (
    BLOCK_DECISIONS,
    CAPTURES,
    DOCUMENTS,
    PAGE_CLUSTERS,
    PAGE_DECISIONS,
    PAGE_SCREENINGS,
    PAGE_SIGNATURES,
    WARC_FILES,
)
from corpus.tables.product import (
    ALIGNMENTS,
    DOCUMENT_DECISIONS,
    DOCUMENT_GROUPS,
    FUNNEL,
    INTERLEAVED,
    SENTENCE_EMBEDDINGS,
)

ALL = (
    WARC_FILES, DOCUMENTS, CAPTURES, PAGE_SIGNATURES, PAGE_CLUSTERS, PAGE_SCREENINGS, PAGE_DECISIONS,
    BLOCK_DECISIONS, IMAGE_URLS, IMAGES, IMAGE_CONTENTS, IMAGE_SIGNS, IMAGE_FEATURES, IMAGE_NEIGHBOURS, IMAGE_KINDS,
    IMAGE_SAFETY, IMAGE_DECISIONS, SENTENCE_EMBEDDINGS, ALIGNMENTS, DOCUMENT_GROUPS, DOCUMENT_DECISIONS, INTERLEAVED,
    FUNNEL,
)  # fmt: skip
TABLES: dict[str, Table] = {table.name: table for table in ALL}
