"""A release or an imported corpus in the viewer: the same pages, made from the rows of the product alone.

Goes in: a release. Comes out: the index of its documents, and a document laid out. Blocks, scores and what was dropped
are not in a release: all text is one paragraph, and every picture is a kept one.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.catalog import in_blocks
from corpus.columns import KEPT, Row
from corpus.errors import DataError
from corpus.filters.tiers import TIERS
from corpus.look.documents_shown import CHARACTERS_BESIDE_PICTURE, covering, matrix_map
from corpus.look.released import DROPPED, Released
from corpus.view.index import (
    FACTS,
    MEMBERSHIPS,
    SIMILARITY,
    SORTS,
    Index,
    Read,
    create_pages,
    open_index,
    put,
)
from corpus.view.page import ShownImage, ShownPage, by_sentence, numbers_on_page
from corpus.view.search import MAX_FOUND, matching

SHOWN = (
    "license_url", "warc_filename", "warc_record_offset", "text_list", "image_info", "images", "similarity_matrix",
    *FACTS, *MEMBERSHIPS,
)  # fmt: skip
PLAIN = (*FACTS, *MEMBERSHIPS, SIMILARITY, "n_sentences", "n_images")
LISTS = ("text_list", "image_info.list.element.dom_index")
"""Of a release of an earlier version, which has no n_sentences and n_images, they are counted: a text has no smaller
leaf."""
FILES_AT_ONCE = 8
"""Each holds narrow columns of a row group."""
ROWS_REMEMBERED = 8
"""A page asks for its pictures one by one, and each of them stands in the row."""


@dataclass(frozen=True, eq=False)
class OpenRelease:
    """A release that is looked at. The chunk of a page is the number of its file."""

    out: str
    release: Released
    index: Index
    about: str = f"This is a release: {DROPPED}."
    parts: str = "files"

    def show(self, chunk: str, document_id: str) -> ShownPage | None:
        row = row_of(self, chunk, document_id)
        return None if row is None else shown_page(row, chunk, self.release.paths[int(chunk)])

    def title(self, row: Row) -> str | None:
        """The title of a document of the index, as it was published."""
        title: str | None = row["title"]
        return title

    def search(self, text: str) -> tuple[str, ...]:
        """The first documents that have `text` in a sentence, in any case."""
        found: list[str] = []
        for _, batch in self.release.batches(["document_id", "text_list"]):
            found += matching(batch, "text_list", text)
            if len(found) >= MAX_FOUND:
                break
        return tuple(found[:MAX_FOUND])

    def picture(self, chunk: str, content_hash: str) -> tuple[str | None, bytes | None] | None:
        """Media type and bytes. There is no table of pictures: `chunk` names file and document."""
        number, _, document_id = chunk.partition("-")
        row = row_of(self, number, document_id)
        for info, image in zip(row["image_info"], row["images"], strict=True) if row else ():
            if info["content_hash"] == content_hash:
                return info["media_type"], image["bytes"]
        return None


def look_at_release(out: str, release: Released) -> OpenRelease:
    """Open a release, with its first documents in the index."""
    return OpenRelease(out, release, open_index(files_read(release), len(release.paths), SORTS))


def files_read(release: Released) -> Read:
    """What reads the index of a release; what this does not tell of a document is null in it."""
    numbers = range(len(release.paths))

    def insert(connection: duckdb.DuckDBPyConnection, number: int, rows: pa.Table) -> None:
        connection.register("found", rows)
        put(connection, str(number), "FROM found")
        connection.unregister("found")

    def read(connection: duckdb.DuckDBPyConnection, folder: str) -> Iterator[int]:
        create_pages(connection)
        for number in numbers:
            if len(rows := pages_of(release, number, 1)):
                insert(connection, number, rows)
                break
        yield 0
        with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
            for some in in_blocks(numbers, FILES_AT_ONCE):
                for number, rows in zip(some, pool.map(partial(pages_of, release), some), strict=True):
                    insert(connection, number, rows)
                    yield number + 1

    return read


def pages_of(release: Released, number: int, n_groups: int | None = None) -> pa.Table:
    """Rows of the index: those of the file with this number, of its first `n_groups` row groups or of all. DataError
    when it cannot be read."""
    wanted = [name for name in PLAIN if name in release.schema.names]
    if "n_sentences" not in wanted:
        wanted += LISTS
    path = release.paths[number]
    try:
        with pq.ParquetFile(path, filesystem=release.filesystem, pre_buffer=True) as file:
            found = (
                file.read_row_group(group, columns=wanted) for group in range(file.num_row_groups)[:n_groups]
            )
            rows = pa.concat_tables([indexed(file.schema_arrow.empty_table()), *map(indexed, found)])
    except pa.ArrowException as error:
        raise DataError(f"{path} cannot be read: {error}; get it anew") from None
    n, first = len(rows), number << 40
    return rows.append_column("chunk", pa.repeat(str(number), n)).append_column(
        "position", pa.array(np.arange(first, first + n))
    )


def indexed(rows: pa.Table) -> pa.Table:
    """Of each document what its file tells."""
    told = {name: rows[name] for name in PLAIN if name in rows.schema.names}
    if "n_sentences" not in told:
        counted = {"n_sentences": "text_list", "n_images": "image_info"}
        told |= {name: pc.list_value_length(rows[items]) for name, items in counted.items()}
    return pa.table({
        **told,
        "fetch_time": rows["fetch_time"].cast(pa.timestamp("us")),  # UTC; a zone duckdb would change to its own
        "outcome": pa.repeat(KEPT, len(rows)),
    })  # fmt: skip


@lru_cache(maxsize=ROWS_REMEMBERED)
def row_of(opened: OpenRelease, number: str, document_id: str) -> Row | None:
    paths = opened.release.paths
    if not number.isdecimal() or int(number) >= len(paths):
        return None
    file = replace(opened.release, paths=(paths[int(number)],))
    return next((row for _, row in file.rows(SHOWN, pc.field("document_id") == document_id)), None)


def shown_page(row: Row, number: str, path: str) -> ShownPage:
    sentences, infos = row["text_list"], row["image_info"]
    pictures = zip(infos, row["images"] or [{"bytes": None}] * len(infos), strict=True)
    images = tuple(
        shown_image(info, at, f"{number}-{row['document_id']}" if image["bytes"] else None)
        for at, (info, image) in enumerate(pictures, 1)
    )
    matched = [info["matched_text_index"] for info in infos]
    return ShownPage(
        row={**row, "images": None, "sentences": sentences, "language_probability": None, "fault": None},
        dropped_sentences={},
        kept_at=tuple(range(len(sentences))),
        outcome=KEPT,
        tiers=tuple(tier for tier in TIERS if row.get(f"in_{tier}")),
        duplicate_of=None,
        blocks=tuple(covering([], len(sentences))),
        images=images,
        placed=by_sentence(images),
        page_numbers=numbers_on_page(images),
        is_dense=sum(map(len, sentences)) < CHARACTERS_BESIDE_PICTURE * len(images),
        scores=(),
        heat_map=matrix_map(row["similarity_matrix"], matched),
        matrix=tuple(map(tuple, row["similarity_matrix"])),
        matrix_images=tuple(info["dom_index"] for info in infos),
        files=(path,),
    )


def shown_image(info: Row, number: int, chunk: str | None) -> ShownImage:
    reference = {**info, "url": info["raw_url"], "title": None, "content_score": None}
    is_sized = info["width_px"] is not None and info["height_px"] is not None
    size = (info["width_px"], info["height_px"]) if is_sized else None
    fused = info.get("fused_text_index")
    return ShownImage(reference, KEPT, info["content_hash"], chunk, size, {}, info, number, fused)
