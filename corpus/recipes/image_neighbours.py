"""The rows of `image_neighbours`: for each picture the likest of the larger ones, by their vectors.

Goes in: `image_features`. Comes out: names and cosines, none where dedup.image_embeddings is off. Pictures are divided
into cells by the centres of a sample, twice, since what a border of one division parts the other seldom does; those of
one cell are compared (SemDeDup, arXiv 2303.09540, section 3.1). Nothing but the sample comes to the driver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpus.dedup.cells import MOST_CENTRES, Cells, divide
from corpus.dedup.likest import Floats, likest
from corpus.recipes.frames import kept
from corpus.recipes.small_batches import Batches
from corpus.spark.build import Build
from corpus.vectors import unit, unpack

if TYPE_CHECKING:
    from pyspark import Broadcast

PICTURE = "content_hash string, chunk string, embedding binary, n_dimensions int, side_px int, area_px bigint"
PLACED = f"{PICTURE}, division int, cell bigint"
FOUND = "content_hash string, chunk string, similar_to string, cosine double"

N_DIVISIONS = 2
PICTURES_PER_CELL = 1_000
SAMPLE_PER_CELL = 16
MOST_IN_SAMPLE = 2**17
"""For all divisions together: 200 MB of half floats at 768 dimensions."""
MOST_COMPARED = 8_192
"""Pictures of a cell that all others of it are compared with, the largest ones: 25 MB at 768 dimensions."""
SHARES = 2**24

Picture = tuple[str, str]
"""Hash of the content, and the chunk under which it is filed."""
Block = tuple[Sequence[Picture], Floats]
Cell = tuple[int, int]


def image_neighbours(build: Build, chunk: str) -> DataFrame:
    """A row per picture before which another one comes in a cell."""
    if not build.settings.dedup.image_embeddings:
        return build.spark.createDataFrame([], FOUND)
    pictures = pictures_of(build)
    cells = build.spark.sparkContext.broadcast(divisions(pictures))
    placed = pictures.mapInArrow(partial(place, cells), PLACED).repartition(build.tasks, "division", "cell")
    # The first stays: the largest, and of equal ones that of the least hash.
    ordered = placed.sortWithinPartitions(
        "division", "cell", F.desc("side_px"), F.desc("area_px"), "content_hash"
    )
    found = ordered.mapInArrow(partial(compare, MOST_COMPARED), FOUND)
    best = found.groupBy("content_hash", "chunk").agg(F.max(F.struct("cosine", "similar_to")).alias("likest"))
    rows = best.select("content_hash", "likest.similar_to", "likest.cosine", "chunk")
    return rows.repartition(build.tasks, "chunk").sortWithinPartitions("chunk", "content_hash")


def pictures_of(build: Build) -> DataFrame:
    """Vectors, and what pictures are preferred by: the shorter side before the area, since banners are seldom kept."""
    features = kept(build.read("image_features")).select("content_hash", "chunk", "embedding", "n_dimensions")
    sizes = build.read("image_contents").select(
        "content_hash",
        F.least("width_px", "height_px").alias("side_px"),
        (F.col("width_px").cast("bigint") * F.col("height_px")).alias("area_px"),
    )
    return features.join(sizes, on="content_hash").repartition(build.tasks, "content_hash")


def divisions(pictures: DataFrame) -> list[Cells]:
    """None where there are so few pictures that all of them are compared."""
    n_pictures = pictures.count()
    n_cells = min(MOST_CENTRES**2, -(-n_pictures // PICTURES_PER_CELL))
    if n_cells <= 1:
        return []
    n_wanted = min(MOST_IN_SAMPLE, N_DIVISIONS * SAMPLE_PER_CELL * n_cells)
    is_drawn = F.pmod(F.xxhash64("content_hash"), F.lit(SHARES)) < -(-n_wanted * SHARES // n_pictures)
    drawn = pictures.where(is_drawn).select("content_hash", "embedding", "n_dimensions").collect()
    drawn.sort(key=lambda row: row.content_hash)
    samples = [drawn[number::N_DIVISIONS] for number in range(N_DIVISIONS)]
    return [
        divide(vectors_of([row.embedding for row in some], some[0].n_dimensions), n_cells)
        for some in samples
        if some
    ]


def vectors_of(packed: Sequence[bytes], n_dimensions: int) -> Floats:
    return unit(unpack(b"".join(packed), n_dimensions))


def vectors_in(batch: pa.RecordBatch) -> Floats:
    return vectors_of(batch.column("embedding").to_pylist(), batch.column("n_dimensions")[0].as_py())


def place(divisions: Broadcast[list[Cells]], batches: Batches) -> Batches:
    """The pictures once per division, with their cell."""
    for batch in batches:
        if batch.num_rows:
            vectors = vectors_in(batch)
            every = [each.of(vectors) for each in divisions.value] or [np.zeros(len(vectors), np.int64)]
            for number, cells in enumerate(every):
                columns = [pa.array(np.full(len(vectors), number, np.int32)), pa.array(cells)]
                names = [*batch.schema.names, "division", "cell"]
                yield pa.RecordBatch.from_arrays([*batch.columns, *columns], names)


def compare(most: int, batches: Batches) -> Batches:
    """The likest before each picture in a cell, of those that are compared: at most `most`. Cells come in order."""
    for _, blocks in groupby(cells_in(batches), key=itemgetter(0)):
        for found in likest((block for _, block in blocks), most):
            rows = [(*picture, other[0], cosine) for picture, other, cosine in found]
            names = ["content_hash", "chunk", "similar_to", "cosine"]
            types = [pa.string(), pa.string(), pa.string(), pa.float64()]
            columns = [pa.array([row[at] for row in rows], type_) for at, type_ in enumerate(types)]
            yield pa.RecordBatch.from_arrays(columns, names)


def cells_in(batches: Batches) -> Iterator[tuple[Cell, Block]]:
    """What each batch holds of each cell."""
    for batch in batches:
        first = 0
        cells = zip(*(batch.column(name).to_pylist() for name in ("division", "cell")), strict=True)
        for cell, rows in groupby(cells):
            part = batch.slice(first, len(list(rows)))
            first += part.num_rows
            names = zip(*(part.column(name).to_pylist() for name in ("content_hash", "chunk")), strict=True)
            yield cell, (list(names), vectors_in(part))
