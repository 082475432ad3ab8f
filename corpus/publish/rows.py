"""The rows of a release: which rows of a build it takes, in which groups, and how many shards each group makes.

Goes in: the product of a build, a condition, and whether to part by licence. Comes out: counts per group, read from
the small columns alone, and batches of rows as they are published.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.errors import InputError
from corpus.release.conditions import condition
from corpus.release.order import cuts, order_of, range_of, shard_of
from corpus.release.reading import product_files, read, read_files
from corpus.storage import locate

TRAIN = "train"
CREATIVE_COMMONS = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licen[sc]es/([a-z+-]+)|publicdomain/(zero|mark))/(\d\.\d)",
    re.IGNORECASE,
)
NONE, OTHER = "none", "other"
BYTES_LEAF = "images.list.element.bytes"


@dataclass(frozen=True)
class Choice:
    """Which rows of a build are published, and how: `where` is a condition, `references` leaves the bytes of pictures
    out, `per_license` makes a group of files of each licence, `order_by` is `COLUMN` or `COLUMN desc`."""

    seed: int = 0
    where: str | None = None
    references: bool = False
    per_license: bool = False
    order_by: str | None = None


Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Group:
    """Rows that share files: all of them under the name `train`, or those of one licence; how many of them have which
    language and which licence, by short name; and the places at which files begin in the order of a column."""

    name: str
    n_rows: int
    n_shards: int
    languages: Counts
    licenses: Counts
    begins: tuple[int, ...] = ()

    def shard(self, place: int) -> int:
        """The number of the file that holds this place."""
        return range_of(place, self.begins) if self.begins else shard_of(place, self.n_shards)


@dataclass(frozen=True)
class Source:
    """The product of a build: its URI, its files, its schema, and what its rows weigh as files."""

    uri: str
    paths: tuple[str, ...]
    schema: pa.Schema
    n_rows: int
    n_bytes: int
    n_picture_bytes: int


def source_of(uri: str) -> Source:
    """What the footers of the product's files say; InputError when there is no row or files do not fit together."""
    filesystem, _ = locate(uri)
    schema, n_rows, n_bytes, n_picture_bytes = None, 0, 0, 0
    paths = tuple(path for path, _ in product_files(uri))
    for path in paths:
        with filesystem.open_input_file(path) as stream:
            file = pq.ParquetFile(stream)
            if schema is not None and not file.schema_arrow.equals(schema):
                raise InputError(
                    f"{path} has other columns than the files before it; build again with one version"
                )
            schema = file.schema_arrow
            n_rows += file.metadata.num_rows
            for column in leaf_chunks(file.metadata):
                n_bytes += column.total_compressed_size
                n_picture_bytes += column.total_compressed_size * (column.path_in_schema == BYTES_LEAF)
    if schema is None or not n_rows:
        raise InputError(
            f"{uri} kept no document, so there is nothing to publish; its report says what was dropped"
        )
    return Source(uri, paths, schema, n_rows, n_bytes, n_picture_bytes)


def leaf_chunks(metadata: pq.FileMetaData) -> Iterator[pq.ColumnChunkMetaData]:
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            yield metadata.row_group(group).column(column)


def find_groups(source: Source, choice: Choice, shard_bytes: int) -> list[Group]:
    """The groups by name, with as many shards as make files of about `shard_bytes`; InputError when no row is
    chosen."""
    counts: dict[str, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    found: dict[str, array[int]] = defaultdict(lambda: array("Q"))
    order = order_of(choice.seed, choice.order_by, source.schema)
    columns = list(dict.fromkeys(["license_url", "language", *(order.columns if order.column else [])]))
    for batch in read(source.uri, columns, where_of(choice, source.schema)):
        places = order.places(batch) if order.column else repeat(None)
        for row, place in zip(batch.to_pylist(), places, strict=False):
            name = group_of(row["license_url"], choice)
            if place is not None:
                found[name].append(place)
            languages, licenses = counts[name]
            languages[row["language"] or NONE] += 1
            licenses[license_name(row["license_url"])] += 1
    if not counts:
        raise InputError(f"no document of {source.uri} fits {choice.where!r}; nothing was published")
    row_bytes = (source.n_bytes - choice.references * source.n_picture_bytes) / source.n_rows
    groups = []
    for name, (languages, licenses) in sorted(counts.items()):
        n_rows = languages.total()
        n_shards = min(n_rows, math.ceil(n_rows * row_bytes / shard_bytes))
        begins = cuts(found[name], n_shards) if order.column else ()
        groups.append(Group(name, n_rows, n_shards, sorted_items(languages), sorted_items(licenses), begins))
    return groups


def sorted_items(counts: Counter[str]) -> Counts:
    """The highest first."""
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def where_of(choice: Choice, schema: pa.Schema) -> pc.Expression | None:
    return None if choice.where is None else condition(choice.where, schema)


def group_of(license_url: str | None, choice: Choice) -> str:
    """The name of the row's group."""
    return license_name(license_url) if choice.per_license else TRAIN


def license_name(license_url: str | None) -> str:
    """A short name for a licence: `cc-by-4.0` for Creative Commons, `other`, or `none` where a page declares none."""
    if not license_url:
        return NONE
    found = CREATIVE_COMMONS.match(license_url)
    if found is None:
        return OTHER
    kind, public, version = found.groups()
    name = {"zero": "cc0", "mark": "pdm"}[public.lower()] if public else f"cc-{kind.lower()}"
    return f"{name}-{version}"


def chosen_rows(source: Source, choice: Choice, paths: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of some files of the build as they are published."""
    filesystem, _ = locate(source.uri)
    for batch in read_files(filesystem, paths, where=where_of(choice, source.schema)):
        yield without_bytes(batch) if choice.references else batch


def without_bytes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with references alone in `images`."""
    images = batch.column("images")
    pictures = images.flatten()
    kind = images.type.value_type
    children = [
        pa.nulls(len(pictures), field.type) if field.name == "bytes" else values
        for field, values in zip(kind, pictures.flatten(), strict=True)
    ]
    lengths = pc.fill_null(pc.list_value_length(images), 0)
    ends = pc.cumulative_sum(lengths.cast(pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    bare = pa.ListArray.from_arrays(
        offsets, pa.StructArray.from_arrays(children, fields=list(kind)), type=images.type
    )
    return batch.set_column(batch.schema.get_field_index("images"), batch.schema.field("images"), bare)
