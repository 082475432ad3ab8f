"""The papers of a release: what stands beside its data, so that nobody has to ask how it was made.

Goes in: the manifest so far, the schema, the groups, and the build. Comes out: names and bytes of the card, the
Croissant description, the settings, the funnel, the environment and the models.
"""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus import __version__
from corpus.look.funnel_text import format_funnel
from corpus.look.stored import Stored, read_funnel
from corpus.publish.card import card
from corpus.publish.croissant import croissant
from corpus.publish.rows import Group
from corpus.release.manifest import ReleaseManifest
from corpus.tables import TABLES

NAME = "interleaved corpus"
DESCRIPTION = "Documents from web pages in which pictures stand among sentences, each matched with one."
PACKAGES = ("numpy", "open-clip-torch", "pillow", "pyarrow", "pyspark", "scipy", "torch", "trafilatura")


def papers(
    manifest: ReleaseManifest,
    schema: pa.Schema,
    groups: Sequence[Group],
    stored: Stored,
    build: Mapping[str, Any],
) -> dict[str, bytes]:
    """The papers by name."""
    funnel = read_funnel(stored)
    dropped = [*build.get("not_measured", ()), format_funnel(funnel)]
    found = croissant(manifest, schema, NAME, DESCRIPTION)
    return {
        "README.md": card(manifest, schema, groups, NAME, "\n".join(dropped)).encode(),
        "croissant.json": as_json(found),
        "settings.json": as_json(build["settings"]),
        "environment.json": as_json(environment(build)),
        "models.json": as_json(models(stored)),
        "funnel.parquet": as_parquet(funnel),
    }


def environment(build: Mapping[str, Any]) -> dict[str, Any]:
    """What published the release, and the version that built it; packages that are not there are left out."""
    versions = {name: version_of(name) for name in PACKAGES}
    return {
        "built_by": build["version"],
        "published_by": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: version for name, version in versions.items() if version},
    }


def version_of(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def models(stored: Stored) -> dict[str, list[str]]:
    """The identities of the encoders whose vectors the tables of the build hold, by table."""
    return {
        name: sorted(
            {
                encoder
                for batch in stored(name, ["encoder"])
                for encoder in batch.column("encoder").unique().to_pylist()
                if encoder
            }
        )
        for name, table in TABLES.items()
        if "encoder" in table.schema.names
    }


def as_json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def as_parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()
