"""A drawn build as it lies on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.config import Settings
from corpus.manifest import chunk_folder, new_manifest, write_manifest
from corpus.overrides import flat
from corpus.storage import write_json
from corpus.tables import TABLES
from tests.unit.drawn_build import DrawnBuild, parts_of

CHUNK, DIGEST, PART = "c00000", "0123456789ab", "part-00000.parquet"


def write_build(out: Path, build: DrawnBuild, settings: Settings) -> None:
    """Every table of the build with its manifest, and `build.json`."""
    for part in parts_of(build):
        folder = chunk_folder(str(out), part.table, DIGEST, CHUNK)
        Path(folder).mkdir(parents=True)
        schema = pa.schema([loosened(field) for field in TABLES[part.table].schema])
        pq.write_table(pa.Table.from_pylist(build.rows[part.table], schema=schema), Path(folder) / PART)
        target = (DIGEST, CHUNK)
        write_manifest(
            folder, new_manifest(TABLES[part.table], target, settings, {}, [replace(part, name=PART)], 0.0)
        )
    digests = dict.fromkeys(TABLES, DIGEST)
    write_json(str(out / "build.json"), {"digests": digests, "chunks": [CHUNK], "settings": flat(settings)})


def loosened(field: pa.Field) -> pa.Field:
    """The field, and what is inside it, allowed to be null: a drawn build leaves out what nothing reads."""
    type_ = field.type
    if pa.types.is_struct(type_):
        type_ = pa.struct([loosened(each) for each in type_])
    elif pa.types.is_list(type_):
        type_ = pa.list_(loosened(type_.value_field))
    return pa.field(field.name, type_, nullable=True)
