"""The index of a build: one narrow row per page in memory, asked by DuckDB.

Goes in: the tables of a build. Comes out: the pages that fit a question, in its order, and how many there are. Texts
and pictures stay on disk until a page is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.columns import Row
from corpus.filters.tiers import TIERS
from corpus.look.score_matrix import score_matrix
from corpus.look.scores import UNITS
from corpus.look.stored import Stored
from corpus.storage import locate
from corpus.tables import TABLES

FACTS = ("document_id", "url", "title", "language", "fetch_time")
COUNTS = ("outcome", "n_sentences", "n_images")
MEMBERSHIPS = tuple(f"in_{tier}" for tier in TIERS)
SIMILARITY = "mean_matched_sim"
SCORES = tuple(each.name for unit in ("page", "document") for each in UNITS[unit][1])
SORTS = ("url", "fetch_time", "n_sentences", "n_images", SIMILARITY, *SCORES)
TOLD = (*FACTS, "chunk", *COUNTS, SIMILARITY)

JOINED = f"""
SELECT {", ".join(f"documents.{name}" for name in FACTS)}, documents.chunk, position,
    {", ".join(f"decided.{name}" for name in (*COUNTS, *MEMBERSHIPS))}, product.{SIMILARITY},
    {", ".join(f'{unit}."{each.name}"' for unit in ("page", "document") for each in UNITS[unit][1])}
FROM documents
JOIN page USING (document_id) JOIN document USING (document_id) JOIN decided USING (document_id)
LEFT JOIN product USING (document_id)
"""


@dataclass(frozen=True)
class Question:
    """Which pages, in which order. `tier` is one of TIERS. `text` stands in title or URL, in any case; with `ids`, the
    page may be one of them instead. `changed` asks for pages that another build decided otherwise. Pages without a
    value to `sort` by come last."""

    outcome: str = ""
    language: str = ""
    tier: str = ""
    text: str = ""
    ids: tuple[str, ...] = ()
    changed: bool = False
    sort: str = ""
    descending: bool = False


def open_index(stored: Stored) -> duckdb.DuckDBPyConnection:
    """A database in memory whose table `pages` has a row per page of the build."""
    connection = duckdb.connect()
    n_pages = 0
    for chunk in stored.chunks:
        tables = chunk_tables(replace(stored, chunks=(chunk,)), chunk, n_pages)
        for name, table in tables.items():
            connection.register(name, table)
        connection.execute(f"{'INSERT INTO pages' if n_pages else 'CREATE TABLE pages AS'} {JOINED}")
        n_pages += tables["documents"].num_rows
    with_comparison(connection)
    return connection


def with_comparison(connection: duckdb.DuckDBPyConnection) -> None:
    """Add what `compare` fills."""
    connection.execute("ALTER TABLE pages ADD COLUMN changed BOOLEAN DEFAULT FALSE")
    connection.execute("ALTER TABLE pages ADD COLUMN other_outcome VARCHAR")


def without_zone(times: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Times in UTC without saying so: a zone duckdb would turn into the package pytz."""
    return times.cast(pa.timestamp("us"))


def chunk_tables(stored: Stored, chunk: str, first: int) -> dict[str, pa.Table]:
    """What the index takes of each table of one chunk; `position` counts pages from `first` on."""
    documents = read(stored, "documents", FACTS)
    at = documents.schema.get_field_index("fetch_time")
    documents = documents.set_column(at, "fetch_time", without_zone(documents.column(at)))
    places = pa.array(np.arange(first, first + len(documents)))
    return {
        "documents": documents.append_column("position", places).append_column(
            "chunk", pa.array([chunk] * len(documents), pa.string())
        ),
        "page": with_scores(stored, "page"),
        "document": with_scores(stored, "document"),
        "decided": read(stored, "document_decisions", ("document_id", *COUNTS, *MEMBERSHIPS)),
        "product": read(stored, "interleaved", ("document_id", SIMILARITY)),
    }


def with_scores(stored: Stored, unit: str) -> pa.Table:
    """document_id and one column per score, null where it was not measured."""
    table, filters = UNITS[unit]
    names = [each.name for each in filters]
    rows = read(stored, table, ("document_id", "scores"))
    values = [score_matrix(each, names) for each in rows.column("scores").chunks if len(each)]
    matrix = np.concatenate([np.empty((0, len(names))), *values])
    columns = [pa.array(matrix[:, at], pa.float32(), from_pandas=True) for at in range(len(names))]
    return pa.table([rows.column("document_id"), *columns], names=["document_id", *names])


def read(stored: Stored, table: str, columns: Sequence[str]) -> pa.Table:
    """Some columns of all parts of a table."""
    schema = pa.schema([TABLES[table].schema.field(name) for name in columns])
    parts = []
    for uri in stored.part_uris(table):
        filesystem, path = locate(uri)
        parts.append(pq.read_table(path, columns=list(columns), filesystem=filesystem).cast(schema))
    return pa.concat_tables([schema.empty_table(), *parts])


def compare(index: duckdb.DuckDBPyConnection, other: duckdb.DuckDBPyConnection) -> None:
    """Mark the pages that the other build decided otherwise, and note how."""
    told = f"document_id, outcome, n_images, {SIMILARITY}"
    index.register("other", other.sql(f"SELECT {told} FROM pages").to_arrow_table())
    index.execute(f"""
        UPDATE pages SET other_outcome = other.outcome, changed = pages.outcome <> other.outcome
            OR pages.n_images <> other.n_images OR pages.{SIMILARITY} IS DISTINCT FROM other.{SIMILARITY}
        FROM other WHERE other.document_id = pages.document_id""")


def condition(question: Question) -> tuple[str, list[object]]:
    """The question as SQL, and the values that belong into it."""
    tests: list[str] = []
    values: list[object] = []
    for column in ("outcome", "language"):
        if value := getattr(question, column):
            tests.append(f"coalesce({column}, 'none') = ?")
            values.append(value)
    if question.tier in TIERS:
        tests.append(f"in_{question.tier}")
    if question.text:
        tests.append(
            "(contains(lower(coalesce(title, '')), ?) OR contains(lower(url), ?) OR list_contains(?, document_id))"
        )
        values += [question.text.lower(), question.text.lower(), list(question.ids)]
    if question.changed:
        tests.append("changed")
    return " AND ".join(tests) or "true", values


def pages(index: duckdb.DuckDBPyConnection, question: Question, first: int, n: int) -> list[Row]:
    """`n` pages from the `first` on, with what TOLD names, `other_outcome`, and `sorted_by`: the value sorted by."""
    where, values = condition(question)
    by = f'"{question.sort}"' if question.sort in SORTS else "position"
    order = f"{by} {'DESC' if question.descending else 'ASC'} NULLS LAST, position"
    told = f"{', '.join(TOLD)}, other_outcome, {by} AS sorted_by"
    sql = f"SELECT {told} FROM pages WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
    rows = index.cursor().execute(sql, [*values, n, first]).fetchall()
    return [dict(zip((*TOLD, "other_outcome", "sorted_by"), row, strict=True)) for row in rows]


def count(index: duckdb.DuckDBPyConnection, question: Question) -> int:
    where, values = condition(question)
    (n,) = index.cursor().execute(f"SELECT count(*) FROM pages WHERE {where}", values).fetchall()[0]
    return int(n)


def groups(index: duckdb.DuckDBPyConnection, column: str) -> list[tuple[str, int]]:
    """The values of `outcome` or `language` with the number of their pages, the most frequent first."""
    sql = f"SELECT coalesce({column}, 'none') AS name, count(*) AS n FROM pages GROUP BY name ORDER BY n DESC, name"
    return [(str(name), int(n)) for name, n in index.cursor().execute(sql).fetchall()]
