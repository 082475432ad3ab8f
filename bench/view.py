"""How long the viewer takes to open and to answer when a build has very many pages.

    python -m bench.view OUT [--pages 1000000]

The pages of a finished build are written again under other identities until there are enough; texts and pictures, which
the index does not read, are left out.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.look.lookup import open_build
from corpus.look.stored import Stored
from corpus.view.index import COUNTS, FACTS, SIMILARITY, Question, count, open_index, pages, read

ROUNDS = 5
COPIES_PER_GROUP = 1_000
COLUMNS = {
    "documents": FACTS,
    "page_decisions": ("document_id", "scores"),
    "document_decisions": ("document_id", "scores", *COUNTS),
    "interleaved": ("document_id", SIMILARITY),
}
QUESTIONS = {
    "first page": Question(),
    "by a score": Question(sort="page_words", descending=True),
    "by outcome and language": Question(outcome="kept", language="en", sort="mean_matched_sim"),
    "by text": Question(text="a"),
}


class Copied(Stored):
    """Tables that lie in one file each."""

    def part_uris(self, table: str) -> list[str]:
        """The file of the table."""
        return [f"{self.out}/{table}.parquet"]


def write_copies(stored: Stored, folder: str, n_pages: int) -> Stored:
    n_copies = -(-n_pages // len(read(stored, "documents", ("document_id",))))
    for table, columns in COLUMNS.items():
        rows = read(stored, table, columns)
        with pq.ParquetWriter(f"{folder}/{table}.parquet", rows.schema) as writer:
            for first in range(0, n_copies, COPIES_PER_GROUP):
                some = range(first, min(first + COPIES_PER_GROUP, n_copies))
                writer.write_table(pa.concat_tables([renamed(rows, copy) for copy in some]))
    return Copied(folder, stored.digests, stored.chunks[:1])


def renamed(rows: pa.Table, copy: int) -> pa.Table:
    names = pa.array([f"{name[:24]}{copy:08x}" for name in rows.column("document_id").to_pylist()])
    return rows.set_column(0, rows.schema.field("document_id"), names)


def answer_seconds(index: duckdb.DuckDBPyConnection, question: Question) -> float:
    """The time of the list of pages for one question."""
    started = time.perf_counter()
    count(index, question)
    pages(index, question, 0, 50)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--pages", type=int, default=1_000_000)
    options = parser.parse_args()
    stored, _ = open_build(options.out)
    with TemporaryDirectory() as folder:
        copies = write_copies(stored, folder, options.pages)
        started = time.perf_counter()
        index = open_index(copies)
        print(f"opened {count(index, Question()):,} pages in {time.perf_counter() - started:.1f} s")
        for name, question in QUESTIONS.items():
            taken = median(answer_seconds(index, question) for _ in range(ROUNDS))
            print(f"{name:<28}{1000 * taken:>8.0f} ms, median of {ROUNDS}")
    status = Path("/proc/self/status").read_text()
    print(next(line for line in status.splitlines() if line.startswith("VmHWM")))


if __name__ == "__main__":
    main()
