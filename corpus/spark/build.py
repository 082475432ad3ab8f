"""A build in progress: where it writes, its plan, its digests, and how its tables are read as DataFrames.

Goes in: settings and a plan. Comes out: DataFrames over the parts that manifests name, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from corpus.catalog import Catalog, Place, in_blocks
from corpus.config import Settings
from corpus.entry import Entry
from corpus.errors import DataError
from corpus.manifest import chunk_folder
from corpus.plan import Plan
from corpus.spark.session import default_tasks, end_session, start_session
from corpus.storage import join, opened
from corpus.tables import TABLES


@dataclass(frozen=True)
class Build:
    """What every recipe needs to know; `encodes` tells whether it is sure that some of them need the encoder, and is
    asked when a session starts."""

    out: str
    settings: Settings
    chunks: Plan
    digests: Mapping[str, str]
    catalog: Catalog = field(default_factory=Catalog)
    encodes: Callable[[Build], bool] = lambda build: False

    @cached_property
    def spark(self) -> SparkSession:
        """The session, started when something has to be made: to find that all is done takes none."""
        return start_session(self.settings, self.encodes(self))

    def stop(self) -> None:
        """End the session if one was started."""
        if "spark" in self.__dict__:
            end_session(self.spark)

    @property
    def tasks(self) -> int:
        return default_tasks(self.spark, self.settings)

    def folder(self, table: str, chunk: str) -> str:
        return chunk_folder(*self.place(table), chunk)

    def place(self, table: str) -> Place:
        return self.out, table, self.digests[table]

    def blocks(self) -> Iterator[Sequence[str]]:
        """The names of the chunks, as many at a time as make a segment of the catalog, which are the same in every run:
        a plan grows at its end."""
        return in_blocks(self.chunks.names)

    def entry(self, table: str, chunk: str) -> Entry | None:
        return self.catalog.entries(self.place(table), [chunk]).get(chunk)

    def read(self, table: str, chunks: Sequence[str] | None = None) -> DataFrame:
        """Rows of a table with their `chunk`, of some chunks or of all. DataError when one of them is not done."""
        paths = self.part_paths(table, chunks or self.chunks.names)
        schema = from_arrow_schema(TABLES[table].schema)
        if not paths:
            return self.spark.createDataFrame([], schema).withColumn("chunk", F.lit(""))
        base = opened(join(self.out, "tables", table, self.digests[table]))
        return self.spark.read.schema(schema.add("chunk", "string")).option("basePath", base).parquet(*paths)

    def part_paths(self, table: str, chunks: Sequence[str]) -> list[str]:
        """Paths of the parts of chunks, as Spark opens them."""
        paths, written = [], set[str]()
        for entry in self.catalog.each(self.place(table), chunks):
            written.add(entry.chunk)
            paths += [opened(join(self.folder(table, entry.chunk), name)) for name in entry.names]
        for chunk in chunks:
            if chunk not in written:
                raise DataError(f"{table} of chunk {chunk} is not written: nothing may read it yet")
        return paths
