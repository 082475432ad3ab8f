"""The stages' functions in one plain process, without Spark, on what a build has just written.

Goes in: the stored tables of a build. Comes out: the batches that each stage begins with, and its timing. The joins
that Spark does before a stage are done here before the clock starts; so is loading the encoder.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

import pyarrow as pa

from bench.extraction import WARMING_SHARE, our_pages, warc_batch
from bench.timing import Timing, timed
from corpus.columns import KEPT, PROVENANCE, TIERS, Row
from corpus.config import Settings
from corpus.encode.encoder import load_encoder
from corpus.errors import DataError
from corpus.look.block_examples import kept_places
from corpus.look.scan import Scan, rows
from corpus.look.stored import Stored
from corpus.pipeline import RECIPES
from corpus.spark.job import Recipe
from corpus.tables import TABLES

ALIGNED_COLUMNS = ["document_id", "images", "similarity_matrix", "shuffle_z", "sentence_above"]
PICTURE_COLUMNS = (
    "document_id", "dom_index", "content_hash", "perceptual_hash", "width_px", "height_px", "media_type",
)  # fmt: skip
BLOCK_FIELDS = ("kind", "first_sentence", "n_sentences")

Inputs = Mapping[str, Sequence[pa.RecordBatch]]


def stage_inputs(scan: Scan, warc: str, settings: Settings) -> Inputs:
    """The batches that each stage with a function of its own begins with, by the stage's first table."""
    first_rows: dict[str, list[Row]] = {
        "images": list(rows(scan, "image_urls", TABLES["image_urls"].schema.names)),
        "image_signs": contents(scan),
        "image_features": contents(scan),
        "sentence_embeddings": owners(scan),
        "alignments": embedded(scan),
        "interleaved": matched(scan),
    }
    n_rows = {recipe.outputs[0]: recipe.rows_per_batch or settings.spark.rows_per_batch for recipe in RECIPES}
    return {"documents": [warc_batch(warc)]} | {
        name: [
            pa.RecordBatch.from_pylist(some[at : at + n_rows[name]])
            for at in range(0, len(some), n_rows[name])
        ]
        for name, some in first_rows.items()
    }


def warm(warc: str, settings: Settings) -> None:
    """Load what the first page and the first picture would load."""
    our_pages(warc, WARMING_SHARE)
    load_encoder(settings.encode.encoder, settings.encode.sentences_per_batch, settings.encode.dtype)


def time_stages(inputs: Inputs, stored: Stored, settings: Settings) -> dict[str, Timing]:
    """Timings by first table. DataError when a stage makes another number of rows than the build has written: the
    two would not have done the same work."""
    timings = {}
    for recipe in RECIPES:
        table = recipe.outputs[0]
        if table in inputs:
            timings[table] = time_stage(recipe, inputs[table], settings)
            written = sum(entry.n_rows for entry in stored.entries(table))
            if timings[table].n != written:
                raise DataError(f"{table}: {timings[table].n} rows without Spark, {written} in the build")
    return timings


def time_stage(recipe: Recipe, batches: Sequence[pa.RecordBatch], settings: Settings) -> Timing:
    """The timing of one stage; its n counts the rows of its first table."""

    def run() -> int:
        tagged = recipe.step(iter(batches), settings)
        return sum(batch.num_rows for table, batch in tagged if table == recipe.outputs[0])

    return timed(run)


def kept(scan: Scan, table: str, columns: Sequence[str]) -> Iterator[Row]:
    return (row for row in rows(scan, table, [*columns, "outcome"]) if row["outcome"] == KEPT)


def contents(scan: Scan) -> list[Row]:
    """content_hash and bytes of what is embedded."""
    hashes = {
        row["image_url_id"]: row["content_hash"]
        for row in kept(scan, "image_contents", ["image_url_id", "content_hash"])
    }
    found = [
        {"content_hash": hashes[row["image_url_id"]], "bytes": row["bytes"]}
        for row in rows(scan, "images", ["image_url_id", "bytes"], hashes)
    ]
    return sorted(found, key=lambda row: row["content_hash"])


def owners(scan: Scan) -> list[Row]:
    """document_id and kept sentences of the documents that own an image; their hash is none that Spark would know."""
    owning = {row["document_id"] for row in kept(scan, "image_decisions", ["document_id"])}
    places = kept_places(scan, owning)
    found = [
        {**row, "sentences": sentences_at(row, places), "sentences_hash": 0}
        for row in rows(scan, "documents", ["document_id", "sentences"], owning)
    ]
    return sorted((row for row in found if row["sentences"]), key=lambda row: row["document_id"])


def sentences_at(document: Row, places: Mapping[str, Sequence[int]]) -> list[str]:
    return [document["sentences"][place] for place in places[document["document_id"]]]


def embedded(scan: Scan) -> list[Row]:
    """Those documents with the embeddings of their images, in page order, and of their sentences."""
    vectors = {
        row["content_hash"]: row["embedding"]
        for row in rows(scan, "image_features", ["content_hash", "embedding"])
    }
    images: dict[str, list[Row]] = defaultdict(list)
    found = list(
        kept(scan, "image_decisions", ["document_id", "dom_index", "dom_text_index", "content_hash"])
    )
    places = kept_places(scan, {row["document_id"] for row in found})
    for row in found:
        n_before = bisect_left(places[row["document_id"]], row["dom_text_index"])
        place = {"dom_index": row["dom_index"], "dom_text_index": n_before}
        images[row["document_id"]].append({**place, "embedding": vectors[row["content_hash"]]})
    columns = ["document_id", "n_sentences", "n_dimensions", "embeddings"]
    texts = {row["document_id"]: row for row in rows(scan, "sentence_embeddings", columns)}
    without = dict.fromkeys(columns)
    return [
        {
            **texts.get(document, without),
            "document_id": document,
            "images": sorted(found, key=itemgetter("dom_index")),
        }
        for document, found in sorted(images.items())
    ]


def with_page(document: Row, places: Sequence[int]) -> Row:
    """The document with its kept sentences, beside those of the page."""
    kept_places, page = set(places), document["sentences"]
    return {
        **document,
        "sentences": [page[at] for at in places],
        "blocks": [{name: block[name] for name in BLOCK_FIELDS} for block in document["blocks"]],
        "page_sentences": page,
        "is_kept": [at in kept_places for at in range(len(page))],
    }


def matched(scan: Scan) -> list[Row]:
    """The documents of the product with their alignment and pictures."""
    told = ["document_id", "evaluation_sets", *(field.name for field in TIERS), "pictures"]
    decided = {row["document_id"]: row for row in kept(scan, "document_decisions", told)}
    ids = set(decided)
    columns = [field.name for field in PROVENANCE]
    pages = rows(scan, "documents", [*columns, "sentences", "blocks", "image_references"], ids)
    places = kept_places(scan, ids)
    documents = {row["document_id"]: with_page(row, places[row["document_id"]]) for row in pages}
    counts = rows(scan, "block_decisions", ["document_id", "replaced"], ids)
    replaced = {row["document_id"]: row["replaced"] for row in counts}
    bodies = {row["content_hash"]: row["bytes"] for row in contents(scan)}
    pictures: dict[str, list[Row]] = defaultdict(list)
    for row in kept(scan, "image_decisions", PICTURE_COLUMNS):
        unseen = {"faces": None, "safety_scores": None}
        pictures[row["document_id"]].append({**row, **unseen, "bytes": bodies[row["content_hash"]]})
    return [
        {
            **decided[row["document_id"]],
            **documents[row["document_id"]],
            "tier_pictures": decided[row["document_id"]]["pictures"],
            "aligned": row["images"],
            "similarity_matrix": row["similarity_matrix"],
            "shuffle_z": row["shuffle_z"],
            "sentence_above": row["sentence_above"],
            "sampling_bias": None,
            "pictures": pictures[row["document_id"]],
            "replaced": replaced[row["document_id"]],
        }
        for row in rows(scan, "alignments", ALIGNED_COLUMNS, ids)
    ]
