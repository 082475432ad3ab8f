"""Imported rows as a release, by the same machinery that publishes builds.

Goes in: what the lines of another corpus gave. Comes out: a release, with the counts of what was kept and dropped in
`import.json`. Rows lie on local disk twice while they are put in order.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from corpus import __version__
from corpus.config import digest
from corpus.errors import InputError
from corpus.history import BUILD
from corpus.imports.row import Read, import_schema
from corpus.publish.card import card
from corpus.publish.croissant import croissant
from corpus.publish.papers import DESCRIPTION, as_json
from corpus.publish.publication import Publication, Sizes
from corpus.publish.publish import SCRATCH_PREFIX, How, publish
from corpus.publish.rows import Choice, find_groups, source_of
from corpus.publish.shards import file_sha256, write_shard
from corpus.release.manifest import ReleaseManifest
from corpus.storage import write_json

STAGED = "staged.parquet"
NAME = "imported interleaved corpus"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Import:
    """What is imported and how: named in `import.json`."""

    format: str
    files: tuple[str, ...]
    references: bool
    min_similarity: float | None
    encoder: str | None


def import_release(
    reads: Iterable[Read], told: Import, out: str, seed: int, how: How, say: Say
) -> tuple[ReleaseManifest, dict[str, dict[str, int]]]:
    """Write the release; its manifest, and how many documents and pictures had which outcome. Raises CorpusError."""
    documents: Counter[str] = Counter()
    images: Counter[str] = Counter()
    with TemporaryDirectory(prefix=SCRATCH_PREFIX, dir=how.scratch) as folder:
        staged = os.path.join(folder, STAGED)
        write_shard(
            batches(tallied(reads, documents, images, say)), import_schema(), staged, Sizes().row_group_bytes
        )
        counts = {"documents": dict(documents), "images": dict(images)}
        if not documents["kept"]:
            found = "; ".join(
                f"{n} {kind} {name}" for kind, each in counts.items() for name, n in each.items() if n
            )
            raise InputError(
                f"nothing to import from {', '.join(told.files[:3])}: {found or 'there is no document in it'}"
            )
        write_json(os.path.join(folder, BUILD), {"interleaved": [STAGED]})
        manifest = publish(
            publication_of(folder, told, out, seed), how, say, partial(papers_of_import, told, counts)
        )
    return manifest, counts


def tallied(
    reads: Iterable[Read], documents: Counter[str], images: Counter[str], say: Say
) -> Iterator[dict[str, Any]]:
    """The rows, while outcomes are counted."""
    for read in reads:
        documents[read.outcome] += 1
        images.update(read.images)
        say(f"{documents.total()} documents read")
        if read.row is not None:
            yield read.row


def batches(rows: Iterable[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
    schema = import_schema()
    for row in rows:
        yield pa.RecordBatch.from_pylist([row], schema=schema)


def publication_of(folder: str, told: Import, out: str, seed: int) -> Publication:
    """The staged rows, to be published with their pictures or as references."""
    source, sizes = source_of(folder), Sizes()
    choice = Choice(seed=seed, references=told.references)
    groups = tuple(find_groups(source, choice, sizes.shard_bytes))
    content = file_sha256(os.path.join(folder, STAGED))
    release = digest([content, seed, told.references, __version__, pa.__version__])
    build = {"version": __version__, "digests": {}, "chunks": []}
    return Publication(source, build, out, choice, sizes, groups, release)


def papers_of_import(
    told: Import,
    counts: Mapping[str, Mapping[str, int]],
    publication: Publication,
    manifest: ReleaseManifest,
    schema: pa.Schema,
) -> dict[str, bytes]:
    """Card, Croissant description, and what was imported."""
    funnel = "\n".join(lines_of_counts(counts))
    about = {
        "format": told.format,
        "files": [os.path.basename(path) for path in told.files],
        "min_similarity": told.min_similarity,
        "encoder": told.encoder,
        "counts": counts,
    }
    return {
        "README.md": card(manifest, schema, publication.groups, NAME, funnel).encode(),
        "croissant.json": as_json(croissant(manifest, schema, NAME, DESCRIPTION)),
        "import.json": as_json(about),
    }


def lines_of_counts(counts: Mapping[str, Mapping[str, int]]) -> Sequence[str]:
    return [
        f"{unit:<12}{outcome:<24}{n:>12,}"
        for unit, outcomes in counts.items()
        for outcome, n in sorted(outcomes.items())
    ]
