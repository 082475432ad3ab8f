"""A finished build of any size, made of nothing but its manifests and their segments.

Goes in: settings, a plan, a store. Comes out: what a build would have left of its accounting there: manifests and
segments by the product's own functions, written a thousand at a time instead of one after the other as jobs end.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench.object_table import ObjectTable
from bench.outcomes import made_up_part
from corpus import catalog
from corpus.catalog import in_blocks
from corpus.config import Settings, digest
from corpus.entry import Common, entry_of
from corpus.manifest import NAME, chunk_folder, new_manifest, table_folder, told_by
from corpus.pipeline import RECIPES
from corpus.plan import Chunk
from corpus.segments import write_segment
from corpus.spark.job import Recipe
from corpus.tables import TABLES

CORE_S = 1.5


def generate(
    store: ObjectTable,
    out: str,
    settings: Settings,
    chunks: Sequence[Chunk],
    digests: Mapping[str, str],
    n_parts: int,
) -> None:
    """Everything that a whole build writes besides parts and its last words. `out` is the folder by its path in the
    store and as corpus.storage is asked for it."""
    prints: dict[str, list[str]] = {}
    for recipe in RECIPES:
        made_from = inputs_of_chunks(recipe, chunks, prints)
        for table in recipe.outputs:
            prints[table] = []
            for block in in_blocks(list(zip(chunks, made_from, strict=True))):
                place = (out, table, digests[table])
                prints[table] += write_block(store, place, settings, block, n_parts)


def inputs_of_chunks(
    recipe: Recipe, chunks: Sequence[Chunk], prints: Mapping[str, Sequence[str]]
) -> list[Mapping[str, str]]:
    if not recipe.inputs:
        return [dict(zip(each.files, map(str, each.file_bytes), strict=True)) for each in chunks]
    if recipe.corpus_wide:
        together = {table: digest(prints[table]) for table in recipe.inputs}
        return [together] * len(chunks)
    each = zip(*(prints[table] for table in recipe.inputs), strict=True)
    return [dict(zip(recipe.inputs, made_as, strict=True)) for made_as in each]


def write_block(
    store: ObjectTable,
    place: tuple[str, str, str],
    settings: Settings,
    block: Sequence[tuple[Chunk, Mapping[str, str]]],
    n_parts: int,
) -> list[str]:
    """Manifests of a thousand chunks and their segment; the fingerprints."""
    _, table, table_digest = place
    empty = new_manifest(TABLES[table], (table_digest, ""), settings, {}, (), CORE_S)
    common, sealed, objects = Common(), [], []
    now_s = time.time()
    for chunk, inputs in block:
        parts = tuple(made_up_part(table, chunk.name, number) for number in range(n_parts))
        manifest = replace(empty, chunk=chunk.name, inputs=inputs, parts=parts, core_s=CORE_S)
        data = json.dumps(told_by(manifest)).encode()
        objects.append((f"{chunk_folder(*place, chunk.name)}/{NAME}".removeprefix("counted://"), data, now_s))
        sealed.append((entry_of(manifest, common), (len(data), int(now_s))))
    store.put_all(objects)
    if len(block) == catalog.BLOCK:
        write_segment(table_folder(*place), block[0][0].name, sealed)
    return [entry.fingerprint for entry, _ in sealed]
