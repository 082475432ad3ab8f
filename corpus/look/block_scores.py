"""The scores of blocks, as block filters judged them.

Goes in: a scan of `page_decisions` and `documents`. Comes out: scores of the blocks of pages that page filters kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.columns import KEPT
from corpus.filters.blocks import HEADING
from corpus.look.scan import Scan
from corpus.look.score_matrix import Values, score_matrix

MAX_PAGES = 100_000
HOST_BOILERPLATE = "block_host_boilerplate"

Repeated = Mapping[str, Sequence[int]]
"""Pages by document_id, with the numbers of the blocks that their host repeats."""


def judged_pages(scan: Scan) -> tuple[Repeated, int]:
    """Kept pages: all while they are few, else every second, fourth, ... of them, and which."""
    taken: list[tuple[str, Sequence[int]]] = []
    n_seen, stride = 0, 1
    for batch in scan("page_decisions", ["document_id", "outcome", "host_boilerplate_blocks"]):
        kept = batch.filter(pc.equal(batch.column("outcome"), KEPT))
        rows = zip(*(kept.column(at).to_pylist() for at in (0, 2)), strict=True)
        taken += [(document, repeated or ()) for document, repeated in rows][(-n_seen) % stride :: stride]
        n_seen += kept.num_rows
        if len(taken) > MAX_PAGES:
            taken, stride = taken[::2], 2 * stride
    return dict(taken), stride


def block_scores(scan: Scan, pages: Repeated, names: Sequence[str]) -> Iterator[Values]:
    """Scores [n_blocks, n_names] of the blocks of these pages."""
    for batch in scan("documents", ["document_id", "blocks"]):
        batch = batch.filter(pa.array([each in pages for each in batch.column("document_id").to_pylist()]))
        lists = batch.column("blocks")
        blocks = lists.flatten()
        values = score_matrix(blocks.field("scores"), names)
        if HOST_BOILERPLATE in names:
            documents = batch.column("document_id").to_pylist()
            sizes = pc.list_value_length(lists).to_pylist()
            marks = [
                float(place in pages[document])
                for document, size in zip(documents, sizes, strict=True)
                for place in range(size)
            ]
            is_heading = np.array([kind == HEADING for kind in blocks.field("kind").to_pylist()], dtype=bool)
            values[:, names.index(HOST_BOILERPLATE)] = np.where(is_heading, np.nan, np.array(marks))
        yield values[~np.isnan(values).all(axis=1)]
