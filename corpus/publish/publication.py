"""What is to be published: the rows of a build, where they go, and the shard and place of each.

Goes in: the folder of a finished build, a URI, a choice of rows, sizes. Comes out: a `Publication`, or a CorpusError.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import pyarrow as pa

from corpus import __version__
from corpus.config import digest
from corpus.errors import InputError, SettingsError
from corpus.history import BUILD
from corpus.look.stored import Stored
from corpus.publish.buckets import Slot
from corpus.publish.rows import Choice, Group, Source, find_groups, group_of, source_of
from corpus.publish.shards import shard_path
from corpus.release.manifest import UNFINISHED
from corpus.release.order import order_of
from corpus.storage import join, read_json
from corpus.tables.product import INTERLEAVED

MAX_SHARD_BYTES = 4 * 2**30  # S3 copies objects of at most 5 GB in one request (CopyObject)
MAX_ROW_GROUP_BYTES = 2**30  # readers fail on nested binary columns of 2 GiB


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
        where = order_of(self.choice.seed, self.choice.order_by, self.source.schema).places(batch)
        slots = []
        for place, license_url in zip(where, batch.column("license_url").to_pylist(), strict=True):
            group, first = by_name[group_of(license_url, self.choice)]
            slots.append((first + group.shard(place), place))
        return slots

    @cached_property
    def shards(self) -> list[tuple[Group, int, str]]:
        """Group, number in it, and path of every shard."""
        return [
            (group, number, shard_path(self.release, group.name, number, group.n_shards))
            for group in self.groups
            for number in range(group.n_shards)
        ]

    def note_uri(self, shard: int) -> str:
        return join(self.out, UNFINISHED, self.release, f"{shard:06d}.json")


def prepare(build_uri: str, out: str, choice: Choice, sizes: Sizes) -> Publication:
    """Everything that can be wrong, looked at before anything is written."""
    build = read_json(join(build_uri, BUILD))
    if build is None:
        raise InputError(
            f"{build_uri} has no {BUILD}: it is no build, or it is not finished; run `corpus build` again"
        )
    source = source_of(build_uri)
    groups = tuple(find_groups(source, choice, sizes.shard_bytes))
    contents = sorted(Stored(build_uri, build["digests"], tuple(build["chunks"])).sha256s(INTERLEAVED.name))
    shape = [contents, asdict(choice), asdict(sizes), __version__, pa.__version__]
    return Publication(source, build, out, choice, sizes, groups, digest(shape))
