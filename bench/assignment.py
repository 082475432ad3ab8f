"""Documents per second: our matching beside its bare solver, and beside taking each image's best sentence.

Goes in: numbers of images and sentences per document. Comes out: timings on seeded vectors of as many dimensions as
CLIP ViT-L/14 has. The solver and the argmax are given finished similarity matrices; ours also unpacks the vectors,
multiplies them, measures the result and makes Arrow batches of it. In each document the images crave the same
sentences, as in real ones: without that the solver has nothing to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from bench.timing import Timing, in_turns
from corpus.align.similarity import similarity_matrix
from corpus.columns import Row
from corpus.config import Align, Settings
from corpus.recipes.alignments import align_documents
from corpus.vectors import pack, unpack

N_DIMENSIONS = 768
ROWS_PER_BATCH = 64
SEED = 0
OURS, SOLVER, ARGMAX = "ours", "linear_sum_assignment alone", "argmax alone"
EVERY_IMAGE = Settings(align=Align(min_similarity=-1))

Shape = tuple[int, int]
Matrix = NDArray[np.float32]


def shapes_of(batches: Sequence[pa.RecordBatch]) -> list[Shape]:
    """n_images and n_sentences of the documents that `align_documents` reads."""
    rows = (row for batch in batches for row in batch.select(["images", "n_sentences"]).to_pylist())
    return [(len(row["images"]), row["n_sentences"]) for row in rows]


def time_assignment(shapes: Sequence[Shape], n_documents: int, n_rounds: int) -> dict[str, list[Timing]]:
    """Timings on documents with (n_images, n_sentences) from `shapes`, over and over."""
    random = np.random.default_rng(SEED)
    rows = [document(str(n), shape, random) for n, shape in enumerate(islice(cycle(shapes), n_documents))]
    batches = [
        pa.RecordBatch.from_pylist(rows[start : start + ROWS_PER_BATCH])
        for start in range(0, len(rows), ROWS_PER_BATCH)
    ]
    matrices = [similarity_of(row) for row in rows]
    actions = {
        OURS: lambda: align(batches),
        SOLVER: lambda: solve(matrices),
        ARGMAX: lambda: take_best(matrices),
    }
    align(batches[:1])
    return in_turns(actions, n_rounds)


def align(batches: Sequence[pa.RecordBatch]) -> int:
    """Documents matched."""
    return sum(batch.num_rows for _, batch in align_documents(iter(batches), EVERY_IMAGE))


def solve(matrices: Sequence[Matrix]) -> int:
    for matrix in matrices:
        linear_sum_assignment(matrix, maximize=True)
    return len(matrices)


def take_best(matrices: Sequence[Matrix]) -> int:
    for matrix in matrices:
        matrix.argmax(axis=1)
    return len(matrices)


def document(document_id: str, shape: Shape, random: np.random.Generator) -> Row:
    """The columns that `align_documents` reads, of one document."""
    n_images, n_sentences = shape
    theme = random.standard_normal(N_DIMENSIONS)
    images = theme + random.standard_normal((n_images, N_DIMENSIONS))
    sentences = random.random((n_sentences, 1)) * theme + random.standard_normal((n_sentences, N_DIMENSIONS))
    return {
        "document_id": document_id,
        "images": [
            {"dom_index": n, "dom_text_index": 0, "embedding": pack(image)} for n, image in enumerate(images)
        ],
        "n_sentences": n_sentences,
        "n_dimensions": N_DIMENSIONS,
        "embeddings": pack(sentences),
    }


def similarity_of(row: Row) -> Matrix:
    images = unpack(b"".join(image["embedding"] for image in row["images"]), N_DIMENSIONS)
    return similarity_matrix(images, unpack(row["embeddings"], N_DIMENSIONS))
