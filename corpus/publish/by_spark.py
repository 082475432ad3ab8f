"""Publishing on a cluster: Spark puts the rows in order; the files are those that one machine would write.

Goes in: a publication, and the shards that are done. Comes out: the others. A task reads files of the build, another
writes shards; one that runs twice puts the same bytes in the same places.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from itertools import groupby
from tempfile import TemporaryDirectory

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema

from corpus.config import Settings
from corpus.publish.publication import Publication
from corpus.publish.publish import SCRATCH_PREFIX, Say, publish_shard
from corpus.publish.rows import chosen_rows
from corpus.release.manifest import ShardFile, shard_file
from corpus.release.order import PLACES
from corpus.release.row_groups import ROWS_PER_BATCH
from corpus.spark.session import default_tasks, one_task_each, start_session

SHARD, PLACE = "_shard", "_place"
NOTE = pa.schema([pa.field("note", pa.string(), nullable=False)])


def write_missing_by_spark(publication: Publication, done: dict[int, ShardFile], say: Say) -> None:
    """Write the shards that are not done, and add them to `done`."""
    settings = Settings()
    spark = start_session(settings)
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(ROWS_PER_BATCH))
    paths = publication.source.paths
    say(f"reading {len(paths)} files of the build with Spark")
    placed = from_arrow_schema(placed_schema(publication.source.schema))
    files = one_task_each(spark, [(path,) for path in paths], "path string")
    rows = files.mapInArrow(partial(placed_rows, publication, frozenset(done)), placed)
    n_tasks = min(publication.n_shards, 4 * default_tasks(spark, settings))
    ordered = rows.repartition(n_tasks, SHARD).sortWithinPartitions(SHARD, PLACE, "document_id")
    for row in ordered.mapInArrow(partial(written_shards, publication), from_arrow_schema(NOTE)).collect():
        note = json.loads(row["note"])
        done[note["shard"]] = shard_file(note["file"])


def placed_schema(schema: pa.Schema) -> pa.Schema:
    """Spark has no unsigned numbers: places are counted from -2**63."""
    numbers = [pa.field(SHARD, pa.int32(), nullable=False), pa.field(PLACE, pa.int64(), nullable=False)]
    return pa.schema([*schema, *numbers])


def placed_rows(
    publication: Publication, done: frozenset[int], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The rows of the files that `batches` name, but for those whose shard is done, with shard and place."""
    schema = placed_schema(publication.source.schema)
    for named in batches:
        if not named.num_rows:
            continue
        for batch in chosen_rows(publication.source, publication.choice, named.column("path").to_pylist()):
            slots = publication.slots(batch)
            numbers = [
                pa.array([shard for shard, _ in slots], pa.int32()),
                pa.array([place - PLACES // 2 for _, place in slots], pa.int64()),
            ]
            whole = pa.RecordBatch.from_arrays([*batch.columns, *numbers], schema=schema)
            yield whole.filter(pa.array([shard not in done for shard, _ in slots]))


def written_shards(publication: Publication, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """A note per shard written from rows in order."""
    with TemporaryDirectory(prefix=SCRATCH_PREFIX) as folder:
        for shard, rows in groupby(single_rows(publication, batches), key=lambda row: row[0]):
            file = publish_shard(publication, shard, (row for _, row in rows), folder)
            note = json.dumps({"shard": shard, "file": asdict(file)})
            yield pa.RecordBatch.from_pylist([{"note": note}], schema=NOTE)


def single_rows(
    publication: Publication, batches: Iterator[pa.RecordBatch]
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Shard and row, of the build's own types again: Spark names the items of lists its own way."""
    schema = publication.source.schema
    for batch in batches:
        shards = batch.column(SHARD).to_pylist()
        rows = pa.RecordBatch.from_pylist(batch.select(schema.names).to_pylist(), schema=schema)
        for at, shard in enumerate(shards):
            yield shard, rows.slice(at, 1)
