"""How each table forgets.

Goes in: a `Reach`. Comes out: an `Edit` per table, last made table first: each table is found by those it was made
from, so whoever goes on after a kill finds everything that is left. In all of them in = kept + dropped stays true:
forgotten pages, and pictures of pages that stay, are rows with the outcome `forgotten`; what is behind them in the
chain goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pyarrow as pa

from corpus.columns import KEPT, Row
from corpus.fetch.opt_outs import OptOuts
from corpus.filters.references import REFERENCE_FILTERS
from corpus.forget.parts import Edit, Mask, found_in, items_in
from corpus.forget.reach import Reach, named_urls, strings
from corpus.recipes.forgotten import (
    forgotten_capture,
    forgotten_document_decision,
    forgotten_image,
    forgotten_image_decision,
    forgotten_image_url,
    forgotten_page,
    forgotten_page_decision,
    without_references,
)

SPARED = frozenset(each.name for each in REFERENCE_FILTERS)
NO_IMAGES = "document_images"
"""What drops a page whose last picture was forgotten: the filter that asks for one."""
LINKS = ("image_references.list.element.link_url", "image_references.list.element.raw_url", "preview_url")

Change = Callable[[Row], Row | None]


def edits(reach: Reach, listed: OptOuts, placed: Mapping[str, int]) -> dict[str, Edit]:
    """`placed` tells of the pages in `reach.places` how many of their pictures still have a sentence."""
    pages = frozenset(reach.documents)
    return {
        "interleaved": product_edit(pages, reach.contents),
        "document_decisions": of_pages(
            reach, partial(decided, pages=pages, placed=placed), stays=frozenset(reach.places)
        ),
        "alignments": of_pages(reach, partial(aligned, reach=reach), stays=frozenset(reach.places)),
        "sentence_embeddings": of_pages(reach, no_row),
        "image_decisions": image_decisions(reach),
        "image_safety": keyed("content_hash", reach.contents, no_row),
        "image_neighbours": neighbours(reach),
        "image_features": keyed("content_hash", reach.contents, no_row),
        "document_groups": of_pages(reach, no_row),
        "image_kinds": keyed("content_hash", reach.contents, no_row),
        "image_signs": keyed("content_hash", reach.contents, no_row),
        "image_contents": keyed("content_hash", reach.contents, no_row),
        "images": keyed("image_url_id", reach.blanked | reach.gone, partial(image, reach, forgotten_image)),
        "image_urls": keyed(
            "image_url_id", reach.blanked | reach.gone, partial(image, reach, forgotten_image_url)
        ),
        "block_decisions": of_pages(reach, no_row),
        "page_decisions": of_pages(reach, forgotten_page_decision),
        "page_screenings": of_pages(reach, no_row),
        "page_clusters": of_pages(reach, no_row),
        "page_signatures": of_pages(reach, no_row),
        "captures": captures(reach, listed),
        "documents": documents(reach, listed),
    }


def no_row(row: Row) -> None:
    return None


def unless_same(change: Change) -> Change:
    """The same change, which gives the row itself where nothing differs: a second run writes nothing."""

    def changed(row: Row) -> Row | None:
        after = change(row)
        return row if after == row else after

    return changed


def keyed(column: str, values: frozenset[str], change: Change) -> Edit:
    wanted = strings(values)
    return Edit((column,), lambda rows: found_in(rows, column, wanted), unless_same(change))


def of_pages(reach: Reach, change: Change, stays: frozenset[str] = frozenset()) -> Edit:
    return keyed("document_id", reach.documents | stays, change)


def image(reach: Reach, blanked: Callable[[Row], dict[str, Any]], row: Row) -> Row | None:
    return None if row["image_url_id"] in reach.gone else blanked(row)


def image_decisions(reach: Reach) -> Edit:
    pages, urls = strings(reach.documents), strings(reach.blanked | reach.gone)

    def finds(rows: pa.Table) -> Mask:
        return found_in(rows, "document_id", pages) | found_in(rows, "image_url_id", urls)

    def change(row: Row) -> Row | None:
        if row["document_id"] in reach.documents:
            return None
        spared = row["outcome"] in SPARED
        return forgotten_image_decision(row, row["outcome"]) if spared else forgotten_image_decision(row)

    return Edit(("document_id", "image_url_id"), finds, unless_same(change))


def neighbours(reach: Reach) -> Edit:
    wanted = strings(reach.contents)

    def finds(rows: pa.Table) -> Mask:
        return found_in(rows, "content_hash", wanted) | found_in(rows, "similar_to", wanted)

    return Edit(("content_hash", "similar_to"), finds, no_row)


def captures(reach: Reach, listed: OptOuts) -> Edit:
    urls = strings(reach.blanked | reach.gone)

    def finds(rows: pa.Table) -> Mask:
        mask = found_in(rows, "image_url_id", urls)
        for column in ("url", "location"):
            mask |= found_in(rows, column, named_urls(rows[column], listed))
        return mask

    return Edit(("image_url_id", "url", "location"), finds, unless_same(forgotten_capture))


def documents(reach: Reach, listed: OptOuts) -> Edit:
    pages, urls = strings(reach.documents), strings(reach.blanked | reach.gone)

    def finds(rows: pa.Table) -> Mask:
        mask = found_in(rows, "document_id", pages)
        mask |= items_in(rows, "image_references", "image_url_id", urls)
        mask |= found_in(rows, "preview_url", named_urls(rows["preview_url"], listed))
        for field in ("link_url", "raw_url"):
            for chunk in rows["image_references"].chunks:
                links = named_urls(pa.compute.list_flatten(chunk).field(field), listed)
                mask |= items_in(rows, "image_references", field, links)
        return mask

    def change(row: Row) -> Row | None:
        if row["document_id"] in reach.documents:
            return forgotten_page(row)
        return without_references(row, reach.blanked | reach.gone, lambda url: bool(listed.of_url(url)))

    leaves = ("document_id", "image_references.list.element.image_url_id", *LINKS)
    return Edit(leaves, finds, unless_same(change))


def decided(row: Row, pages: frozenset[str], placed: Mapping[str, int]) -> Row:
    """A row of `document_decisions` with the pictures that are left."""
    if row["document_id"] in pages:
        return forgotten_document_decision(row)
    n_images = placed.get(row["document_id"], row["n_images"])
    lost_all = row["outcome"] == KEPT and not n_images
    return {**row, "n_images": n_images, "outcome": NO_IMAGES if lost_all else row["outcome"]}


def aligned(row: Row, reach: Reach) -> Row | None:
    """A row of `alignments` without the forgotten images, none when no image is left."""
    if row["document_id"] in reach.documents:
        return None
    lost = reach.places[row["document_id"]]
    left = [at for at, each in enumerate(row["images"]) if each["dom_index"] not in lost]
    return without_images(row, left, "images") if left else None


def without_images(row: Row, left: list[int], *columns: str) -> Row:
    """The row with the images in these places alone; what was measured over all of them is not known any more."""
    if len(left) == len(row["similarity_matrix"]):
        return row
    chosen = {name: [row[name][at] for at in left] for name in (*columns, "similarity_matrix")}
    return {**row, **chosen} | ({"shuffle_z": None} if "shuffle_z" in row else {})


def product_edit(pages: frozenset[str], contents: frozenset[str]) -> Edit:
    """The product, of a build and of a release alike: pages without a picture left go too."""
    gone, wanted = strings(pages), strings(contents)

    def finds(rows: pa.Table) -> Mask:
        return found_in(rows, "document_id", gone) | items_in(rows, "image_info", "content_hash", wanted)

    def change(row: Row) -> Row | None:
        if row["document_id"] in pages:
            return None
        left = [at for at, info in enumerate(row["image_info"]) if info["content_hash"] not in contents]
        if not left:
            return None
        matrix = ["page_matrix"] if row.get("page_matrix") else []
        kept = dict(without_images(row, left, "image_info", "images", *matrix))
        kept["mean_matched_sim"] = sum(info["matched_sim"] for info in kept["image_info"]) / len(left)
        if "n_images" in kept:  # older versions wrote none
            kept["n_images"] = len(left)
        return kept

    return Edit(("document_id", "image_info.list.element.content_hash"), finds, change)
