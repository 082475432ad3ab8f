"""Output folders of img2dataset: which shards are finished, the URLs of one, and its rows with their bytes.

Goes in: a folder that img2dataset wrote with `output_format` parquet or webdataset. Comes out: rows as they stand
there. A shard is NNNNN.parquet, its pictures in a column of that file or in NNNNN.tar beside it, and NNNNN_stats.json,
which is written last: without it the shard is not finished.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from corpus.columns import Row
from corpus.config import digest
from corpus.errors import InputError
from corpus.storage import join, locate, names_in, read_bytes

FORMATS = ("jpg", "png", "webp")
TOLD = ("key", "status", "error_message", "sha256", "original_width")
ROWS_AT_ONCE = 16
STATS = "_stats.json"


def finished_shards(folder: str) -> list[str]:
    """URIs of the Parquet files of the finished shards."""
    names = set(names_in(folder))
    return [
        join(folder, name) for name in sorted(names) if name.endswith(".parquet") and stats_of(name) in names
    ]


def unfinished_shards(folder: str) -> list[str]:
    """Names of shards that were begun and not finished, or whose rows are gone."""
    names = set(names_in(folder))
    begun = {number[0] for number in map(re.compile(r"\d+").match, names) if number}
    return sorted(each for each in begun if not {f"{each}.parquet", f"{each}{STATS}"} <= names)


def stats_of(shard: str) -> str:
    return shard.removesuffix(".parquet") + STATS


def folder_identity(folder: str) -> str:
    """Hash of the names and sizes of the finished shards. Raises InputError when there are none, or when their
    pictures stand where nothing here looks for them."""
    shards = finished_shards(folder)
    if not shards:
        raise InputError(
            f"{folder} holds no finished shard of img2dataset (NNNNN.parquet with NNNNN_stats.json); "
            "give its output folder as fetch.folder"
        )
    if picture_column(open_shard(shards[0]).schema_arrow) is None and not is_there(tar_of(shards[0])):
        raise InputError(
            f"{shards[0]} has no column {', '.join(FORMATS)} and no .tar beside it: only folders that img2dataset "
            "wrote with output_format parquet or webdataset are read"
        )
    filesystem = locate(folder)[0]
    infos = filesystem.get_file_info([locate(shard)[1] for shard in shards])
    return digest([[info.base_name, info.size] for info in infos])


def open_shard(shard: str) -> pq.ParquetFile:
    """The Parquet file of a shard. Raises InputError."""
    filesystem, path = locate(shard)
    try:
        return pq.ParquetFile(path, filesystem=filesystem)
    except (OSError, pa.ArrowException) as error:
        raise unreadable(shard, error) from None


def unreadable(shard: str, error: Exception) -> InputError:
    return InputError(
        f"{shard} cannot be read: {error}; remove its {STATS} and let img2dataset make it again, or take the shard "
        "out of the folder"
    )


def urls_in(shard: str, columns: Sequence[str]) -> Iterator[Row]:
    """These columns of every row of a shard, in order. Raises InputError."""
    file = open_shard(shard)
    try:
        for batch in file.iter_batches(columns=list(columns)):
            yield from batch.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise unreadable(shard, error) from None


def rows_at(shard: str, wanted: Collection[int]) -> Iterator[tuple[int, Row]]:
    """(number, row) of the rows with these numbers, in order; `body` holds the bytes of their picture, if there are
    any. Raises InputError, OSError, pyarrow's and tarfile's errors where the shard cannot be read on."""
    file = open_shard(shard)
    picture = picture_column(file.schema_arrow)
    columns = [name for name in (*TOLD, picture) if name and name in file.schema_arrow.names]
    found = picked(file, columns, wanted)
    if picture is not None:
        for number, row in found:
            yield number, {**row, "body": row[picture]}
        return
    rows = list(found)  # without pictures
    bodies = pictures_of(tar_of(shard), {row["key"] for _, row in rows if row["status"] == "success"})
    by_key = {row["key"]: (number, row) for number, row in rows}
    for key, body in bodies:
        number, row = by_key.pop(key)
        yield number, {**row, "body": body}
    for number, row in by_key.values():
        yield number, {**row, "body": None}


def picked(
    file: pq.ParquetFile, columns: Sequence[str], wanted: Collection[int]
) -> Iterator[tuple[int, Row]]:
    """Rows by number; row groups without any of them are not read."""
    first, asked = 0, set(wanted)
    for group in range(file.num_row_groups):
        n_rows = file.metadata.row_group(group).num_rows
        if not asked.isdisjoint(range(first, first + n_rows)):
            number = first
            for batch in file.iter_batches(ROWS_AT_ONCE, row_groups=[group], columns=list(columns)):
                for index in range(batch.num_rows):
                    if number + index in asked:
                        yield number + index, batch.slice(index, 1).to_pylist()[0]
                number += batch.num_rows
        first += n_rows


def pictures_of(tar: str, keys: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """(key, bytes) of the pictures with these keys, as they come in the archive."""
    filesystem, path = locate(tar)
    with (
        filesystem.open_input_stream(path) as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        for member in archive:
            key, _, extension = member.name.rpartition(".")
            if key in keys and extension in FORMATS and (body := archive.extractfile(member)):
                yield key, body.read()


def picture_column(schema: pa.Schema) -> str | None:
    """The column with the pictures, named by their format."""
    return next((n for n in FORMATS if n in schema.names and schema.field(n).type == pa.binary()), None)


def tar_of(shard: str) -> str:
    return shard.removesuffix(".parquet") + ".tar"


def is_there(uri: str) -> bool:
    filesystem, path = locate(uri)
    return bool(filesystem.get_file_info(path).type == fs.FileType.File)


def end_of(shard: str) -> datetime | None:
    """When the shard was finished, as its stats say."""
    try:
        return datetime.fromtimestamp(json.loads(read_bytes(stats_of(shard)) or b"")["end_time"], UTC)
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
