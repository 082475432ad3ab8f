"""The index of a build, read by DuckDB from the narrow columns of its Parquet files, chunk by chunk.

Goes in: the tables of a build. Comes out: the table `pages` with a row per page: first those that a file begins with,
without scores, then all of each chunk. What lies in an object store is copied to local disk while its chunk is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.errors import DataError
from corpus.look.scores import UNITS
from corpus.look.stored import Stored
from corpus.tables import TABLES
from corpus.view.index import COUNTS, FACTS, MEMBERSHIPS, SIMILARITY, SORTS, Read, create_pages, put
from corpus.view.narrow_copies import Narrow, on_disk

SCORES = {unit: tuple(each.name for each in UNITS[unit][1]) for unit in ("page", "document")}
BUILD_SORTS = (*SORTS, *SCORES["page"], *SCORES["document"])
COLUMNS = {
    "documents": FACTS,
    "document_decisions": ("document_id", *COUNTS, *MEMBERSHIPS, "scores"),
    "page_decisions": ("document_id", "scores"),
    "interleaved": ("document_id", SIMILARITY),
}
UNSCORED = {
    table: tuple(name for name in columns if name != "scores")
    for table, columns in COLUMNS.items()
    if table != "page_decisions"
}
FIRST_PAGES = 200


def chunks_read(stored: Stored) -> Read:
    """What reads the index of a build."""
    chunks = [replace(stored, chunks=(chunk,)) for chunk in stored.chunks]

    def read(connection: duckdb.DuckDBPyConnection, folder: str) -> Iterator[int]:
        create_pages(connection, (*SCORES["page"], *SCORES["document"]))
        files = ((number, uri) for number, chunk in enumerate(chunks) for uri in chunk.part_uris("documents"))
        for number, uri in files:
            if insert(connection, chunks[number], number, folder, uri):
                break
        yield 0
        for number, chunk in enumerate(chunks):
            insert(connection, chunk, number, folder)
            yield number + 1

    return read


def insert(
    connection: duckdb.DuckDBPyConnection, chunk: Stored, number: int, folder: str, first: str = ""
) -> int:
    """Put all pages of one chunk in the place of what is there of it; given the URI `first`, those alone with which
    this file of it begins, without scores. The number of pages; DataError when a file cannot be read."""
    (name,) = chunk.chunks
    with TemporaryDirectory(dir=folder) as scratch:
        try:
            paths = local_files(chunk, scratch, first)
            return put(
                connection, name, rows_of_chunk(bool(first)), {"name": name, "number": number, **paths}
            )
        except (duckdb.Error, pa.ArrowException) as error:
            raise DataError(
                f"{chunk.out}, chunk {name}: {error}; a broken file is made anew by `corpus build` when it is removed "
                "with its folder"
            ) from None


def rows_of_chunk(is_first: bool) -> str:
    """The SQL of a chunk's rows. Its parameters are the files of each table, and name and number of the chunk."""
    page, document = (
        "".join(f""", CAST(scores['{name}'] AS FLOAT) AS "{name}" """ for name in SCORES[unit])
        for unit in ("page", "document")
    )
    scored = f"JOIN (SELECT document_id{page} FROM {parquet('page_decisions')}) USING (document_id)"
    return f"""
        SELECT * FROM (
            SELECT document_id, url, title, language, make_timestamp(epoch_us(fetch_time)) AS fetch_time,
                $name AS chunk, ($number::BIGINT << 48) + (file_index::BIGINT << 32) + file_row_number AS position
            FROM {parquet("documents")} {f"WHERE file_row_number < {FIRST_PAGES}" if is_first else ""}
        ) JOIN (
            SELECT document_id, {", ".join((*COUNTS, *MEMBERSHIPS))}{"" if is_first else document}
            FROM {parquet("document_decisions")}
        ) USING (document_id) {"" if is_first else scored}
        LEFT JOIN (SELECT document_id, {SIMILARITY} FROM {parquet("interleaved")}) USING (document_id)"""


def parquet(table: str) -> str:
    return f"read_parquet(${table}, hive_partitioning = false)"


def local_files(chunk: Stored, folder: str, first: str) -> dict[str, list[str]]:
    """Where the tables of a chunk lie on local disk."""
    wanted = {
        table: [Narrow(uri, columns) for uri in chunk.part_uris(table)]
        for table, columns in (UNSCORED if first else COLUMNS).items()
    }
    if first:
        wanted["documents"] = [Narrow(first, FACTS, FIRST_PAGES)]
    paths = iter(on_disk([each for table in wanted.values() for each in table], folder))
    return {
        table: list(islice(paths, len(files))) or [empty_file(folder, table)]
        for table, files in wanted.items()
    }


def empty_file(folder: str, table: str) -> str:
    """A file for a table that a chunk, or a build of an earlier version, has no file of."""
    path = f"{folder}/{table}.parquet"
    pq.write_table(TABLES[table].schema.empty_table(), path)
    return path
