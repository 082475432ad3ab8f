"""Publishing a build: shards first, then the papers beside them, the manifest last.

Goes in: the folder of a finished build, a URI, and what is wanted. Comes out: a release. Until the manifest is written
nobody sees it, and an older release at the same place stays whole, for its files lie in a folder of their own. A shard
that was finished before is not written again.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from tempfile import TemporaryDirectory

import pyarrow as pa

from corpus import __version__
from corpus.errors import OutputError
from corpus.look.words import bytes_text
from corpus.publish.buckets import Buckets
from corpus.publish.papers import papers
from corpus.publish.publication import Publication
from corpus.publish.rows import chosen_rows
from corpus.publish.shards import file_sha256, published_schema, write_shard
from corpus.release.manifest import (
    FORMAT,
    UNFINISHED,
    Paper,
    ReleaseManifest,
    ShardFile,
    columns_of,
    find_release_manifest,
    shard_file,
    write_release_manifest,
)
from corpus.storage import (
    files_under,
    join,
    names_in,
    put_file,
    read_json,
    remove_file,
    remove_folder,
    write_bytes,
    write_json,
)

RELEASE_FOLDER = re.compile(r"[0-9a-f]{12}")
HALF_WRITTEN = re.compile(r"(^|/)_[0-9a-f]{32}\.unfinished$")  # as corpus.storage names them
SCRATCH_PREFIX = "corpus-publish-"

Say = Callable[[str], None]
PapersOf = Callable[[Publication, ReleaseManifest, pa.Schema], dict[str, bytes]]


def papers_of_build(
    publication: Publication, manifest: ReleaseManifest, schema: pa.Schema
) -> dict[str, bytes]:
    """What stands beside the data of a build."""
    return papers(manifest, schema, publication.groups, publication.stored, publication.build)


@dataclass(frozen=True)
class How:
    """How a release is written: `scratch` is a local folder with room for it, `replaces` lets it take the place of
    another, `spark` lets a cluster put the rows in order."""

    scratch: str | None = None
    replaces: bool = False
    spark: bool = False


def publish(
    publication: Publication, how: How, say: Say, papers_of: PapersOf = papers_of_build
) -> ReleaseManifest:
    """Write the release; its manifest. Raises CorpusError."""
    out = publication.out
    known = find_release_manifest(out)
    there = files_under(out)
    if known is not None and known.release == publication.release:
        if all(there.get(path) == n_bytes for path, n_bytes in known.sizes_by_path.items()):
            say(f"{out} is this release already: {known.rows} documents in {len(known.files)} files")
            clear_others(publication)
            return known
        done = {at: file for at, file in enumerate(known.files) if there.get(file.path) == file.bytes}
    else:
        refuse_other_things(publication, known, how.replaces)
        done = finished_shards(publication, there)
    with TemporaryDirectory(prefix=SCRATCH_PREFIX, dir=how.scratch) as folder:
        if len(done) < publication.n_shards:
            if how.spark:
                from corpus.publish.by_spark import write_missing_by_spark

                write_missing_by_spark(publication, done, say)
            else:
                check_room(publication, folder)
                write_missing(publication, done, folder, say)
        for shard in range(publication.n_shards):  # of few rows none may fall into a shard
            if shard not in done:
                done[shard] = publish_shard(publication, shard, (), folder)
    manifest = finish(publication, [done[shard] for shard in sorted(done)], papers_of)
    clear_others(publication)
    return manifest


def refuse_other_things(publication: Publication, known: ReleaseManifest | None, replaces: bool) -> None:
    """OutputError when the place is taken."""
    out = publication.out
    if known is not None and not replaces:
        raise OutputError(
            f"{out} holds another release ({known.release}, {known.rows} documents); give another --to, or --replace: "
            "the old one can be read until the new one is whole, and is removed then"
        )
    names = names_in(out)
    others = [name for name in names if name != "data"]
    if known is None and others and UNFINISHED not in names:
        raise OutputError(f"{out} holds other things ({', '.join(others[:3])}); choose an empty or new --to")


def finished_shards(publication: Publication, there: Mapping[str, int]) -> dict[int, ShardFile]:
    """The shards that an earlier run wrote whole, by number; a note is believed when its file has its size."""
    found = {}
    for shard, (_, _, path) in enumerate(publication.shards):
        size = there.get(path)
        note = read_json(publication.note_uri(shard)) if size is not None else None
        if note is not None and note["bytes"] == size:
            found[shard] = shard_file(note)
    return found


def check_room(publication: Publication, folder: str) -> None:
    """OutputError when the disk cannot hold the rows while they are put in order."""
    source = publication.source
    chosen = sum(group.n_rows for group in publication.groups) / source.n_rows
    needed = int(chosen * (source.n_bytes - publication.choice.references * source.n_picture_bytes))
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OutputError(
            f"{folder} has {bytes_text(free)} free, but putting the rows in order takes {bytes_text(needed)}; "
            "name a larger disk with --scratch"
        )


def write_missing(publication: Publication, done: dict[int, ShardFile], folder: str, say: Say) -> None:
    """Write the shards that are not done on this machine, and add them to `done`."""
    with Buckets(
        folder, publication.source.schema, publication.n_shards, publication.slots, frozenset(done)
    ) as buckets:
        fill(buckets, publication, say)
        for shard, rows in buckets.shards():
            done[shard] = publish_shard(publication, shard, rows, folder)
            say(f"{len(done)} of {publication.n_shards} files written")


def fill(buckets: Buckets, publication: Publication, say: Say) -> None:
    n_rows, n_read = sum(group.n_rows for group in publication.groups), 0
    for batch in chosen_rows(publication.source, publication.choice, publication.source.paths):
        buckets.add(batch)
        n_read += batch.num_rows
        say(f"{n_read} of {n_rows} documents read")


def publish_shard(
    publication: Publication, shard: int, rows: Iterable[pa.RecordBatch], folder: str
) -> ShardFile:
    """Write a shard to local disk, put it in its place, and note that it is whole."""
    group, number, path = publication.shards[shard]
    local = os.path.join(folder, "shard.parquet")
    row_groups, n_images = write_shard(
        rows, publication.source.schema, local, publication.sizes.row_group_bytes
    )
    put_file(local, join(publication.out, path))
    size, sha256 = os.path.getsize(local), file_sha256(local)
    written = ShardFile(
        path=path,
        group=group.name,
        number=number,
        n_shards=group.n_shards,
        row_groups=row_groups,
        rows=sum(row_groups),
        images=n_images,
        bytes=size,
        sha256=sha256,
        begin=group.begins[number] if group.begins else None,
    )
    write_json(publication.note_uri(shard), asdict(written))
    return written


def finish(publication: Publication, files: Sequence[ShardFile], papers_of: PapersOf) -> ReleaseManifest:
    """Papers, then the manifest."""
    schema = published_schema(publication.source.schema)
    manifest = ReleaseManifest(
        format=FORMAT,
        version=__version__,
        release=publication.release,
        rows=sum(file.rows for file in files),
        images=sum(file.images for file in files),
        bytes=sum(file.bytes for file in files),
        choice=asdict(publication.choice),
        sizes=asdict(publication.sizes),
        columns=columns_of(schema),
        build={name: publication.build[name] for name in ("version", "digests")},
        files=tuple(files),
        papers=(),
    )
    beside = papers_of(publication, manifest, schema)
    for name, data in beside.items():
        write_bytes(join(publication.out, name), data)
    manifest = replace(manifest, papers=tuple(paper(name, data) for name, data in sorted(beside.items())))
    write_release_manifest(publication.out, manifest)
    return manifest


def paper(name: str, data: bytes) -> Paper:
    return Paper(name, len(data), hashlib.sha256(data).hexdigest())


def clear_others(publication: Publication) -> None:
    """Remove what killed publications and older releases left: nothing of it is read any more."""
    for path in files_under(publication.out):
        if HALF_WRITTEN.search(path):
            remove_file(join(publication.out, path))
    for name in names_in(join(publication.out, "data")):
        if RELEASE_FOLDER.fullmatch(name) and name != publication.release:
            remove_folder(join(publication.out, "data", name))
    remove_folder(join(publication.out, UNFINISHED))
