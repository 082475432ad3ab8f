"""The tables of a build as they lie on disk, without Spark.

Goes in: the output folder, the digests of its tables, the names of its chunks. Comes out: a `Scan` over the parts that
manifests name, the manifests' own counts, and the seconds that each table took.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.catalog import Catalog, at_once
from corpus.entry import Entry, Total, total_of
from corpus.errors import DataError
from corpus.manifest import chunk_folder, read_manifest
from corpus.release.abreast import abreast
from corpus.release.row_groups import open_file, row_groups
from corpus.storage import join, locate
from corpus.tables import TABLES
from corpus.tables.product import FUNNEL

ROWS_PER_BATCH, NARROW_ROWS_PER_BATCH = 64, 8192
PARTS_AT_ONCE = 4
"""Of an object store, whose answers are waited for three times per part."""


@dataclass(frozen=True)
class Stored:
    """A build's tables on disk; with a catalog, what it says of them, else what is there at the moment. Of tables of
    documents only this share is read, those whose id comes first: ids are hashes, so each table holds the same ones."""

    out: str
    digests: Mapping[str, str]
    chunks: tuple[str, ...]
    catalog: Catalog | None = None
    share: float = 1.0

    def entries(self, table: str) -> Iterator[Entry]:
        """What the manifests of a table say, one per chunk, nothing of a table that the version which made the build
        did not have; DataError when one is missing."""
        if table not in self.digests:
            return
        found = self.known.each((self.out, table, self.digests[table]), self.chunks)
        for chunk in self.chunks:
            entry = next(found, None)
            if entry is None or entry.chunk != chunk:
                raise not_written(table, chunk)
            yield entry

    def total(self, table: str) -> Total:
        """The same added up."""
        if table not in self.digests:
            return total_of(table, ())
        place = (self.out, table, self.digests[table])
        total = self.known.total(place, self.chunks)
        if total.n_chunks < len(self.chunks):
            prints = self.known.fingerprints(place, self.chunks)
            raise not_written(table, self.chunks[prints.index(None)])
        return total

    @property
    def known(self) -> Catalog:
        return self.catalog or Catalog()

    def part_uris(self, table: str) -> list[str]:
        return [
            join(chunk_folder(self.out, table, entry.digest, entry.chunk), name)
            for entry in self.entries(table)
            for name in entry.names
        ]

    def sha256s(self, table: str) -> list[str]:
        """Those of all parts of a table."""
        folders = [chunk_folder(self.out, table, entry.digest, entry.chunk) for entry in self.entries(table)]
        manifests = at_once(read_manifest, folders)
        return [part.sha256 for manifest in manifests if manifest for part in manifest.parts]

    def __call__(
        self, table: str, columns: Sequence[str], ids: Collection[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Batches of at most 64 rows, or of 8,192 of plain values; see `corpus.look.scan.Scan`."""
        key = TABLES[table].key[0]
        before = f"{int(self.share * 16**8):08x}" if self.share < 1 and key == "document_id" else None
        wanted = list(dict.fromkeys([*columns, *([key] if before or ids is not None else [])]))
        names = list(dict.fromkeys(column.partition(".")[0] for column in columns))
        n_rows = rows_per_batch(table, wanted)
        where = None if ids is None else pc.field(key).isin(pa.array(sorted(ids), pa.string()))
        parts = (batches_of(uri, n_rows, wanted, where) for uri in self.part_uris(table))
        for batch in abreast(parts, PARTS_AT_ONCE, 1, PARTS_AT_ONCE):
            if before is not None:
                batch = batch.filter(pc.less(batch.column(key), before))
            yield batch.select(names)


def batches_of(
    uri: str, n_rows: int, columns: Sequence[str], where: pc.Expression | None
) -> Iterator[pa.RecordBatch]:
    """Those of one part. Single rows are looked for first: pictures around them are not read."""
    file = open_file(*locate(uri))
    if where is None:
        parquet = pq.ParquetFile(file.stream, metadata=file.fragment.metadata)
        for number in range(parquet.num_row_groups):
            yield from parquet.iter_batches(n_rows, [number], columns, use_threads=False)
    else:
        for row_group in row_groups(file, columns, where, single=True):
            yield from row_group


def rows_per_batch(table: str, columns: Sequence[str]) -> int:
    """Few where a row may be heavy: where a column holds lists, structs or bytes."""
    types = [TABLES[table].schema.field(column).type for column in columns if "." not in column]
    is_heavy = any(pa.types.is_nested(each) or pa.types.is_binary(each) for each in types)
    return ROWS_PER_BATCH if is_heavy else NARROW_ROWS_PER_BATCH


def not_written(table: str, chunk: str) -> DataError:
    return DataError(f"{table} of chunk {chunk} is not written; run the same `corpus build` again")


def stage_seconds(stored: Stored, tables: Sequence[str]) -> dict[str, float]:
    """Seconds that each table took, over its chunks; tables made together in one job count with the first."""
    return {table: stored.total(table).elapsed_s for table in tables}


def read_funnel(stored: Stored) -> pa.Table:
    """The rows of the table `funnel`."""
    uri = join(stored.out, "tables", FUNNEL.name, stored.digests[FUNNEL.name], "funnel.parquet")
    filesystem, path = locate(uri)
    with filesystem.open_input_file(path) as stream:
        return pq.read_table(stream)
