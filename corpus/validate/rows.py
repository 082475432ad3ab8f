"""The rows of a release: whether a document agrees with itself.

Goes in: batches of the product. Comes out: (row, what is wrong) pairs, rows counted from the start of the batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Finding = tuple[int, str]
Ints = NDArray[np.int64]
SIMILARITY_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Lists:
    """How long the lists of each row are, and, per picture, its row and the fields of its image_info."""

    n_sentences: Ints
    n_infos: Ints
    n_images: Ints
    n_matrix_rows: Ints
    row_of: Ints
    infos: pa.Table


def lists_of(batch: pa.RecordBatch) -> Lists:
    def lengths(name: str) -> Ints:
        return np.asarray(pc.fill_null(pc.list_value_length(batch.column(name)), 0), dtype=np.int64)

    n_infos = lengths("image_info")
    infos = pa.Table.from_struct_array(batch.column("image_info").flatten())
    return Lists(
        n_sentences=lengths("text_list"),
        n_infos=n_infos,
        n_images=lengths("images"),
        n_matrix_rows=lengths("similarity_matrix"),
        row_of=np.repeat(np.arange(batch.num_rows), n_infos),
        infos=infos,
    )


def check_rows(batch: pa.RecordBatch, references: bool) -> Iterator[Finding]:
    """Everything that can be said of a row without decoding its pictures; `references` says that no bytes are to be
    there."""
    lists = lists_of(batch)
    yield from check_lengths(lists)
    yield from check_counts(batch, lists)
    yield from check_matrix(batch, lists)
    yield from check_page_matrix(batch, lists)
    yield from check_indices(lists)
    yield from check_order(lists)
    if (lists.n_images == lists.n_infos).all():
        yield from check_images(batch, lists, references)


def check_lengths(lists: Lists) -> Iterator[Finding]:
    for row in np.flatnonzero(lists.n_images != lists.n_infos):
        yield int(row), f"{lists.n_images[row]} images, but {lists.n_infos[row]} entries in image_info"
    for row in np.flatnonzero(lists.n_matrix_rows != lists.n_infos):
        n_rows, n_infos = lists.n_matrix_rows[row], lists.n_infos[row]
        yield int(row), f"similarity_matrix has {n_rows} rows, but image_info {n_infos} entries"


def check_counts(batch: pa.RecordBatch, lists: Lists) -> Iterator[Finding]:
    for name, counted in {"n_sentences": lists.n_sentences, "n_images": lists.n_infos}.items():
        if name in batch.schema.names:  # older versions wrote none
            said = np.asarray(batch.column(name))
            for row in np.flatnonzero(said != counted):
                yield int(row), f"{name} is {said[row]}, but there are {counted[row]}"


def check_matrix(batch: pa.RecordBatch, lists: Lists) -> Iterator[Finding]:
    """Whether each picture has a similarity to each sentence, and that of its match is what image_info says."""
    similarities = batch.column("similarity_matrix").flatten()
    widths = np.asarray(pc.list_value_length(similarities), dtype=np.int64)
    row_of = np.repeat(np.arange(batch.num_rows), lists.n_matrix_rows)
    wrong = np.flatnonzero(widths != lists.n_sentences[row_of])
    for at in wrong:
        n_sentences = lists.n_sentences[row_of[at]]
        yield (
            int(row_of[at]),
            f"similarity_matrix has {widths[at]} columns, but text_list {n_sentences} sentences",
        )
    matched = column(lists, "matched_text_index")
    fits = not wrong.size and (lists.n_matrix_rows == lists.n_infos).all() and in_range(matched, lists).all()
    if fits and matched.size:
        values = np.asarray(similarities.flatten(), dtype=np.float64)
        told = np.asarray(lists.infos["matched_sim"], dtype=np.float64)
        found = values[np.cumsum(widths) - widths + matched]
        for at in np.flatnonzero(~(np.abs(found - told) <= SIMILARITY_TOLERANCE)):
            yield (
                int(lists.row_of[at]),
                f"matched_sim is {told[at]:.6f}, but similarity_matrix has {found[at]:.6f}",
            )


def check_page_matrix(batch: pa.RecordBatch, lists: Lists) -> Iterator[Finding]:
    """Whether the page says something of each picture and each sentence, where it says anything."""
    if "page_matrix" not in batch.schema.names:  # older versions wrote none
        return
    said = batch.column("page_matrix")
    for row in np.flatnonzero(np.asarray(said.is_valid())).tolist():
        n_infos, n_sentences = lists.n_infos[row], lists.n_sentences[row]
        widths = np.asarray(pc.list_value_length(said[row].values))
        if len(widths) != n_infos or (widths != n_sentences).any():
            yield row, f"page_matrix is not of {n_infos} pictures and {n_sentences} sentences"


def column(lists: Lists, name: str) -> Ints:
    return np.asarray(lists.infos[name], dtype=np.int64)


def in_range(matched: Ints, lists: Lists) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (matched >= 0) & (matched < lists.n_sentences[lists.row_of])
    return inside


def check_indices(lists: Lists) -> Iterator[Finding]:
    """Whether sentences that pictures point to exist; a picture may stand behind the last one."""
    matched, before = column(lists, "matched_text_index"), column(lists, "dom_text_index")
    n_sentences = lists.n_sentences[lists.row_of]
    for at in np.flatnonzero(~in_range(matched, lists)):
        row = int(lists.row_of[at])
        yield row, f"matched_text_index is {matched[at]}, but there are {n_sentences[at]} sentences"
    if "fused_text_index" in lists.infos.column_names:  # older versions wrote none
        is_told = np.asarray(lists.infos["fused_text_index"].is_valid())
        fused = np.asarray(pc.fill_null(lists.infos["fused_text_index"], 0), dtype=np.int64)
        for at in np.flatnonzero(is_told & ~in_range(fused, lists)):
            row = int(lists.row_of[at])
            yield row, f"fused_text_index is {fused[at]}, but there are {n_sentences[at]} sentences"
    for at in np.flatnonzero((before < 0) | (before > n_sentences)):
        row = int(lists.row_of[at])
        yield row, f"dom_text_index is {before[at]}, but there are {n_sentences[at]} sentences"


def check_order(lists: Lists) -> Iterator[Finding]:
    matched, dom = column(lists, "matched_text_index"), column(lists, "dom_index")
    same_row = lists.row_of[1:] == lists.row_of[:-1]
    ascends = (matched[1:] > matched[:-1]) | ((matched[1:] == matched[:-1]) & (dom[1:] > dom[:-1]))
    for row in np.unique(lists.row_of[1:][same_row & ~ascends]):
        yield int(row), "image_info is not sorted by matched_text_index, then dom_index"


def check_images(batch: pa.RecordBatch, lists: Lists, references: bool) -> Iterator[Finding]:
    """Whether each of `images` is the one that image_info tells of, with bytes or without."""
    images = pa.Table.from_struct_array(batch.column("images").flatten())
    if not images.num_rows:
        return
    differs = pc.fill_null(pc.not_equal(images["path"], lists.infos["image_name"]), True)
    for at in np.flatnonzero(np.asarray(differs)):
        name, path = lists.infos["image_name"][int(at)], images["path"][int(at)]
        yield int(lists.row_of[at]), f"images has path {path} where image_info has image_name {name}"
    has_bytes = np.asarray(pc.is_valid(images["bytes"]))
    for at in np.flatnonzero(has_bytes == references):
        what = "has bytes in a release of references" if references else "has no bytes"
        yield int(lists.row_of[at]), f"picture {images['path'][int(at)]} {what}"
