"""The Spark session: that of spark-submit where there is one, else one on this machine.

Goes in: settings. Comes out: a session in which Arrow batches are small, times are UTC and Python workers run the
interpreter that runs this.
"""

from __future__ import annotations

import json
import locale
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.resources import files
from threading import Thread, current_thread, main_thread
from typing import Any

from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession

from corpus.config import Settings
from corpus.malloc import ARROW_ALLOCATOR
from corpus.models.store import VARIABLE
from corpus.spark.here import is_submitted, runs_here

# Partition values such as "c00000" stay text; stages choose their number of tasks, so nothing may coalesce them. Nor
# may several tasks read a partition: where rows are divided by the key of the join before, Spark leaves our
# repartition out, and would, by what was quicker in this run, deal the rows of one document to several tasks.
SQL = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.adaptive.coalescePartitions.enabled": "false",
    "spark.sql.adaptive.localShuffleReader.enabled": "false",
    "spark.sql.adaptive.skewJoin.enabled": "false",
    "spark.sql.execution.pythonUDF.arrow.enabled": "false",
}

ENCODER = "CORPUS_ENCODER"
"""Environment variable in which Python's daemon is told what to load before it forks workers: an encoder, sentences per
batch and dtype, as JSON."""

# Where the driver finds models and the object store, executors find them too; and Arrow takes memory alike.
SHARED = (VARIABLE, "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", ARROW_ALLOCATOR)

# Java does little here but hand batches over, so its second compiler costs more than it gains: 61 against 27 core
# seconds for the build of the sample. By itself that choice shrinks the space for code to 48 MiB, which is full within
# one build, as Spark makes classes for every query; Java then stops compiling, or ends.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"


def start_session(settings: Settings, encodes: bool = False) -> SparkSession:
    """The session to build with; new workers on this machine begin with the encoder where it `encodes`."""
    running = SparkSession.getActiveSession()
    spark = running or new_session(settings, encodes)
    for key, value in SQL.items():
        spark.conf.set(key, value)
    read_s3(spark)
    spark.conf.set("spark.sql.shuffle.partitions", str(default_tasks(spark, settings)))
    return spark


def read_s3(spark: SparkSession) -> None:
    """Let Spark read s3:// by Hadoop's client for s3a:// where the platform names none for it, as Amazon's does, and
    at the endpoint that pyarrow and boto3 go to."""
    hadoop = spark.sparkContext._jsc.hadoopConfiguration()
    if hadoop.get("fs.s3.impl") is None:
        hadoop.set("fs.s3.impl", "org.apache.hadoop.fs.s3a.S3AFileSystem")
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint and not spark.sparkContext.getConf().contains("spark.hadoop.fs.s3a.endpoint"):
        hadoop.set("fs.s3a.endpoint", endpoint)
        hadoop.set("fs.s3a.path.style.access", "true")


def new_session(settings: Settings, encodes: bool) -> SparkSession:
    """A session that obeys spark-submit's choices, and on one machine is quiet and uses its cores."""
    builder = SparkSession.builder.appName("interleaved-corpus")
    builder = builder.config("spark.python.worker.reuse", "true").config(
        "spark.executorEnv.OMP_NUM_THREADS", "1"
    )
    builder = builder.config("spark.executorEnv.NO_ALBUMENTATIONS_UPDATE", "1")  # img2dataset imports it
    for name in SHARED:
        if name in os.environ:
            builder = builder.config(f"spark.executorEnv.{name}", os.environ[name])
    if settings.spark.master:
        builder = builder.master(settings.spark.master)
    if not is_submitted():
        builder = submit_defaults(builder)
    if not runs_here(settings):
        return builder.getOrCreate()
    if encodes:
        encode = settings.encode
        told = json.dumps([encode.encoder, encode.sentences_per_batch, encode.dtype])
        builder = builder.config(f"spark.executorEnv.{ENCODER}", told)
    spark = local_defaults(builder, settings.spark.master is None).getOrCreate()
    if current_thread() is main_thread():
        signal.signal(signal.SIGINT, stop_by_hand)
    Thread(target=begin_workers, args=(spark.sparkContext,), daemon=True).start()
    return spark


def stop_by_hand(number: int, frame: object) -> None:
    """Raise KeyboardInterrupt, once. Spark's own handler asks Java to cancel, which gets Ctrl-C too and may be gone;
    Py4J tells of that on the root logger, in traces."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger().addFilter(nothing)
    raise KeyboardInterrupt


def nothing(record: logging.LogRecord) -> bool:
    return False


def end_session(spark: SparkSession) -> None:
    """Stop it, and let signals and the root logger be as they were."""
    spark.stop()
    logging.getLogger().removeFilter(nothing)
    if (
        signal.getsignal(signal.SIGINT) in (stop_by_hand, signal.SIG_IGN)
        and current_thread() is main_thread()
    ):
        signal.signal(signal.SIGINT, signal.default_int_handler)


def submit_defaults(builder: SparkSession.Builder) -> SparkSession.Builder:
    """What spark-submit would have set."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    return builder.config("spark.ui.showConsoleProgress", "false").config("spark.driver.memory", "3g")


def local_defaults(builder: SparkSession.Builder, on_this_machine: bool) -> SparkSession.Builder:
    """Choices for one machine alone. One torch thread per Python worker: Spark already runs one task per core."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    name_files_in_unicode()
    log4j = files("corpus.spark").joinpath("log4j2.properties")
    if on_this_machine:
        builder = builder.master("local[*]")
    builder = builder.config("spark.ui.enabled", "false").config(
        "spark.driver.extraJavaOptions", f"{QUICK_JAVA} -Dlog4j2.configurationFile=file:{log4j}"
    )
    # Only where the package is installed beside Spark. DataFrames set the variable, RDDs do not, and each environment
    # gets a daemon of its own.
    builder = builder.config("spark.python.daemon.module", "corpus.daemon")
    return builder.config("spark.executorEnv.SPARK_SIMPLIFIED_TRACEBACK", "1")


def name_files_in_unicode() -> None:
    """Where the locale is that of C, Java would find no file whose path has other letters than ASCII's."""
    if locale.getencoding().lower() not in ("utf-8", "utf8"):
        os.environ["LC_ALL"] = "C.UTF-8"


def begin_workers(context: SparkContext) -> None:
    """Let Python's daemon start and load while Java, on one core, makes its first plan. The stage that needs it tells
    when it cannot."""
    with suppress(Exception):  # the session may end meanwhile, which Py4J and pyspark tell in many ways
        context.parallelize([0], 1).count()


def default_tasks(spark: SparkSession, settings: Settings) -> int:
    """Tasks per stage: as set, else twice the cores, so that an uneven task does not leave a core idle for long."""
    return settings.spark.tasks or 2 * spark.sparkContext.defaultParallelism


def one_task_each(spark: SparkSession, rows: Sequence[tuple[Any, ...]], schema: str) -> DataFrame:
    """Rows, each in a partition of its own, in their order. After `repartition` some tasks would get several and others
    none: every partition that a row comes from begins to deal at one drawn by chance."""
    return spark.createDataFrame(spark.sparkContext.parallelize(rows, max(1, len(rows))), schema)
