"""Scores that stand in map columns, as a matrix.

Goes in: a map column. Comes out: an array with NaN where a score was not measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Values = npt.NDArray[np.float64]


def score_matrix(column: pa.MapArray, names: Sequence[str]) -> Values:
    """Map entries as [n_rows, n_names]."""
    lengths = pc.list_value_length(pa.ListArray.from_arrays(column.offsets, column.keys)).to_numpy()
    entries = column.keys[column.offsets[0].as_py() : column.offsets[-1].as_py()]
    items = column.items[column.offsets[0].as_py() : column.offsets[-1].as_py()]
    at = pc.index_in(entries, pa.array(names, pa.string())).fill_null(-1).to_numpy()
    rows = np.repeat(np.arange(len(lengths)), lengths)
    values = np.full((len(lengths), len(names)), np.nan)
    known = at >= 0
    values[rows[known], at[known]] = items.to_numpy()[known]
    return values
