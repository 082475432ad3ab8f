"""Exporting: the documents of a build or release as shards of a format, in a local folder.

Goes in: a URI, a folder, a format and what is wanted. Comes out: the folder, which appears at once when all of it is
written, `export.json` included; until then, and when the export is killed, it lies under another name.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import pyarrow.parquet as pq

from corpus import __version__
from corpus.errors import InputError, OutputError, SettingsError
from corpus.exports.documents import Document, Wanted, documents_of
from corpus.exports.formats import Format, Written, formats
from corpus.exports.shared_urls import shared_urls, url_hash
from corpus.publish.shards import file_sha256
from corpus.release.conditions import condition
from corpus.release.manifest import find_release_manifest
from corpus.release.reading import product_files, read_files
from corpus.storage import locate, write_bytes, write_json

NAME = "export.json"
UNFINISHED = ".unfinished"
MAX_SHARD_BYTES = (
    2**32 - 2**28
)  # MDS has offsets of 32 bits, and a last document may go beyond the size asked for

Say = Callable[[str], None]


@dataclass
class Tally:
    """What was written so far."""

    documents: int = 0
    images: int = 0
    documents_without_images: int = 0

    def count(self, document: Document) -> None:
        self.documents += 1
        self.images += len(document.pictures)
        self.documents_without_images += not document.pictures


def export(
    uri: str, folder: str, name: str, wanted: Wanted, shard_bytes: int | None, say: Say
) -> dict[str, Any]:
    """Write the export; what its `export.json` says. Raises CorpusError."""
    format_ = checked_format(name, wanted, shard_bytes)
    refuse_other_things(folder)
    unfinished = folder.rstrip("/") + UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    os.makedirs(unfinished)
    tally = Tally()
    shared = shared_urls(urls_of(uri, wanted.where))
    documents = counted(with_bytes(documents_of(uri, wanted), uri, wanted), tally, say)
    shards = list(write_shards(documents, shared, format_, unfinished, shard_bytes or format_.shard_bytes))
    for path, data in format_.beside(shards).items():
        write_bytes(os.path.join(unfinished, path), data)
    release = find_release_manifest(uri)
    told = {
        "format": name,
        "version": __version__,
        "source": uri,
        "release": release.release if release else None,
        "wanted": asdict(wanted),
        **asdict(tally),
        "files": [
            {
                "name": shard.name,
                "documents": shard.n_documents,
                "bytes": shard.n_bytes,
                "sha256": file_sha256(os.path.join(unfinished, shard.name)),
            }
            for shard in shards
        ],
    }
    write_json(os.path.join(unfinished, NAME), told)
    if os.path.isdir(folder):  # empty, as was looked at
        os.rmdir(folder)
    os.rename(unfinished, folder)
    return told


def checked_format(name: str, wanted: Wanted, shard_bytes: int | None) -> Format:
    """The format; SettingsError when it cannot do what is wanted."""
    format_ = formats(wanted.references)[name]
    if wanted.references and not format_.references:
        able = [each for each, other in formats(True).items() if other.references]
        raise SettingsError(f"{name} carries the bytes of pictures; --references goes with {', '.join(able)}")
    if not format_.placed and (wanted.placement, wanted.side) != ("assigned", "before"):
        raise SettingsError(
            f"{name} tells which sentence a picture is assigned to, and its readers place it; leave out "
            "--placement and --side"
        )
    if shard_bytes is not None and not 0 < shard_bytes <= MAX_SHARD_BYTES:
        raise SettingsError(f"shards of {shard_bytes} bytes; they can have 1 to {MAX_SHARD_BYTES}")
    return format_


def refuse_other_things(folder: str) -> None:
    """OutputError when the place is taken, or is none on this machine."""
    if "://" in folder:
        raise OutputError(f"{folder} is no local folder; export to one, and copy it from there")
    if os.path.exists(folder) and (not os.path.isdir(folder) or os.listdir(folder)):
        raise OutputError(f"{folder} holds other things; choose an empty or new folder")


def urls_of(uri: str, where: str | None) -> Iterator[str]:
    """The URLs of all documents that are wanted."""
    paths = [path for path, _ in product_files(uri)]
    if not paths:
        return
    filesystem, _ = locate(uri)
    meant = None if where is None else condition(where, pq.read_schema(paths[0], filesystem=filesystem))
    for batch in read_files(filesystem, paths, ["url"], meant):
        yield from batch.column("url").to_pylist()


def with_bytes(documents: Iterable[Document], uri: str, wanted: Wanted) -> Iterator[Document]:
    """The documents; InputError at a picture without bytes where bytes are wanted."""
    for document in documents:
        if not wanted.references and any(picture["image"] is None for picture in document.pictures):
            raise InputError(f"{uri} holds pictures as references alone; export with --references")
        yield document


def counted(documents: Iterable[Document], tally: Tally, say: Say) -> Iterator[Document]:
    for document in documents:
        tally.count(document)
        say(f"{tally.documents} documents written")
        yield document


def write_shards(
    documents: Iterable[Document], shared: frozenset[int], format_: Format, folder: str, shard_bytes: int
) -> Iterator[Written]:
    """Shards that end with the document that fills them."""
    waiting = iter(documents)
    for number, first in enumerate(waiting):
        name = format_.name.format(number)
        path = os.path.join(folder, name)
        n_documents = 0
        with closing(format_.shard(path)) as shard:
            for document in chain((first,), waiting):
                shard.add(format_.record(document, url_hash(document.facts["url"]) in shared))
                n_documents += 1
                if shard.n_bytes >= shard_bytes:
                    break
        yield Written(name, n_documents, os.path.getsize(path), getattr(shard, "offsets", ()))
