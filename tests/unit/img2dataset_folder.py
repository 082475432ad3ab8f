"""Folders as img2dataset writes them, by its own writers' layout: Parquet with pictures, or webdataset."""

import hashlib
import io
import json
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.fetch.shards import STATS

END_S = 1_800_000_000
SCHEMA = pa.schema([
    ("url", pa.string()), ("key", pa.string()), ("status", pa.string()), ("error_message", pa.string()),
    ("width", pa.int32()), ("height", pa.int32()), ("original_width", pa.int32()), ("original_height", pa.int32()),
    ("sha256", pa.string()), ("image_url_id", pa.string()),
])  # fmt: skip


def success(url, body, fetched=None):
    """A picture that was encoded anew; `fetched` are the bytes before that."""
    sides = dict.fromkeys(("width", "height", "original_width", "original_height"), 64)
    return {
        "url": url, "status": "success", "sha256": hashlib.sha256(fetched or body).hexdigest(), "jpg": body, **sides,
    }  # fmt: skip


def as_fetched(url, body, sha256=None):
    """A picture of a run with `disable_all_reencoding`."""
    return {
        "url": url, "status": "success", "sha256": sha256 or hashlib.sha256(body).hexdigest(), "jpg": body,
    }  # fmt: skip


def failure(url, message, status="failed_to_download"):
    return {"url": url, "status": status, "error_message": message}


def write_shard(folder, number, rows, webdataset=False):
    """One finished shard; row groups of two, where img2dataset makes them of a hundred."""
    folder.mkdir(exist_ok=True)
    rows = [{"jpg": None, **row, "key": f"{number:05d}{index:04d}"} for index, row in enumerate(rows)]
    schema = SCHEMA if webdataset else SCHEMA.append(pa.field("jpg", pa.binary()))
    path = folder / f"{number:05d}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, row_group_size=2)
    if webdataset:
        with tarfile.open(path.with_suffix(".tar"), "w") as archive:
            for row in rows:
                for extension, data in (("json", b"{}"), ("jpg", row["jpg"])):
                    if row["jpg"] is not None:
                        member = tarfile.TarInfo(f"{row['key']}.{extension}")
                        member.size = len(data)
                        archive.addfile(member, io.BytesIO(data))
    (folder / f"{number:05d}{STATS}").write_text(json.dumps({"count": len(rows), "end_time": END_S}))
    return str(path)
