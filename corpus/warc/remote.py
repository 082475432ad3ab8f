"""Files on web servers and in stores, as streams that go on where a connection broke.

Goes in: https://, s3://, gs:// and hdfs:// addresses. Comes out: binary streams, and the files of a store that match a
pattern.
"""

from __future__ import annotations

import fnmatch
import io
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from http.client import HTTPException
from typing import Any, BinaryIO

from corpus.errors import InputError
from corpus.storage import files_under, join, locate

STORED = ("gs://", "hdfs://")  # read by pyarrow; s3:// by boto3
TIMEOUT_S = 60.0
ATTEMPTS = 5
USER_AGENT = "interleaved-corpus-builder/1 (WARC reader)"


def s3_matches(pattern: str) -> Iterator[str]:
    """The addresses of the objects of a bucket that match s3://bucket/glob."""
    bucket, _, key_pattern = pattern.removeprefix("s3://").partition("/")
    prefix = re.split(r"[*?\[]", key_pattern, maxsplit=1)[0]
    try:
        for page in s3_client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for entry in page.get("Contents", ()):
                if fnmatch.fnmatchcase(entry["Key"], key_pattern):
                    yield f"s3://{bucket}/{entry['Key']}"
    except s3_errors() as error:
        raise InputError(f"cannot list {pattern}: {error}") from None


def stored_matches(pattern: str) -> Iterator[str]:
    """The addresses of the files that match gs://bucket/glob or hdfs://host/glob."""
    folder = re.split(r"[*?\[]", pattern, maxsplit=1)[0].rpartition("/")[0]
    try:
        found = [join(folder, name) for name in files_under(folder)]
    except OSError as error:
        raise InputError(f"cannot list {pattern}: {error}") from None
    yield from (address for address in found if fnmatch.fnmatchcase(address, pattern))


def open_remote(address: str, offset: int, n_bytes: int | None) -> BinaryIO:
    """A stream over the file from `offset` (bytes), of `n_bytes` or to its end. Raises OSError at the first read."""
    last = "" if n_bytes is None else str(offset + n_bytes - 1)
    if address.startswith(STORED):
        opener = partial(open_stored, address)
    else:
        opener = partial(open_s3 if address.startswith("s3://") else open_http, address, last)
    return io.BufferedReader(ResumingStream(opener, offset), buffer_size=2**18)


def open_stored(address: str, offset: int) -> BinaryIO:
    """The file of a store from `offset` on. Raises OSError, FileNotFoundError."""
    filesystem, path = locate(address)
    stream = filesystem.open_input_file(path)
    stream.seek(offset)
    return stream  # type: ignore[no-any-return]


def open_http(address: str, last: str, offset: int) -> BinaryIO:
    """The body of one GET, to the byte numbered `last`, or to the end. Raises OSError, FileNotFoundError when asking
    again would not help."""
    request = urllib.request.Request(address, headers={"User-Agent": USER_AGENT})
    if offset or last:
        request.add_header("Range", f"bytes={offset}-{last}")
    try:
        response: Any = urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        kind = OSError if error.code >= 500 or error.code in (408, 429) else FileNotFoundError
        raise kind(f"{address}: status {error.code}") from None
    if offset and response.status != 206:
        response.close()
        raise FileNotFoundError(f"{address}: the server does not serve from byte {offset} on")
    return response  # type: ignore[no-any-return]


def open_s3(address: str, last: str, offset: int) -> BinaryIO:
    """The body of one get_object, to the byte numbered `last`, or to the end. boto3 asks again by itself. Raises
    FileNotFoundError."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    wanted = {"Range": f"bytes={offset}-{last}"} if offset or last else {}
    try:
        return s3_client().get_object(Bucket=bucket, Key=key, **wanted)["Body"]  # type: ignore[no-any-return]
    except s3_errors() as error:
        raise FileNotFoundError(f"{address}: {error}") from None


@lru_cache(maxsize=1)
def s3_client() -> Any:
    """One client per process, credentials as boto3 finds them."""
    import boto3
    from botocore.config import Config

    retries = {"max_attempts": ATTEMPTS, "mode": "standard"}
    config = Config(connect_timeout=TIMEOUT_S, read_timeout=TIMEOUT_S, retries=retries)
    return boto3.client("s3", config=config)


def s3_errors() -> tuple[type[Exception], ...]:
    """What boto3 raises for a request that failed."""
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError


def stream_errors() -> tuple[type[Exception], ...]:
    """What reading a remote body raises when the connection breaks."""
    from botocore.exceptions import BotoCoreError
    from urllib3.exceptions import HTTPError

    return OSError, HTTPException, BotoCoreError, HTTPError


class ResumingStream(io.RawIOBase):
    """A remote file that is opened again where it broke off, at most `ATTEMPTS` times without progress.

    `open_at(offset)` opens the file at a byte offset. A file of 1 GB takes minutes: connections do break.
    """

    def __init__(self, open_at: Callable[[int], BinaryIO], offset: int = 0) -> None:
        self.open_at = open_at
        self.offset = offset
        self.body: BinaryIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        for attempt in range(ATTEMPTS):
            try:
                data = self.read_body(len(buffer))
            except FileNotFoundError:
                raise
            except stream_errors() as error:
                failure = error
                self.close_body()
                time.sleep(2.0**attempt / 2)
                continue
            buffer[: len(data)] = data
            self.offset += len(data)
            return len(data)
        raise OSError(f"gave up at byte {self.offset} after {ATTEMPTS} attempts: {failure}")

    def read_body(self, n_bytes: int) -> bytes:
        """Bytes of the open body; OSError when the connection closed before the length that the server told."""
        if self.body is None:
            self.body = self.open_at(self.offset)
        data = self.body.read(n_bytes)
        if not data and getattr(self.body, "length", None):
            raise OSError("the connection was closed early")
        return data

    def close_body(self) -> None:
        if self.body is not None:
            with suppress(OSError):  # libhdfs raises once more when what it failed to read is closed
                self.body.close()
        self.body = None

    def close(self) -> None:
        self.close_body()
        super().close()
