"""The pipeline: every recipe, in order.

Goes in: settings and a Spark session. Comes out: every table of the corpus, each made from the ones above it. This is
the one place that puts the stages together.
"""

from __future__ import annotations

from corpus.errors import SettingsError
from corpus.overrides import meant
from corpus.recipes import frames, matched_frames
from corpus.recipes.alignments import align_documents
from corpus.recipes.decisions import decide_blocks, decide_documents, decide_images, decide_pages
from corpus.recipes.document_groups import document_groups
from corpus.recipes.documents import read_warcs
from corpus.recipes.filed import filed_as
from corpus.recipes.image_features import embed_images
from corpus.recipes.image_kinds import measure_kinds
from corpus.recipes.image_neighbours import image_neighbours
from corpus.recipes.image_safety import measure_safety
from corpus.recipes.image_signs import measure_signs
from corpus.recipes.image_urls import image_urls
from corpus.recipes.images import fetch_images
from corpus.recipes.interleaved import interleave_documents
from corpus.recipes.page_clusters import page_clusters
from corpus.recipes.page_screenings import screen_pages
from corpus.recipes.page_signatures import sign_pages
from corpus.recipes.rows_before import earlier_places
from corpus.recipes.safety_frames import image_safety
from corpus.recipes.screened import screened_pages
from corpus.recipes.sentence_embeddings import embed_sentences
from corpus.spark.build import Build
from corpus.spark.job import Recipe, run_recipe

# Four documents of thirty pictures at the cap of 10 MB stay under Arrow's 2 GiB for one column of one batch.
DOCUMENTS_WITH_BYTES = 4

RECIPES = (
    Recipe(("documents", "captures", "warc_files"), frames.warc_files, read_warcs, "pages"),
    Recipe(("page_signatures",), frames.signed_pages, sign_pages, "pages", 256),
    Recipe(("page_clusters",), page_clusters, filed_as("page_clusters"), "copies", 256),
    Recipe(("page_screenings",), screened_pages, screen_pages, "pages", 256),
    Recipe(("page_decisions",), frames.pages, decide_pages, "pages", 10_000),
    Recipe(("block_decisions",), frames.blocks, decide_blocks, "pages"),
    Recipe(("image_urls",), image_urls, filed_as("image_urls"), "URLs", 10_000),
    Recipe(("images",), frames.images, fetch_images, "images"),
    Recipe(("image_contents",), frames.image_contents, filed_as("image_contents"), "images", 10_000),
    Recipe(("image_signs",), frames.image_signs, measure_signs, "images"),
    Recipe(("image_features",), frames.image_features, embed_images, "images"),
    Recipe(("image_neighbours",), image_neighbours, filed_as("image_neighbours"), "pictures", 1_000),
    Recipe(("image_kinds",), frames.image_kinds, measure_kinds, "images", 256),
    Recipe(("image_safety",), image_safety, measure_safety, "images"),
    Recipe(("image_decisions",), frames.image_decisions, decide_images, "images", 10_000),
    Recipe(("sentence_embeddings",), frames.sentences, embed_sentences, "documents"),
    Recipe(("alignments",), matched_frames.alignments, align_documents, "documents"),
    Recipe(("document_groups",), document_groups, filed_as("document_groups"), "documents", 10_000),
    Recipe(("document_decisions",), matched_frames.documents, decide_documents, "documents", 10_000),
    Recipe(
        ("interleaved",), matched_frames.interleaved, interleave_documents, "documents", DOCUMENTS_WITH_BYTES
    ),
)
VECTORS = ("image_features", "sentence_embeddings")


def run_pipeline(build: Build, stage: str | None = None) -> int:
    """Make every table that is not done, or those of the recipe whose first table is `stage`; the number of chunks
    made, over all tables."""
    recipes = chosen(stage)
    named = {name for recipe in recipes for name in (*recipe.outputs, *recipe.inputs)}
    if len(build.chunks) > 1:  # of one chunk a listing tells no more than its manifest
        build.catalog.look_through([build.place(name) for name in sorted(named)], len(build.chunks))
    return sum(run_recipe(build, recipe) for recipe in recipes)


def chosen(stage: str | None) -> list[Recipe]:
    """Every recipe, or the one whose first table is `stage`. SettingsError when there is none."""
    found = [recipe for recipe in RECIPES if stage in (None, recipe.outputs[0])]
    if not found:
        known = [recipe.outputs[0] for recipe in RECIPES]
        raise SettingsError(f"no stage {stage}{meant(str(stage), known)}; known: {', '.join(known)}")
    return found


def encodes(build: Build, stage: str | None) -> bool:
    """Whether that is sure to need the encoder: chunks of a table of vectors are missing, and there is no other such
    table whose rows might be taken over."""
    return any(
        any(None in build.catalog.fingerprints(build.place(table), block) for block in build.blocks())
        and not earlier_places(build, table)
        for table in VECTORS
        if stage in (None, table)
    )
