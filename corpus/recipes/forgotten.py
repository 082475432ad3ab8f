"""What is left of a page, a reference or a capture that was forgotten: an identity, and the outcome `forgotten`.

Goes in: a row and the list of what was forgotten. Comes out: the row, or as much of it as may be kept. So forgotten
rows are still counted, and a later build makes of a forgotten page what forgetting it left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from corpus.columns import Row
from corpus.fetch.opt_outs import OptOuts
from corpus.fetch.outcomes import FORGOTTEN
from corpus.tables.images import IMAGE_DECISIONS, IMAGES
from corpus.tables.pages import CAPTURES, DOCUMENTS, PAGE_DECISIONS
from corpus.tables.product import DOCUMENT_DECISIONS

REFERENCE_TEXTS = ("raw_url", "alt", "title", "caption", "link_url")
LINKS_OF_REFERENCE = ("raw_url", "link_url")
LINKS_OF_PAGE = ("preview_url", "license_url")

Names = Callable[[str], bool]


def blank(schema: pa.Schema, row: Row, *kept: str, **values: Any) -> dict[str, Any]:
    """The columns of a row, those in `kept` as they are, those in `values` as given, the others null where they may be,
    else empty, 0 or false."""
    blanked = {field.name: None if field.nullable else empty(field.type) for field in schema}
    known = {name: row[name] for name in kept} | values
    return {name: known.get(name, blanked.get(name)) for name in row if name in blanked}


def empty(type_: pa.DataType) -> Any:
    if pa.types.is_list(type_) or pa.types.is_map(type_):
        return []
    if pa.types.is_boolean(type_):
        return False
    if pa.types.is_integer(type_) or pa.types.is_floating(type_):
        return 0
    return b"" if pa.types.is_binary(type_) else ""


def remembered_page(row: Row, exclusions: OptOuts) -> dict[str, Any]:
    """A row of `documents`, blank when its page is excluded, else without the references and links that are."""
    if not exclusions.hashes:
        return dict(row)
    if exclusions.of_entry(f"document-id:{row['document_id']}") or exclusions.of_url(row["url"]):
        return forgotten_page(row)
    ids = {
        each["image_url_id"] for each in row["image_references"] if is_excluded_reference(each, exclusions)
    }
    return without_references(row, ids, lambda url: bool(exclusions.of_url(url)))


def is_excluded_reference(reference: Row, exclusions: OptOuts) -> bool:
    by_id = exclusions.of_entry(f"url-id:{reference['image_url_id']}")
    return bool(by_id or exclusions.of_url(reference["url"]))


def without_references(row: Row, ids: set[str] | frozenset[str], is_named: Names) -> dict[str, Any]:
    """A row of `documents` whose references with these identities are blank, and whose links to URLs that `is_named`
    tells are gone."""
    references = [
        forgotten_reference(each)
        if each["image_url_id"] in ids
        else without_links(each, LINKS_OF_REFERENCE, is_named)
        for each in row["image_references"]
    ]
    return without_links({**row, "image_references": references}, LINKS_OF_PAGE, is_named)


def without_links(row: Row, names: tuple[str, ...], is_named: Names) -> dict[str, Any]:
    return {
        name: None if name in names and value is not None and is_named(value) else value
        for name, value in row.items()
    }


def forgotten_reference(reference: Row) -> dict[str, Any]:
    """An image reference without URL and words; its place stays, since indices of others count it."""
    return {**reference, "url": "", **dict.fromkeys(REFERENCE_TEXTS)}


def forgotten_page(row: Row) -> dict[str, Any]:
    return blank(DOCUMENTS.schema, row, "document_id", "crawl", outcome=FORGOTTEN)


def remembered_capture(row: Row, exclusions: OptOuts) -> dict[str, Any]:
    """A row of `captures`, blank when its URL or what it redirects to is excluded."""
    urls = (row["url"], row["location"] or "")
    by_id = exclusions.of_entry(f"url-id:{row['image_url_id']}")
    return forgotten_capture(row) if by_id or any(map(exclusions.of_url, urls)) else dict(row)


def forgotten_capture(row: Row) -> dict[str, Any]:
    """A capture without URLs; what it redirects to is told by identity alone."""
    place = ("image_url_id", "location_url_id", "warc_filename", "warc_record_offset", "http_status")
    return blank(CAPTURES.schema, row, *place)


def forgotten_page_decision(row: Row) -> dict[str, Any]:
    return blank(PAGE_DECISIONS.schema, row, "document_id", outcome=FORGOTTEN)


def forgotten_document_decision(row: Row) -> dict[str, Any]:
    return blank(DOCUMENT_DECISIONS.schema, row, "document_id", outcome=FORGOTTEN)


def forgotten_image_url(row: Row) -> dict[str, Any]:
    return {**row, **dict.fromkeys(row), "image_url_id": row["image_url_id"], "url": ""}


def forgotten_image(row: Row) -> dict[str, Any]:
    return blank(IMAGES.schema, row, "image_url_id", "source", outcome=FORGOTTEN)


def forgotten_image_decision(row: Row, outcome: str = FORGOTTEN) -> dict[str, Any]:
    place = ("document_id", "dom_index", "image_url_id", "dom_text_index")
    return blank(IMAGE_DECISIONS.schema, row, *place, outcome=outcome)
