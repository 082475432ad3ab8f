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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from corpus import __version__
from corpus.config import digest
from corpus.errors import InputError, OutputError, SettingsError
from corpus.look.stored import Stored
from corpus.publish.buckets import Buckets, Slot
from corpus.publish.papers import papers
from corpus.publish.rows import Choice, Group, Source, chosen_rows, find_groups, group_of, source_of
from corpus.publish.shards import file_sha256, published_schema, shard_path, write_shard
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
from corpus.release.order import places, shard_of
from corpus.release.reading import BUILD
from corpus.storage import (
    files_under,
    join,
    names_in,
    put_file,
    read_json,
    remove_folder,
    write_bytes,
    write_json,
)
from corpus.tables.product import INTERLEAVED

RELEASE_FOLDER = re.compile(r"[0-9a-f]{12}")
MAX_SHARD_BYTES = 4 * 2**30  # S3 copies objects of at most 5 GB in one request (CopyObject)
MAX_ROW_GROUP_BYTES = 2**30  # readers fail on nested binary columns of 2 GiB
SCRATCH_PREFIX = "corpus-publish-"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Sizes:
    """About how many bytes make a shard, and how many a row group."""

    shard_bytes: int = 512 * 2**20
    row_group_bytes: int = 64 * 2**20

    def __post_init__(self) -> None:
        if not 0 < self.row_group_bytes <= MAX_ROW_GROUP_BYTES or not 0 < self.shard_bytes <= MAX_SHARD_BYTES:
            raise SettingsError(
                f"files of {self.shard_bytes} bytes with row groups of {self.row_group_bytes}: files can have up to "
                f"{MAX_SHARD_BYTES} bytes, row groups up to {MAX_ROW_GROUP_BYTES}; give smaller sizes above 0"
            )


@dataclass(frozen=True)
class How:
    """How a release is written: `scratch` is a local folder with room for it, `replaces` lets it take the place of
    another, `spark` lets a cluster put the rows in order."""

    scratch: str | None = None
    replaces: bool = False
    spark: bool = False


@dataclass(frozen=True)
class Publication:
    """What is to be published where; shards are numbered through all groups."""

    source: Source
    build: dict[str, Any]
    out: str
    choice: Choice
    sizes: Sizes
    groups: tuple[Group, ...]
    release: str

    @property
    def stored(self) -> Stored:
        return Stored(self.source.uri, self.build["digests"], tuple(self.build["chunks"]))

    @property
    def n_shards(self) -> int:
        return sum(group.n_shards for group in self.groups)

    def slots(self, batch: pa.RecordBatch) -> list[Slot]:
        """Shard, counted through all groups, and place of each row."""
        firsts = accumulate((group.n_shards for group in self.groups), initial=0)
        by_name = {group.name: (group, first) for group, first in zip(self.groups, firsts, strict=False)}
        where = places(self.choice.seed, batch.column("document_id").to_pylist())
        slots = []
        for place, license_url in zip(where, batch.column("license_url").to_pylist(), strict=True):
            group, first = by_name[group_of(license_url, self.choice)]
            slots.append((first + shard_of(place, group.n_shards), place))
        return slots

    def shard_files(self) -> Iterator[tuple[Group, int, str]]:
        """Group, number in it, and path of every shard."""
        for group in self.groups:
            for number in range(group.n_shards):
                yield group, number, shard_path(self.release, group.name, number, group.n_shards)

    def note_uri(self, shard: int) -> str:
        return join(self.out, UNFINISHED, self.release, f"{shard:06d}.json")


def publish(publication: Publication, how: How, say: Say) -> ReleaseManifest:
    """Write the release; its manifest. Raises CorpusError."""
    out = publication.out
    known = find_release_manifest(out)
    if known is not None and known.release == publication.release:
        say(f"{out} is this release already: {known.rows} documents in {len(known.files)} files")
        clear_others(publication)
        return known
    refuse_other_things(publication, known, how.replaces)
    done = finished_shards(publication)
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
    manifest = finish(publication, [done[shard] for shard in sorted(done)])
    clear_others(publication)
    return manifest


def prepare(build_uri: str, out: str, choice: Choice, sizes: Sizes) -> Publication:
    """Everything that can be wrong, looked at before anything is written."""
    build = read_json(join(build_uri, BUILD))
    if build is None:
        raise InputError(
            f"{build_uri} has no {BUILD}: it is no build, or it is not finished; run `corpus build` again"
        )
    source = source_of(build_uri)
    groups = tuple(find_groups(source, choice, sizes.shard_bytes))
    manifests = Stored(build_uri, build["digests"], tuple(build["chunks"])).manifests(INTERLEAVED.name)
    contents = sorted(part.sha256 for manifest in manifests for part in manifest.parts)
    shape = [contents, asdict(choice), asdict(sizes), __version__, pa.__version__]
    return Publication(source, build, out, choice, sizes, groups, digest(shape))


def refuse_other_things(publication: Publication, known: ReleaseManifest | None, replaces: bool) -> None:
    """OutputError when the place is taken."""
    out = publication.out
    if known is not None and not replaces:
        raise OutputError(
            f"{out} holds another release ({known.release}, {known.rows} documents); give another --to, or --replace: "
            "the old one can be read until the new one is whole, and is removed then"
        )
    others = [name for name in names_in(out) if name not in (UNFINISHED, "data")]
    if known is None and others:
        raise OutputError(f"{out} holds other things ({', '.join(others[:3])}); choose an empty or new --to")


def finished_shards(publication: Publication) -> dict[int, ShardFile]:
    """The shards that an earlier run wrote whole, by number; a note is believed when its file has its size."""
    there = files_under(join(publication.out, "data"))
    found = {}
    for shard, (_, _, path) in enumerate(publication.shard_files()):
        size = there.get(path.removeprefix("data/"))
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
            f"{folder} has {free / 2**30:.1f} GiB free, but putting the rows in order takes {needed / 2**30:.1f} GiB; "
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
    group, number, path = list(publication.shard_files())[shard]
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
    )
    write_json(publication.note_uri(shard), asdict(written))
    return written


def finish(publication: Publication, files: Sequence[ShardFile]) -> ReleaseManifest:
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
    beside = papers(manifest, schema, publication.groups, publication.stored, publication.build)
    for name, data in beside.items():
        write_bytes(join(publication.out, name), data)
    manifest = replace(manifest, papers=tuple(paper(name, data) for name, data in sorted(beside.items())))
    write_release_manifest(publication.out, manifest)
    return manifest


def paper(name: str, data: bytes) -> Paper:
    return Paper(name, len(data), hashlib.sha256(data).hexdigest())


def clear_others(publication: Publication) -> None:
    """Remove what other publications left: their folders, older releases, notes. Nothing of it is read any more."""
    for name in names_in(join(publication.out, "data")):
        if RELEASE_FOLDER.fullmatch(name) and name != publication.release:
            remove_folder(join(publication.out, "data", name))
    remove_folder(join(publication.out, UNFINISHED))
