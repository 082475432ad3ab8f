"""The index of a build, read by DuckDB from the narrow columns of its Parquet files, chunk by chunk.

Goes in: the tables of a build. Comes out: the table `pages` with a row per page: first those that a file begins with,
without scores, then all of each chunk. From an object store the narrow columns of a chunk are copied to local disk
while it is read.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.errors import DataError
from corpus.look.scores import UNITS
from corpus.look.stored import Stored
from corpus.storage import is_local, locate
from corpus.tables import TABLES
from corpus.view.index import COUNTS, FACTS, MEMBERSHIPS, SIMILARITY, SORTS, Read, create_pages

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
FILES_AT_ONCE = 8


def chunks_read(stored: Stored) -> Read:
    """What reads the index of a build."""
    chunks = [replace(stored, chunks=(chunk,)) for chunk in stored.chunks]

    def read(connection: duckdb.DuckDBPyConnection, folder: str) -> Iterator[int]:
        create_pages(connection, (*SCORES["page"], *SCORES["document"]))
        files = ((number, uri) for number, chunk in enumerate(chunks) for uri in chunk.part_uris("documents"))
        for number, uri in files:
            if n_rows_in(uri):
                insert(connection, chunks[number], number, folder, uri)
                break
        yield 0
        for number, chunk in enumerate(chunks):
            insert(connection, chunk, number, folder)
            yield number + 1

    return read


def n_rows_in(uri: str) -> int:
    filesystem, path = locate(uri)
    return int(pq.read_metadata(path, filesystem=filesystem).num_rows)


def insert(
    connection: duckdb.DuckDBPyConnection, chunk: Stored, number: int, folder: str, first: str = ""
) -> None:
    """Put all pages of one chunk in the place of what is there of it; given the URI `first`, only those with which this
    file of it begins, without scores. DataError when a file cannot be read."""
    told = {"name": chunk.chunks[0], "number": number}
    with TemporaryDirectory(dir=folder) as scratch:
        paths = local_files(chunk, scratch, first)
        try:
            connection.begin()
            connection.execute("DELETE FROM pages WHERE chunk = ?", [told["name"]])
            connection.execute(f"INSERT INTO pages BY NAME {rows_of_chunk(bool(first))}", told | paths)
            connection.commit()
        except duckdb.Error as error:
            raise DataError(f"{chunk.out}, chunk {told['name']}: {error}") from None


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
    """Where the tables of a chunk lie on local disk, narrow copies of those in an object store among them."""
    files: dict[str, list[str]] = {}
    with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
        for table, columns in (UNSCORED if first else COLUMNS).items():
            is_first = bool(first) and table == "documents"
            uris = [first] if is_first else chunk.part_uris(table)
            found = pool.map(partial(local_file, folder, columns, FIRST_PAGES if is_first else None), uris)
            files[table] = list(found) or [empty_file(folder, table)]
    return files


def local_file(folder: str, columns: Sequence[str], n_rows: int | None, uri: str) -> str:
    """The file itself when it is on local disk, else a copy of some columns of its rows, of all or `n_rows`."""
    filesystem, path = locate(uri)
    if is_local(uri):
        return path
    copy = f"{folder}/{uuid.uuid4().hex}.parquet"
    with filesystem.open_input_file(path) as source:
        file = pq.ParquetFile(source, pre_buffer=True)
        schema = pa.schema([file.schema_arrow.field(name) for name in columns])
        with pq.ParquetWriter(copy, schema, compression="lz4") as writer:
            left = file.metadata.num_rows if n_rows is None else n_rows
            for group in range(file.num_row_groups):
                if left > 0:
                    rows = file.read_row_group(group, columns=list(columns)).select(columns)[:left]
                    writer.write_table(rows)
                    left -= len(rows)
    return copy


def empty_file(folder: str, table: str) -> str:
    """A file for a table that a chunk, or a build of an earlier version, has no file of."""
    path = f"{folder}/{table}.parquet"
    pq.write_table(TABLES[table].schema.empty_table(), path)
    return path
