"""Exporting: the documents of a build or release as shards of a format.

Goes in: a URI, where the export goes, a format and what is wanted. Comes out: the export, whole when `export.json` is
there. A local folder appears at once; to an object store each shard goes when it is written, on local disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import pyarrow.parquet as pq

from corpus import __version__
from corpus.errors import InputError, SettingsError
from corpus.exports.documents import Document, Wanted, documents_of
from corpus.exports.formats import Format, Written, formats
from corpus.exports.places import NAME, place_of
from corpus.exports.shared_urls import shared_urls, url_hash
from corpus.publish.shards import file_sha256
from corpus.release.conditions import condition
from corpus.release.manifest import find_release_manifest
from corpus.release.reading import product_files, read_files
from corpus.storage import locate, write_bytes, write_json

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


def export(uri: str, to: str, name: str, wanted: Wanted, shard_bytes: int | None, say: Say) -> dict[str, Any]:
    """Write the export to a folder or URI; what its `export.json` says. Raises CorpusError."""
    format_ = checked_format(name, wanted, shard_bytes)
    tally = Tally()
    with place_of(to) as (folder, done):
        shared = shared_urls(urls_of(uri, wanted.where))
        documents = counted(with_bytes(documents_of(uri, wanted), uri, wanted), tally, say)
        shards, files = [], []
        for shard in write_shards(documents, shared, format_, folder, shard_bytes or format_.shard_bytes):
            shards.append(shard)
            files.append(told_of(shard, folder))
            done()
        if not tally.documents:
            fits = "" if wanted.where is None else f" that fits {wanted.where!r}"
            raise InputError(f"{uri} has no document{fits}; nothing was exported")
        for path, data in format_.beside(shards).items():
            write_bytes(os.path.join(folder, path), data)
        done()
        release = find_release_manifest(uri)
        told = {
            "format": name,
            "version": __version__,
            "source": uri,
            "release": release.release if release else None,
            "wanted": asdict(wanted),
            **asdict(tally),
            "files": files,
        }
        write_json(os.path.join(folder, NAME), told)
        done()
    return told


def told_of(shard: Written, folder: str) -> dict[str, Any]:
    return {
        "name": shard.name,
        "documents": shard.n_documents,
        "bytes": shard.n_bytes,
        "sha256": file_sha256(os.path.join(folder, shard.name)),
    }


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
