"""Similarities by an encoder, for corpora that have none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os.path import basename
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from corpus.align.similarity import similarity_matrix
from corpus.encode.encoder import Encoder
from corpus.encode.registry import similarity_bound
from corpus.errors import InputError, SettingsError
from corpus.imports.obelics import COLUMNS, Similarities, read_row
from corpus.imports.row import Read
from corpus.storage import locate

ROWS_PER_BATCH = 16


def similarities_by(encoder: Encoder) -> Similarities:
    def similarities(pictures: Sequence[Image.Image], sentences: Sequence[str]) -> NDArray[np.float32]:
        return similarity_matrix(encoder.encode_images(pictures), encoder.encode_texts(sentences))

    return similarities


def bound_of(name: str, wanted: float | None) -> float:
    """The similarity under which a picture falls; SettingsError when the encoder has none of its own."""
    bound = similarity_bound(name) if wanted is None else wanted
    if bound is None:
        raise SettingsError(f"no similarity bound is known for {name}; give --min-similarity (-1 keeps all)")
    return bound


def obelics_reads(files: Sequence[str], encoder: Encoder, bound: float) -> Iterator[Read]:
    """Every row of the files. Raises InputError."""
    similarities = similarities_by(encoder)
    for path in files:
        for number, row in enumerate(rows_of(path)):
            yield read_row(row, (basename(path), number), similarities, bound)


def rows_of(path: str) -> Iterator[dict[str, Any]]:
    try:
        filesystem, place = locate(path)
        with pq.ParquetFile(place, filesystem=filesystem) as file:
            missing = [name for name in COLUMNS if name not in file.schema_arrow.names]
            if missing:
                raise InputError(f"{path} has no columns {missing}: it is not of OBELICS' layout")
            for batch in file.iter_batches(ROWS_PER_BATCH, columns=list(COLUMNS)):
                yield from batch.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path} cannot be read as Parquet ({error}); get it anew") from None
