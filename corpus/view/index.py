"""The index: one narrow row per page, asked by DuckDB, also while it is being read.

Goes in: what reads a build or a release part by part. Comes out: the pages read so far that fit a question, in its
order, and how many there are. Texts and pictures stay on disk until a page is opened. The index lies in a file for as
long as the viewer runs and not longer: what is forgotten must not live on in a copy.
"""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from tempfile import mkdtemp

import duckdb
import pyarrow as pa

from corpus.columns import Row
from corpus.filters.tiers import TIERS

FACTS = ("document_id", "url", "title", "language", "fetch_time")
COUNTS = ("outcome", "n_sentences", "n_images")
MEMBERSHIPS = tuple(f"in_{tier}" for tier in TIERS)
SIMILARITY = "mean_matched_sim"
SORTS = ("url", "fetch_time", "n_sentences", "n_images", SIMILARITY)
TOLD = (*FACTS, "chunk", *COUNTS, SIMILARITY)
MEMORY_MB = 300
MAX_THREADS = 4
"""Each holds buffers of its own, and MEMORY_MB has to do for all."""

Read = Callable[[duckdb.DuckDBPyConnection, str], Iterator[int]]
"""Makes the table `pages` and fills it: first a few pages, then part by part, each time saying how many parts are in.
The text is a folder for what it needs meanwhile."""


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


@dataclass(eq=False)
class Index:
    """The table `pages`, and how far reading it is: `n_read` of `n_parts` chunks or files are in it, and it `is_whole`
    when all are. `is_compared` says whether `compare` has marked its pages, `fault` what ended the reading early."""

    connection: duckdb.DuckDBPyConnection
    reader: duckdb.DuckDBPyConnection
    rest: Iterator[int]
    n_parts: int
    sorts: tuple[str, ...]
    n_read: int = 0
    is_whole: bool = False
    is_compared: bool = False
    is_stopped: bool = False
    fault: str = ""

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own: one thread reads while others ask."""
        return self.connection.cursor()

    def stop(self) -> None:
        """Let `fill` end in another thread."""
        self.is_stopped = True
        self.reader.interrupt()


def create_pages(connection: duckdb.DuckDBPyConnection, scores: Sequence[str] = ()) -> None:
    """The empty table; `position` is the order of pages, and nothing else."""
    columns = [
        *(f"{name} VARCHAR" for name in ("document_id", "url", "title", "language", "chunk", "outcome")),
        "fetch_time TIMESTAMP, position BIGINT, n_sentences INTEGER, n_images INTEGER",
        *(f"{name} BOOLEAN" for name in MEMBERSHIPS),
        *(f'"{name}" FLOAT' for name in (SIMILARITY, *scores)),
        "changed BOOLEAN DEFAULT FALSE, other_outcome VARCHAR",
    ]
    connection.execute(f"CREATE TABLE pages ({', '.join(columns)})")


def put(
    connection: duckdb.DuckDBPyConnection, chunk: str, rows: str, values: Mapping[str, object] | None = None
) -> int:
    """Put what the SQL `rows` selects in the place of what is there of a chunk, in one step. The number of rows."""
    connection.begin()
    connection.execute("DELETE FROM pages WHERE chunk = ?", [chunk])
    told = connection.execute(f"INSERT INTO pages BY NAME {rows}", values).fetchall()
    connection.commit()
    return int(told[0][0])


def open_index(read: Read, n_parts: int, sorts: tuple[str, ...]) -> Index:
    """An index with its first pages; `fill` reads the others."""
    folder = mkdtemp(prefix="corpus-view-")
    connection = duckdb.connect(f"{folder}/pages.duckdb")
    connection.execute(f"SET memory_limit = '{MEMORY_MB}MB'")
    connection.execute(f"SET threads = {min(MAX_THREADS, os.cpu_count() or 1)}")
    connection.execute("SET preserve_insertion_order = false")  # `position` is the order
    reader = connection.cursor()
    index = Index(connection, reader, read(reader, folder), n_parts, sorts)
    weakref.finalize(index, shutil.rmtree, folder, ignore_errors=True)
    next(index.rest)
    return index


def fill(index: Index) -> None:
    """Read what is not read yet."""
    while not index.is_stopped and not index.is_whole:
        index.n_read = next(index.rest, index.n_parts)
        index.is_whole = index.n_read == index.n_parts


def compare(index: Index, other: Index) -> None:
    """Mark the pages that the other build decided otherwise, and note how; both have to be whole."""
    told = f"document_id, outcome, n_images, {SIMILARITY}"
    cursor, source = index.cursor(), other.cursor()
    rows = source.sql(f"SELECT {told} FROM pages")
    cursor.register("other", pa.RecordBatchReader.from_stream(rows))  # a stream, since a table may be large
    cursor.execute(f"""
        UPDATE pages SET other_outcome = other.outcome, changed = pages.outcome <> other.outcome
            OR pages.n_images <> other.n_images OR pages.{SIMILARITY} IS DISTINCT FROM other.{SIMILARITY}
        FROM other WHERE other.document_id = pages.document_id""")
    index.is_compared = True


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


def pages(index: Index, question: Question, first: int, n: int) -> list[Row]:
    """`n` pages from the `first` on, with what TOLD names, `other_outcome`, and `sorted_by`: the value sorted by."""
    where, values = condition(question)
    by = f'"{question.sort}"' if question.sort in index.sorts else "position"
    order = f"{by} {'DESC' if question.descending else 'ASC'} NULLS LAST, position"
    told = f"{', '.join(TOLD)}, other_outcome, {by} AS sorted_by"
    sql = f"SELECT {told} FROM pages WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
    rows = index.cursor().execute(sql, [*values, n, first]).fetchall()
    return [dict(zip((*TOLD, "other_outcome", "sorted_by"), row, strict=True)) for row in rows]


def count(index: Index, question: Question) -> int:
    where, values = condition(question)
    (n,) = index.cursor().execute(f"SELECT count(*) FROM pages WHERE {where}", values).fetchall()[0]
    return int(n)


def groups(index: Index, column: str) -> list[tuple[str, int]]:
    """The values of `outcome` or `language` with the number of their pages, the most frequent first."""
    sql = f"SELECT coalesce({column}, 'none') AS name, count(*) AS n FROM pages GROUP BY name ORDER BY n DESC, name"
    return [(str(name), int(n)) for name, n in index.cursor().execute(sql).fetchall()]


def find(index: Index, document_id: str) -> Row | None:
    """Where a page lies and what another build made of it; None when it is not there, or not yet."""
    told = ("chunk", "other_outcome", "changed")
    sql = f"SELECT {', '.join(told)} FROM pages WHERE document_id = ?"
    row = index.cursor().execute(sql, [document_id]).fetchone()
    return None if row is None else dict(zip(told, row, strict=True))
