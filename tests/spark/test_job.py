import json
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from corpus.catalog import Catalog
from corpus.columns import KEPT, filed_schema
from corpus.config import Settings
from corpus.errors import DataError
from corpus.events import LOGGER
from corpus.manifest import NAME, read_manifest, table_digests
from corpus.plan import Chunk, plan_of
from corpus.spark.build import Build
from corpus.spark.job import Recipe, run_recipe
from corpus.spark.parts import Target, part_uri
from corpus.spark.session import ENCODER, one_task_each
from corpus.storage import names_in
from corpus.tables.pages import CAPTURES, PAGE_DECISIONS, WARC_FILES


def file_rows(build, chunk):
    files = next(each.files for each in build.chunks if each.name == chunk)
    return build.spark.createDataFrame([(file,) for file in files], "warc_filename string").repartition(2)


def read_files(batches, settings):
    for batch in batches:
        rows = [
            {field.name: 0 for field in WARC_FILES.schema}
            | {"warc_filename": name, "outcome": KEPT, "fault": None, "fault_offset": None}
            for name in batch.column("warc_filename").to_pylist()
        ]
        yield "warc_files", pa.RecordBatch.from_pylist(rows, schema=WARC_FILES.schema)


def fail_on_file_d(batches, settings):
    for name, batch in read_files(batches, settings):
        if "d" in batch.column("warc_filename").to_pylist():
            raise DataError("d at offset 7: no such thing")
        yield name, batch


def decide_all(batches, settings):
    for batch in batches:
        rows = [
            {
                "document_id": row["warc_filename"],
                "outcome": KEPT,
                "scores": [],
                "chunk": row["chunk"],
                **COUNTS,
            }
            for row in batch.to_pylist()
        ]
        yield "page_decisions", pa.RecordBatch.from_pylist(rows, schema=filed_schema(PAGE_DECISIONS))


COUNTS = {"n_sentences": 1, "n_image_references": 1, "evaluation_sets": [], "host_boilerplate_blocks": []}
READ = Recipe(("warc_files", "captures"), file_rows, read_files)


@pytest.fixture
def build(spark, tmp_path):
    settings = Settings()
    chunks = plan_of([Chunk("c00000", ("a", "b"), (1, 1)), Chunk("c00001", ("c", "d"), (1, 1))])
    return Build(str(tmp_path), settings, chunks, table_digests(settings, {}))


def names(build, table):
    return sorted((row.warc_filename, row.chunk) for row in build.read(table).collect())


def test_a_recipe_writes_its_rows_once_and_then_nothing(build):
    assert run_recipe(build, READ) == 2
    assert names(build, "warc_files") == [("a", "c00000"), ("b", "c00000"), ("c", "c00001"), ("d", "c00001")]
    assert build.read("captures").count() == 0
    assert build.read("captures").columns == [*CAPTURES.schema.names, "chunk"]
    assert run_recipe(build, READ) == 0


def test_a_chunk_without_its_manifest_is_made_again_and_leftovers_go(build, tmp_path):
    run_recipe(build, READ)
    (lost,) = tmp_path.glob(f"tables/warc_files/*/chunk=c00001/{NAME}")
    lost.unlink()
    (lost.parent / "part-00099.parquet").write_bytes(b"left by a killed task")
    assert run_recipe(replace(build, catalog=Catalog()), READ) == 1
    assert not (lost.parent / "part-00099.parquet").exists()
    assert names(build, "warc_files")[-1] == ("d", "c00001")


def test_a_chunk_whose_task_failed_is_not_done_and_the_others_are(build):
    with pytest.raises(Exception, match="d at offset 7"):
        run_recipe(build, Recipe(("warc_files", "captures"), file_rows, fail_on_file_d))
    assert read_manifest(build.folder("warc_files", "c00000")).n_rows == 2
    assert read_manifest(build.folder("warc_files", "c00001")) is None
    with pytest.raises(DataError, match="warc_files of chunk c00001 is not written"):
        build.read("warc_files")


def test_a_corpus_wide_table_is_filed_by_chunk(build):
    def rows(build, chunk):
        return build.read("warc_files").repartition(2, "chunk").sortWithinPartitions("chunk", "warc_filename")

    decide = Recipe(("page_decisions",), rows, decide_all)
    run_recipe(build, Recipe(("documents", "captures", "warc_files"), file_rows, read_files))
    assert run_recipe(build, decide) == 2
    assert run_recipe(build, decide) == 0
    found = sorted((row.document_id, row.chunk) for row in build.read("page_decisions", ["c00001"]).collect())
    assert found == [("c", "c00001"), ("d", "c00001")]


def test_a_chunk_whose_file_changed_is_made_again_and_the_other_is_not(build):
    run_recipe(build, READ)
    grown = Chunk("c00001", ("c", "d"), (1, 2))
    assert run_recipe(replace(build, chunks=plan_of([build.chunks[0], grown])), READ) == 1


def test_finding_that_all_is_done_starts_no_session(build):
    run_recipe(build, READ)
    again = replace(build, catalog=Catalog())
    assert run_recipe(again, READ) == 0
    assert "spark" not in again.__dict__


def test_files_of_another_attempt_have_other_names_and_leftovers_go(build, tmp_path):
    folder = build.folder("warc_files", "c00000")
    stray = Path(folder, "part-00007-1.parquet")

    def rows_and_a_stray(build, chunk):
        stray.parent.mkdir(parents=True)
        stray.write_bytes(b"of a task that came second")
        return file_rows(build, chunk)

    one = replace(build, chunks=plan_of(build.chunks[:1]))
    run_recipe(one, replace(READ, rows=rows_and_a_stray))
    assert names_in(folder) == [NAME, *(part.name for part in read_manifest(folder).parts)]
    target = Target({}, "c00000", 7, 1)
    assert part_uri(replace(target, folders={"warc_files": "t"}, attempt=2), "warc_files", "c00000") == (
        "t/chunk=c00000/part-00007-2.parquet"
    )


def test_a_checkpoint_lost_with_its_executor_has_the_recipe_run_again(build):
    runs = []

    def rows(build, chunk):
        runs.append(chunk)
        kept = file_rows(build, chunk).localCheckpoint()
        if len(runs) == 1:  # as if the executor that held the blocks was gone
            for each in build.spark.sparkContext._jsc.getPersistentRDDs().values():
                each.unpersist(True)
        return kept

    one = replace(build, chunks=plan_of(build.chunks[:1]))
    assert run_recipe(one, replace(READ, rows=rows)) == 1
    assert len(runs) == 2
    assert one.entry("warc_files", "c00000").n_rows == 2


def test_another_failure_has_no_recipe_run_again(build):
    runs = []

    def rows(build, chunk):
        runs.append(chunk)
        raise DataError("no such table")

    with pytest.raises(DataError):
        run_recipe(replace(build, chunks=plan_of(build.chunks[:1])), replace(READ, rows=rows))
    assert len(runs) == 1


def test_addresses_of_s3_are_read_by_the_client_of_s3a(spark):
    hadoop = spark.sparkContext._jsc.hadoopConfiguration()
    assert hadoop.get("fs.s3.impl") == "org.apache.hadoop.fs.s3a.S3AFileSystem"


def test_every_row_that_names_a_file_is_a_task_of_its_own(spark):
    names = [(f"{number}.warc.gz",) for number in range(8)]
    tasks = one_task_each(spark, names, "warc_filename string").rdd.glom().collect()
    assert [[tuple(row) for row in rows] for rows in tasks] == [[name] for name in names]
    assert one_task_each(spark, [], "warc_filename string").count() == 0


def test_workers_begin_with_the_pipeline_loaded_and_share_a_daemon_with_those_of_other_jobs(spark):
    def modules(batches):
        for _ in batches:
            yield pa.RecordBatch.from_pydict(
                {"loaded": ["corpus.pipeline" in sys.modules], "daemon": [os.getppid()]}
            )

    (found,) = spark.range(1).repartition(1).mapInArrow(modules, "loaded boolean, daemon long").collect()
    (of_job,) = spark.sparkContext.parallelize([0], 1).map(lambda _: os.getppid()).collect()
    assert found.loaded
    assert found.daemon == of_job


@pytest.mark.parametrize(("name", "n_loaded"), [("demo", 1), ("no-such-encoder", 0)])
def test_workers_begin_with_the_encoder_that_the_session_names_and_with_none_that_cannot_be_had(
    spark, monkeypatch, name, n_loaded
):
    def loaded(batches):
        from corpus.encode.encoder import loaded

        for _ in batches:
            yield pa.RecordBatch.from_pydict({"n": [loaded.cache_info().currsize]})

    monkeypatch.setitem(spark.sparkContext.environment, ENCODER, json.dumps([name, 256, "auto"]))
    (found,) = spark.range(1).repartition(1).mapInArrow(loaded, "n long").collect()
    assert found.n == n_loaded


def test_a_recipe_tells_when_it_begins_what_each_job_made_and_when_it_is_done(build, monkeypatch):
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    monkeypatch.setattr(LOGGER, "handlers", [handler])
    LOGGER.setLevel(logging.INFO)
    run_recipe(build, READ)
    LOGGER.setLevel(logging.NOTSET)
    told = [(record.event, record.facts) for record in records]
    assert [event for event, _ in told] == ["stage begun", "job done", "job done", "stage done"]
    assert told[0][1] == {"stage": "warc_files", "n_chunks": 2, "n_chunks_to_make": 2}
    done = told[1][1]
    assert (done["stage"], done["chunk"], done["n_rows"]) == ("warc_files", "c00000", 2)
    assert done["outcomes"] == {KEPT: 2}
    assert done["n_bytes"] == build.entry("warc_files", "c00000").n_bytes > 0
    assert told[3][1]["n_chunks_made"] == 2


def test_jobs_of_spark_are_described_by_stage_and_chunk(build):
    described = []

    def rows(build, chunk):
        described.append(build.spark.sparkContext.getLocalProperty("spark.job.description"))
        return file_rows(build, chunk)

    run_recipe(build, replace(READ, rows=rows))
    assert described == ["warc_files c00000", "warc_files c00001"]


def test_the_time_of_tasks_is_told_once_by_the_first_table(build):
    run_recipe(build, READ)
    told = build.entry("warc_files", "c00000")
    assert 0 < told.core_s < 2 * told.elapsed_s + 1  # on two cores
    assert told.gpu_s == 0
    other = build.entry("captures", "c00000")
    assert (other.core_s, other.elapsed_s) == (0, 0)
