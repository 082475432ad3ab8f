"""Pulling: a model's files from the web into the store, verified.

Goes in: a model of the catalogue or an encoder's. Comes out: its files in the store, each with its sha256 beside it, or
one ModelError. A transfer that breaks off goes on where it ended, by a range of bytes, as long as the server says that
the file is still the same (If-Range, RFC 9110, section 13.1.5).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import urllib3
from urllib3.exceptions import HTTPError

from corpus import __version__
from corpus.errors import ModelError
from corpus.models.catalogue import Model, ModelFile
from corpus.models.store import (
    BLOCK_BYTES,
    PARTIAL,
    PIN,
    file_sha256,
    stored_files,
    user_cache,
    verified_folder,
)
from corpus.storage import is_local, join, locate, read_bytes, write_bytes, writing

ETAG = ".etag"
ABSENT = (401, 403, 404)
"""Hugging Face answers 401 for what is not there, to those who are not signed in."""
READ_BYTES = 2**16  # what a read that breaks off may lose
TIMEOUT_S = 30.0


def pull(model: Model, store: str, say: Callable[[str], None]) -> None:
    """Have the model in the store. What is there and right is left alone. Raises ModelError."""
    for file in model.files:
        uri = join(store, model.name, file.name)
        if file.name in stored_files(store, model.name) and is_right(uri, file):
            say(f"{model.name}: {file.name} is there")
            continue
        local = partial_file(store, model.name, file.name)
        if not fetched(model, file, local):
            continue
        sha256 = file_sha256(local)
        if file.sha256 not in (None, sha256):
            local.unlink()
            raise ModelError(
                f"{file.urls[0]} gives bytes of sha256 {sha256[:12]}, not the {str(file.sha256)[:12]} that "
                f"{model.name} is known by; nothing was stored"
            )
        keep(local, uri)
        write_bytes(uri + PIN, f"{sha256}\n".encode())
        how = "as pinned" if file.sha256 else "pinned now, by this first pull"
        say(f"{model.name}: {file.name}, sha256 {sha256[:12]}, {how}")
    for name, text in model.texts.items():
        write_bytes(join(store, model.name, name), text.encode())
        write_bytes(
            join(store, model.name, name + PIN), f"{hashlib.sha256(text.encode()).hexdigest()}\n".encode()
        )
    verified_folder.cache_clear()


def is_right(uri: str, file: ModelFile) -> bool:
    expected = file.sha256 or (read_bytes(uri + PIN) or b"").decode().strip()
    return file_sha256_of(uri) == expected


def file_sha256_of(uri: str) -> str:
    """Hex sha256 of a file of the store."""
    filesystem, path = locate(uri)
    digest = hashlib.sha256()
    with filesystem.open_input_stream(path) as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def partial_file(store: str, name: str, file: str) -> Path:
    """Where the bytes gather before they are verified: on the disk of the store, where it has one."""
    folder = Path(locate(join(store, name))[1]) if is_local(store) else user_cache().parent / "pulling" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"cannot write to {folder}: {error}") from None
    return folder / (file + PARTIAL)


def keep(local: Path, uri: str) -> None:
    """Move the verified bytes to their place."""
    Path(str(local) + ETAG).unlink(missing_ok=True)
    if is_local(uri):
        os.replace(local, locate(uri)[1])
        return
    with local.open("rb") as source, writing(uri) as target:
        shutil.copyfileobj(source, target, BLOCK_BYTES)
    local.unlink()


def fetched(model: Model, file: ModelFile, local: Path) -> bool:
    """Fetch the file from the first of its addresses that has it; False when none has and it is not needed."""
    for url in file.urls:
        try:
            if fetch(url, local):
                return True
        except (HTTPError, OSError) as error:
            raise ModelError(
                f"cannot get {file.name} of model {model.name} from {url}: {error}; the same command goes on where "
                "this one ended"
            ) from None
    if file.needed:
        raise ModelError(f"{file.name} of model {model.name} is not to be had at {' or '.join(file.urls)}")
    return False


def fetch(url: str, local: Path) -> bool:
    """Write the body of `url` to `local`, or what is missing of it; False when the server has no such file."""
    etag = Path(str(local) + ETAG)
    headers = {"User-Agent": f"interleaved-corpus/{__version__}", "Accept-Encoding": "identity"}
    start = local.stat().st_size if local.is_file() and etag.is_file() else 0
    if start:
        headers |= {"Range": f"bytes={start}-", "If-Range": etag.read_text()}
    with urllib3.PoolManager(timeout=TIMEOUT_S, retries=urllib3.Retry(3)) as pool:
        response = pool.request("GET", url, headers=headers, preload_content=False)
        try:
            if response.status in ABSENT:
                return False
            if response.status == 416:  # all of it was here, and the attempt ended before it was looked at
                etag.unlink()
                return fetch(url, local)
            if response.status not in (200, 206):
                raise HTTPError(f"status {response.status}")
            keep_etag(etag, response.headers.get("ETag"))
            goes_on = response.status == 206
            with local.open("ab" if goes_on else "wb") as target:
                for block in response.stream(READ_BYTES):
                    target.write(block)
        finally:
            response.close()
    return True


def keep_etag(path: Path, etag: str | None) -> None:
    """Keep a strong validator: without one the next attempt begins anew."""
    if etag and not etag.startswith("W/"):
        path.write_text(etag)
    else:
        path.unlink(missing_ok=True)
