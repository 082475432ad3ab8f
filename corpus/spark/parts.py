"""Parts: the Parquet files that one task writes, and what is counted in them afterwards.

Goes in: (table, batch) pairs of a step. Comes out: one `Part` per file, its counts read back from the file itself, so
that the funnel speaks of what is on disk. A task that is run again, or twice at once, writes files of other names: what
the web answered the second time may be other bytes than the manifest tells of.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.columns import KEPT, Table
from corpus.errors import DataError
from corpus.manifest import Count, Part
from corpus.parquet_leaves import codecs
from corpus.release.huggingface import features_metadata
from corpus.spark.batches import check_batch, split_by_chunk
from corpus.storage import join, locate, writing
from corpus.tables import TABLES
from corpus.tables.product import INTERLEAVED


@dataclass(frozen=True)
class Target:
    """Where the parts of one job go: the folder of each table, its chunk (None: rows say it), the partition, how many
    bytes make a row group, and which attempt of its task this is."""

    folders: Mapping[str, str]
    chunk: str | None
    partition: int
    row_group_bytes: int
    attempt: int = 0


@dataclass
class OpenPart:
    """A Parquet file being written: batches gather until they make a row group."""

    writer: pq.ParquetWriter
    closing: ExitStack
    waiting: list[pa.RecordBatch] = field(default_factory=list)

    def add(self, batch: pa.RecordBatch, row_group_bytes: int) -> None:
        self.waiting.append(batch)
        if sum(each.nbytes for each in self.waiting) >= row_group_bytes:
            self.flush()

    def flush(self) -> None:
        if self.waiting:
            self.writer.write_table(pa.Table.from_batches(self.waiting))
            self.waiting.clear()

    def close(self) -> None:
        self.flush()
        self.closing.close()


def write_parts(pairs: Iterable[tuple[str, pa.RecordBatch]], target: Target) -> Iterator[Part]:
    """Write every batch to the part of its table and chunk; yield the finished parts. When a step raises, its
    unfinished parts vanish."""
    opened: dict[tuple[str, str], OpenPart] = {}
    with ExitStack() as unfinished:
        for name, batch in pairs:
            for chunk, rows in filed(batch, target.chunk):
                key = (name, chunk)
                if key not in opened:
                    opened[key] = open_part(TABLES[name], part_uri(target, name, chunk), unfinished)
                opened[key].add(check_batch(TABLES[name], rows), target.row_group_bytes)
        for part in opened.values():
            part.close()
    for name, chunk in opened:
        yield read_back(TABLES[name], chunk, part_uri(target, name, chunk))


def filed(batch: pa.RecordBatch, chunk: str | None) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The batch under its chunk, or under the chunks that its rows name."""
    if chunk is not None:
        yield chunk, batch
    else:
        yield from split_by_chunk(batch)


def part_uri(target: Target, name: str, chunk: str) -> str:
    again = f"-{target.attempt}" if target.attempt else ""
    return join(target.folders[name], f"chunk={chunk}", f"part-{target.partition:05d}{again}.parquet")


def open_part(table: Table, uri: str, unfinished: ExitStack) -> OpenPart:
    closing = unfinished.enter_context(ExitStack())
    stream = closing.enter_context(writing(uri))
    schema = table.schema.with_metadata(file_metadata(table))
    writer = closing.enter_context(
        pq.ParquetWriter(stream, schema, compression=codecs(schema), write_page_index=True)
    )
    return OpenPart(writer, closing)


def file_metadata(table: Table) -> dict[str, str]:
    """What a file says of itself; for the product also how Hugging Face datasets reads its pictures."""
    metadata = {"table": table.name, "comment": table.doc}
    if table is INTERLEAVED:
        metadata["huggingface"] = features_metadata(table.schema)
    return metadata


def read_back(table: Table, chunk: str, uri: str) -> Part:
    """The part as it lies on disk."""
    filesystem, path = locate(uri)
    sha256 = hashlib.sha256()
    with filesystem.open_input_stream(path) as stream:
        while data := stream.read(2**20):
            sha256.update(data)
    with filesystem.open_input_file(path) as source:
        file = pq.ParquetFile(source)
        counts = tuple(count_rows(table, file)) + tuple(
            count for leaf in table.items for count in count_items(table, leaf, file)
        )
        counts += tuple(count for column in table.sums for count in sum_column(table, column, file))
        counts += tuple(count_sources(table, file))
        counts += tuple(count for column in table.values for count in count_values(table, column, file))
        n_rows = file.metadata.num_rows
    if sum(count.n for count in counts if not count.item) != n_rows:
        raise DataError(f"{uri}: {n_rows} rows, but its outcomes count {counts}")
    size = filesystem.get_file_info(path).size
    return Part(table.name, chunk, path.rpartition("/")[2], n_rows, size, sha256.hexdigest(), counts)


def count_rows(table: Table, file: pq.ParquetFile) -> Iterator[Count]:
    """Rows and bytes per outcome, outcomes in alphabetical order."""
    if table.outcome is None:
        yield Count("", KEPT, file.metadata.num_rows, 0)
        return
    columns = [table.outcome] + ([table.n_bytes] if table.n_bytes else [])
    rows = file.read(columns=columns).group_by(table.outcome)
    grouped = rows.aggregate([([], "count_all")] + ([(table.n_bytes, "sum")] if table.n_bytes else []))
    for row in sorted(grouped.to_pylist(), key=lambda row: row[table.outcome]):
        yield Count("", row[table.outcome], row["count_all"], row.get(f"{table.n_bytes}_sum") or 0)


def count_sources(table: Table, file: pq.ParquetFile) -> Iterator[Count]:
    """Rows and bytes by where they are from."""
    if table.source is not None:
        rows = file.read(columns=[table.source, table.n_bytes]).group_by(table.source)
        for row in (
            rows.aggregate([([], "count_all"), (table.n_bytes, "sum")]).sort_by(table.source).to_pylist()
        ):
            yield Count(table.source, row[table.source], row["count_all"], row[f"{table.n_bytes}_sum"])


def count_values(table: Table, column: str, file: pq.ParquetFile) -> Iterator[Count]:
    """Rows per outcome, so that it is seen that they were looked at, and per outcome and name in the list."""
    rows = file.read(columns=[table.outcome, column]).combine_chunks()
    for row in rows.group_by(table.outcome).aggregate([([], "count_all")]).sort_by(table.outcome).to_pylist():
        yield Count(column, row[table.outcome], row["count_all"], 0)
    names = pc.list_flatten(rows[column])
    outcomes = rows[table.outcome].take(pc.list_parent_indices(rows[column]))
    named = pa.table({"name": names, "outcome": outcomes}).group_by(["name", "outcome"])
    by_name = [("name", "ascending"), ("outcome", "ascending")]
    for row in named.aggregate([([], "count_all")]).sort_by(by_name).to_pylist():
        yield Count(f"{column}={row['name']}", row["outcome"], row["count_all"], 0)


def sum_column(table: Table, column: str, file: pq.ParquetFile) -> Iterator[Count]:
    """The sum of a column of counts per outcome."""
    rows = file.read(columns=[table.outcome, column]).group_by(table.outcome).aggregate([(column, "sum")])
    for row in sorted(rows.to_pylist(), key=lambda row: row[table.outcome]):
        yield Count(column, row[table.outcome], row[f"{column}_sum"], 0)


def count_items(table: Table, leaf: str, file: pq.ParquetFile) -> Iterator[Count]:
    """Items of a list column per outcome: the item's own where it has one, else that of its row."""
    name, _, inner = leaf.partition(".")
    path = f"{name}.list.element.{inner}" if inner else name
    rows = file.read(columns=[path] + ([table.outcome] if table.outcome else []))
    counts: Counter[str] = Counter()
    if inner == "outcome":
        for items in rows.column(name).chunks:
            for value in pc.value_counts(items.flatten().field(inner)).to_pylist():
                counts[value["values"]] += value["counts"]
    else:
        lengths = pc.list_value_length(rows.column(name)).to_pylist()
        outcomes = rows.column(table.outcome).to_pylist() if table.outcome else [KEPT] * len(lengths)
        for outcome, length in zip(outcomes, lengths, strict=True):
            counts[outcome] += length or 0
    for outcome in sorted(counts):
        yield Count(name, outcome, counts[outcome], 0)
