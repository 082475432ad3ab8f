"""Documents per second: our matching beside its bare solver, and beside taking each image's best sentence;
`python -m bench.assignment [OUT ...]`: our solver beside MMC4's.

Goes in: numbers of images and sentences per document; finished builds, for their own matrices. Comes out: timings on
seeded vectors of as many dimensions as CLIP ViT-L/14 has, or on those matrices. The solver and the argmax are given
finished similarity matrices; ours also unpacks the vectors, multiplies them, measures the result and makes Arrow
batches of it. In each seeded document the images crave the same sentences: the hard case. In random matrices few do,
and of a build whose encoder knows its pictures most crave a sentence of their own: the solver has little to do.

MMC4 pads the negated matrix to a square with a cost of 1000, solves it with a Jonker-Volgenant solver (here lapx, which
keeps the one that it used) and sends pictures left over to their best sentence (scripts/linear_assignment.py and
compute_assignments.py of allenai/mmc4).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import cycle, islice

import lap
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from bench.machine import machine_facts
from bench.table import format_table, rate_lines
from bench.timing import Timing, in_turns
from corpus.align.assignment import assign
from corpus.align.similarity import similarity_matrix
from corpus.columns import Row
from corpus.config import Align, Settings
from corpus.look.lookup import finder, open_build
from corpus.recipes.alignments import align_documents
from corpus.vectors import pack, unpack

N_DIMENSIONS = 768
ROWS_PER_BATCH = 64
SEED = 0
OURS, SOLVER, ARGMAX = "ours", "linear_sum_assignment alone", "argmax alone"
EVERY_IMAGE = Settings(align=Align(min_similarity=-1))
AS_MMC4, PADDING_COST = "MMC4's way, by lapx", 1000
SOLVED: dict[tuple[int, int], int] = {
    (3, 12): 20_000,
    (10, 50): 5_000,
    (30, 500): 200,
    (50, 500): 100,
    (255, 2000): 3,
}
"""Documents per shape: enough that ours takes some hundredths of a second."""
N_OF_BUILD = 5_000
N_DISTINCT = 100
N_ROUNDS = 3

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


def hard_matrices(shape: Shape, n_matrices: int) -> list[Matrix]:
    random = np.random.default_rng(SEED)
    return [similarity_of(document("", shape, random)) for _ in range(min(n_matrices, N_DISTINCT))]


def random_matrices(shape: Shape, n_matrices: int) -> list[Matrix]:
    """Similarities that know nothing of each other, as in the proof that ours are MMC4's assignments."""
    random = np.random.default_rng(SEED)
    return list(random.standard_normal((min(n_matrices, N_DISTINCT), *shape), dtype=np.float32))


def matrices_of(out: str) -> list[Matrix]:
    """The similarity matrices of a finished build. Raises InputError."""
    stored, _ = open_build(out)
    rows = finder(stored)("alignments", ["similarity_matrix"], pc.scalar(True))
    matrices = [np.array(row["similarity_matrix"], np.float32) for row in rows]
    return [matrix for matrix in matrices if matrix.size]


def crowding(matrices: Sequence[Matrix]) -> float:
    """Mean share of images whose most similar sentence is that of an image before them."""
    return float(np.mean([1 - len(set(matrix.argmax(axis=1))) / len(matrix) for matrix in matrices]))


def time_solvers(distinct: Sequence[Matrix], n_matrices: int, n_rounds: int) -> dict[str, list[Timing]]:
    """Timings on finished matrices, over and over, where all ways give assignments of the same sum."""
    matrices = list(islice(cycle(distinct), n_matrices))
    return in_turns(
        {
            OURS: lambda: len([assign(matrix, -1) for matrix in matrices]),
            AS_MMC4: lambda: len([assign_as_mmc4(matrix) for matrix in matrices]),
            SOLVER: lambda: solve(matrices),
        },
        n_rounds,
    )


def assign_as_mmc4(similarity: Matrix) -> NDArray[np.intp]:
    """Sentence per image, [n_images]."""
    n_images, n_sentences = similarity.shape
    side = max(similarity.shape)
    padding = ((0, side - n_images), (0, side - n_sentences))
    _, sentences, _ = lap.lapjv(np.pad(-similarity, padding, constant_values=PADDING_COST))
    chosen = sentences[:n_images]
    return np.where(chosen < n_sentences, chosen, similarity.argmax(axis=1))


def main(arguments: Sequence[str]) -> int:
    given = [
        ("{}, {} x {}".format(what, *shape), matrices(shape, n_matrices), n_matrices)
        for what, matrices in (("hard", hard_matrices), ("random", random_matrices))
        for shape, n_matrices in SOLVED.items()
    ]
    given += [(f"of {out}", matrices_of(out), N_OF_BUILD) for out in arguments]
    lines = [
        line
        for what, distinct, n_matrices in given
        for line in rate_lines(
            "solve",
            "matrices",
            f"{what}, {crowding(distinct):.0%} crowded",
            time_solvers(distinct, n_matrices, N_ROUNDS),
        )
    ]
    print("\n".join(machine_facts()), "", format_table(lines), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
