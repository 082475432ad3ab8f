"""Images by way of img2dataset: shards that were there before, or that it downloads now.

Goes in: rows of `image_urls`. Comes out: the same rows with the shard and the number of the row in it that answer each;
those that none answers bring their end along. URL list, checks and shards of a download stay in OUT/img2dataset; a
download that was broken off goes on with the shards that are missing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpus.columns import KEPT, Row
from corpus.config import Settings
from corpus.errors import CorpusError, InputError
from corpus.events import tell
from corpus.fetch import outcomes
from corpus.fetch.beforehand import checked
from corpus.fetch.guard import Gate
from corpus.fetch.img2dataset import URLS_PER_SHARD, download_shards
from corpus.fetch.opt_outs import opt_outs_of
from corpus.fetch.shards import finished_shards, urls_in
from corpus.recipes.small_batches import Batches
from corpus.spark.build import Build
from corpus.storage import is_local, join, locate, opened, read_json, remove_folder, write_json
from corpus.urls import image_url_id

FOLDER, CHECKED, URLS, SHARDS, REQUEST = "img2dataset", "checked", "urls", "shards", "request.json"
ROWS_AT_ONCE = 10_000
LOOK_EVERY_S = 30.0
ANSWER = pa.schema([
    ("image_url_id", pa.string()),
    ("failed", pa.bool_()),
    ("warc_filename", pa.string()),
    ("warc_record_offset", pa.int64()),
    ("url", pa.string()),
])  # fmt: skip
CHECK = pa.schema([(name, pa.string()) for name in ("image_url_id", "url", "outcome", "fault")])


def captures_in_shards(build: Build, folder: str) -> DataFrame:
    """The rows of a folder of img2dataset in the columns of `captures`, identified by their URL: one per URL, one
    with a picture if there is one. Raises InputError where a shard cannot be read."""
    found = answers(build, finished_shards(folder), partial(index_of, carried=False))
    missing = {"http_status": F.lit(None).cast("int"), "location_url_id": F.lit(None).cast("string")}
    return found.withColumns(missing)


def answers(build: Build, shards: Sequence[str], index: partial[Iterator[Row]]) -> DataFrame:
    """image_url_id, url, and the shard (`warc_filename`) and number (`warc_record_offset`) of its row."""
    frame = build.spark.createDataFrame([(shard,) for shard in shards], "shard string")
    frame = frame.repartition(max(1, min(len(shards), build.tasks)))
    types = "image_url_id string, failed boolean, warc_filename string, warc_record_offset long, url string"
    rows = frame.mapInArrow(partial(index_batches, index), types)
    best = rows.groupBy("image_url_id").agg(F.min(F.struct(*ANSWER.names[1:])).alias("best"))
    return best.select("image_url_id", "best.*").drop("failed")


def index_batches(index: partial[Iterator[Row]], batches: Batches) -> Batches:
    """Batches of ANSWER from batches of `shard`."""
    for batch in batches:
        for shard in batch.column("shard").to_pylist():
            yield from batches_of(index(shard), ANSWER)


def index_of(shard: str, carried: bool) -> Iterator[Row]:
    """Which URL each row of a shard is for. With `carried` it says so itself, and a shard that cannot be read has no
    rows; else InputError."""
    try:
        for number, row in enumerate(
            urls_in(shard, ["url", "status", *(["image_url_id"] if carried else [])])
        ):
            if row["url"] is not None:
                id_ = row["image_url_id"] if carried else image_url_id(row["url"])
                place = {"warc_filename": shard, "warc_record_offset": number, "url": row["url"]}
                yield {"image_url_id": id_, "failed": row["status"] != "success", **place}
    except InputError:
        if not carried:
            raise


def batches_of(rows: Iterable[Row], schema: pa.Schema) -> Batches:
    source = iter(rows)
    while some := list(islice(source, ROWS_AT_ONCE)):
        yield pa.RecordBatch.from_pylist(some, schema=schema)


def downloaded(build: Build, chunk: str, urls: DataFrame, gate: Gate | None = None) -> DataFrame:
    """The chunk's image URLs, with the column `before`, after img2dataset has tried those that have no row there and
    may be asked for, within the part of the network that `gate` opens. What follows it is kept together by shard."""
    work = join(build.out, FOLDER, build.digests["images"], chunk)
    is_named = ~F.col("url").startswith("data:")
    hand_over(build, chunk, urls.where(F.col("before").isNull() & is_named), gate)
    lost = download(build, work)
    found = answers(build, finished_shards(join(work, SHARDS)), partial(index_of, carried=True))
    found = found.select("image_url_id", *(F.col(name).alias(f"its_{name}") for name in ANSWER.names[2:4]))
    checks = build.spark.read.parquet(opened(join(work, CHECKED)))
    refused = checks.where(F.col("outcome") != KEPT)
    refused = refused.select("image_url_id", F.struct("outcome", "fault").alias("refused"))
    rows = urls.join(found, on="image_url_id", how="left").join(refused, on="image_url_id", how="left")
    ended = F.struct(F.lit(lost[0]).alias("outcome"), F.lit(lost[1]).alias("fault"))
    rows = rows.withColumns({
        "ended": F.coalesce("refused", F.when(is_named, ended)),
        "warc_filename": F.coalesce("its_warc_filename", "warc_filename"),
        "warc_record_offset": F.coalesce("its_warc_record_offset", "warc_record_offset"),
    })  # fmt: skip
    rows = rows.drop("refused", "its_warc_filename", "its_warc_record_offset")
    rows = rows.repartition(build.tasks, F.coalesce("warc_filename", "image_url_id"))
    return rows.sortWithinPartitions("warc_filename", "warc_record_offset", "image_url_id")


def hand_over(build: Build, chunk: str, asked: DataFrame, gate: Gate | None) -> None:
    """Write the checks of URLs, and the list of those that pass, in files of a shard each; once per request."""
    work = join(build.out, FOLDER, build.digests["images"], chunk)
    source = build.entry("image_urls", chunk)
    request = {"image_urls": source.fingerprint if source else None}
    if read_json(join(work, REQUEST)) == request:
        return
    remove_folder(work)
    check = partial(check_batches, build.settings, gate)
    types = "image_url_id string, url string, outcome string, fault string"
    checks = asked.select("image_url_id", "url").repartition(build.tasks).mapInArrow(check, types)
    checks.write.parquet(opened(join(work, CHECKED)))
    passed = build.spark.read.parquet(opened(join(work, CHECKED))).where(F.col("outcome") == KEPT)
    n_files = max(build.tasks, 2 * passed.count() // URLS_PER_SHARD)  # half full, lest one runs over
    files = passed.select("url", "image_url_id").repartition(n_files, "image_url_id")
    files.sortWithinPartitions("image_url_id").write.parquet(opened(join(work, URLS)))
    write_json(join(work, REQUEST), request)


def check_batches(settings: Settings, gate: Gate | None, batches: Batches) -> Batches:
    """Batches of CHECK from batches of `image_url_id` and `url`."""
    opt_outs = opt_outs_of(settings)
    gate = gate or Gate(ports=frozenset(settings.fetch.allowed_ports))
    for batch in batches:
        rows = batch.to_pylist()
        pairs = [(row["image_url_id"], row["url"]) for row in rows]
        found = [dict(zip(CHECK.names, each, strict=True)) for each in checked(pairs, opt_outs, gate)]
        yield pa.RecordBatch.from_pylist(found, schema=CHECK)


def download(build: Build, work: str) -> tuple[str, str]:
    """Let img2dataset work through the list; the outcome and fault of URLs that it leaves without a row. Raises
    CorpusError when it fails before anything is finished."""
    list_, shards = (
        (locate(uri)[1] if is_local(uri) else uri) for uri in (join(work, URLS), join(work, SHARDS))
    )
    n_urls = build.spark.read.parquet(opened(join(work, URLS))).count()
    if not n_urls:
        return outcomes.SHARD_LOST, "nothing was asked for"
    build.spark.createDataFrame([], "url string")  # the session is now this thread's, where it is looked for
    with stopped_when_idle(build, shards) as late:
        try:
            download_shards(list_, shards, build.settings.fetch)
        except Exception as error:  # of Spark, of Java, of fsspec: all that tells is what is finished
            if late.is_set():
                idle_s = build.settings.fetch.task_deadline_s
                return outcomes.DEADLINE, f"img2dataset was stopped: no shard was finished for {idle_s:.0f} s"
            if not finished_shards(shards):
                raise CorpusError(f"img2dataset failed before a shard was finished: {error}") from error
            tell("note", f"img2dataset: {error}")
            return outcomes.SHARD_LOST, f"img2dataset ended with {type(error).__name__}"
    return outcomes.SHARD_LOST, "img2dataset wrote no row for it"


@contextmanager
def stopped_when_idle(build: Build, shards: str) -> Iterator[threading.Event]:
    """End the jobs of this thread's group when `fetch.task_deadline_s` passes without another finished shard; the event
    tells that it did."""
    limit_s = build.settings.fetch.task_deadline_s
    context, late, over = build.spark.sparkContext, threading.Event(), threading.Event()
    group = context.getLocalProperty("spark.jobGroup.id")

    def watch() -> None:
        n_finished, since_s = 0, time.monotonic()
        while not over.wait(min(LOOK_EVERY_S, limit_s / 4)):
            n_now = len(finished_shards(shards))
            if n_now > n_finished:
                n_finished, since_s = n_now, time.monotonic()
            elif time.monotonic() - since_s > limit_s:
                late.set()
                return context.cancelJobGroup(group or "")

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield late
    finally:
        over.set()
        watching.join()
