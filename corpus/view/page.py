"""One page of a build as a person reads it: its text, every image that it shows, and what became of each.

Goes in: a `Find` over the tables of the page's chunk. Comes out: the page, kept or dropped alike, laid out for a
template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow.compute as pc

from corpus.catalog import at_once
from corpus.columns import KEPT, Row
from corpus.config import Bound, Settings
from corpus.fetch.outcomes import BLOCKED
from corpus.filters.tiers import TIERS
from corpus.look.documents_shown import CHARACTERS_BESIDE_PICTURE, HeatMap, covering, matrix_map
from corpus.look.lookup import FILE, Find
from corpus.look.scores import MIN_SIMILARITY, UNITS, bounds_of
from corpus.look.unsafe import breaks_safety
from corpus.tables.pages import DOCUMENTS
from corpus.view.index import MEMBERSHIPS
from corpus.view.private import private_page

SHOWN = {
    "documents": tuple(name for name in DOCUMENTS.schema.names if name not in ("text_scores", "robots")),
    "page_decisions": ("outcome", "scores", "duplicate_of"),
    "document_decisions": ("outcome", "scores", *MEMBERSHIPS),
    "block_decisions": ("sentences",),
    "image_decisions": (
        "dom_index",
        "outcome",
        "scores",
        "content_hash",
        "content_chunk",
        "width_px",
        "height_px",
    ),
    "alignments": ("images", "similarity_matrix"),
    "interleaved": (FILE, "image_info", "far_sentences"),
}
"""What a page is made of, by table; in an object store they are read side by side."""


@dataclass(frozen=True)
class Score:
    """A score of the page, what its bound asks, and whether it passes."""

    name: str
    value: float
    bound: Bound
    passes: bool


@dataclass(frozen=True)
class ShownImage:
    """An image reference: `number` counts the kept ones from 1 in the order of the product, `fused_text_index` is the
    sentence of the placement `fused`; both are None for the others."""

    reference: Row
    outcome: str
    content_hash: str | None
    content_chunk: str | None
    size_px: tuple[int, int] | None
    scores: Mapping[str, float]
    match: Row | None
    number: int | None = None
    fused_text_index: int | None = None
    is_unsafe: bool = False

    @property
    def dom_index(self) -> int:
        return int(self.reference["dom_index"])

    @property
    def text_index(self) -> int:
        """The sentence that it was matched with; without one, that before which the page shows it."""
        is_placed = self.match is not None and self.outcome == KEPT
        return int(self.match["matched_text_index"] if is_placed and self.match else self.dom_text_index)

    @property
    def dom_text_index(self) -> int:
        return int(self.reference["dom_text_index"])


@dataclass(frozen=True)
class ShownPage:
    """A page; `dropped_sentences` says what dropped a sentence, `kept_at` where the kept ones stand among all, `blocks`
    are (kind, first sentence, end), `placed` the images by the sentence at which they are
    shown, `page_numbers` the numbers of kept ones by the sentence before which the page shows them. `is_dense` when
    pictures in the margin would run ahead of the text that they belong to."""

    row: Row
    dropped_sentences: Mapping[int, str]
    kept_at: tuple[int, ...]
    outcome: str
    tiers: tuple[str, ...]
    duplicate_of: str | None
    blocks: tuple[tuple[str, int, int], ...]
    images: tuple[ShownImage, ...]
    placed: Mapping[int, Sequence[ShownImage]]
    page_numbers: Mapping[int, Sequence[int]]
    is_dense: bool
    scores: tuple[Score, ...]
    heat_map: HeatMap | None
    matrix: tuple[tuple[float, ...], ...]
    matrix_images: tuple[int, ...]
    files: tuple[str, ...]


def show_page(find: Find, settings: Settings, document_id: str) -> ShownPage | None:
    """The page with this identity; None when the build has none."""
    here = pc.field("document_id") == document_id
    rows = at_once(lambda table: find(table, SHOWN[table], here), list(SHOWN))
    found = dict(zip(SHOWN, rows, strict=True))
    for read in found["documents"]:
        (decided, *_), (final, *_) = found["page_decisions"], found["document_decisions"]
        aligned, products = found["alignments"], found["interleaved"]
        matrix = aligned[0]["similarity_matrix"] if aligned else []
        judged_sentences = [sentence for each in found["block_decisions"] for sentence in each["sentences"]]
        row = private_page(read, judged_sentences, settings)
        fates = [sentence["outcome"] for sentence in judged_sentences]
        kept_at = [index for index, outcome in enumerate(fates) if outcome == KEPT]
        judged_images = aligned[0]["images"] if aligned else []
        matched = [image["matched_text_index"] for image in judged_images]
        matches = {image["dom_index"]: on_page(image, kept_at) for image in judged_images}
        images = with_fused_places(
            shown_images(row, found["image_decisions"], matches, settings), products, kept_at
        )
        return ShownPage(
            row=row,
            dropped_sentences={index: outcome for index, outcome in enumerate(fates) if outcome != KEPT},
            kept_at=tuple(kept_at),
            outcome=final["outcome"],
            tiers=tuple(tier for tier in TIERS if final[f"in_{tier}"]),
            duplicate_of=decided["duplicate_of"],
            blocks=tuple(covering(row["blocks"], len(row["sentences"]))),
            images=images,
            placed=by_sentence(images),
            page_numbers=numbers_on_page(images),
            is_dense=sum(map(len, row["sentences"])) < CHARACTERS_BESIDE_PICTURE * len(images),
            scores=judged(settings, {"page": dict(decided["scores"]), "document": dict(final["scores"])}),
            heat_map=matrix_map(matrix, matched),
            matrix=tuple(map(tuple, matrix)),
            matrix_images=tuple(matches),
            files=tuple(each[FILE] for each in products),
        )
    return None


def on_page(match: Row, kept_at: Sequence[int]) -> Row:
    """The match of an image with its sentence counted on the page: in the matching kept sentences alone are counted."""
    if match["outcome"] != KEPT:
        return match
    return {**match, "matched_text_index": kept_at[match["matched_text_index"]]}


def with_fused_places(
    images: Sequence[ShownImage], products: Sequence[Row], kept_at: Sequence[int]
) -> tuple[ShownImage, ...]:
    fused = fused_on_page(products[0], kept_at) if products else {}
    return tuple(replace(image, fused_text_index=fused.get(image.dom_index)) for image in images)


def fused_on_page(product: Row, kept_at: Sequence[int]) -> dict[int, int | None]:
    """By dom_index, the fused place counted on the page: the product counts its own sentences, the page all."""
    far = set(product["far_sentences"] or ())
    told_at = [place for at, place in enumerate(kept_at) if at not in far]
    indices = {info["dom_index"]: info.get("fused_text_index") for info in product["image_info"]}
    return {index: None if at is None else told_at[at] for index, at in indices.items()}


def shown_images(
    page: Row, decided: Sequence[Row], matches: Mapping[int, Row], settings: Settings
) -> tuple[ShownImage, ...]:
    """Every image reference in page order; those of a dropped page have no outcome of their own."""
    decisions = {row["dom_index"]: row for row in decided}
    kept = sorted(
        (match["matched_text_index"], index) for index, match in matches.items() if match["outcome"] == KEPT
    )
    numbers = {index: number for number, (_, index) in enumerate(kept, 1)}
    images = (
        shown_image(reference, decisions.get(reference["dom_index"]), matches, numbers)
        for reference in page["image_references"]
    )
    return tuple(replace(image, is_unsafe=breaks_safety(image.scores, settings)) for image in images)


def withheld(reference: Row) -> Row:
    """The reference of a picture that a block list names: nothing leads to it."""
    return {**reference, "url": "", "raw_url": None, "alt": None, "title": None, "caption": None}


def shown_image(
    reference: Row, decision: Row | None, matches: Mapping[int, Row], numbers: Mapping[int, int]
) -> ShownImage:
    index = reference["dom_index"]
    if decision is None:
        return ShownImage(reference, "page dropped", None, None, None, {}, None)
    if decision["outcome"] == BLOCKED:
        return ShownImage(withheld(reference), BLOCKED, None, None, None, {}, None)
    match = matches.get(index)
    size = (decision["width_px"], decision["height_px"]) if decision["width_px"] is not None else None
    scores = dict(decision["scores"])
    if match and match["best_sim"] is not None:
        scores[MIN_SIMILARITY] = match["best_sim"]
    return ShownImage(
        reference,
        match["outcome"] if match else decision["outcome"],
        decision["content_hash"],
        decision["content_chunk"],
        size,
        scores,
        match,
        numbers.get(index),
    )


def by_sentence(images: Sequence[ShownImage]) -> dict[int, list[ShownImage]]:
    placed: dict[int, list[ShownImage]] = {}
    for image in images:
        placed.setdefault(image.text_index, []).append(image)
    return placed


def numbers_on_page(images: Sequence[ShownImage]) -> dict[int, list[int]]:
    numbers: dict[int, list[int]] = {}
    for image in images:
        if image.number is not None:
            numbers.setdefault(image.dom_text_index, []).append(image.number)
    return numbers


def judged(settings: Settings, scores: Mapping[str, Mapping[str, float]]) -> tuple[Score, ...]:
    """The scores of the page in the order of the filters; those that fail first."""
    bounds = bounds_of(settings)
    found = [
        Score(each.name, of[each.name], bounds[each.name], bounds[each.name].passes(of[each.name]))
        for unit, of in scores.items()
        for each in UNITS[unit][1]
        if each.name in of
    ]
    return tuple(sorted(found, key=lambda score: score.passes))
