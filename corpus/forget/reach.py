"""What a list of names reaches in a build: pages, image URLs, pictures.

Goes in: the folder of a build and the list. Comes out: a `Reach`. A picture that is named by one of its URLs is reached
by all of them; pictures that only forgotten pages show are reached with them. All tables of the folder are looked at,
those of earlier settings too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.fetch.opt_outs import OptOuts
from corpus.fetch.outcomes import FORGOTTEN
from corpus.forget.parts import flattened, found_in, row_groups
from corpus.manifest import chunk_folder, read_manifest
from corpus.storage import join, names_in

REFERENCES = "image_references.list.element"
PAGE_LEAVES = ("document_id", "outcome", "url")
REFERENCE_LEAVES = (
    "document_id", f"{REFERENCES}.image_url_id", f"{REFERENCES}.url", f"{REFERENCES}.dom_index"
)  # fmt: skip


@dataclass(frozen=True)
class Reach:
    """Identities of pages; of image URLs that pages still show, whose rows are blanked, and of others, whose rows go;
    hashes of pictures; by page that stays, the places of its references to them. `named` are the image URLs and
    `named_contents` the pictures that the list means, not those that go with pages alone. Of pages and pictures
    `n_pages` and `n_pictures` are there still."""

    documents: frozenset[str]
    blanked: frozenset[str]
    gone: frozenset[str]
    contents: frozenset[str]
    places: Mapping[str, frozenset[int]]
    named: frozenset[str]
    named_contents: frozenset[str]
    n_pages: int
    n_pictures: int


def find_reach(out: str, listed: OptOuts) -> Reach:
    documents, readable = named_documents(out, listed)
    named, shown = named_references(out, listed, documents)
    named |= named_images(out, listed)
    contents = contents_of(out, named) | {
        entry.removeprefix("sha256:") for entry in listed.hashes if entry.startswith("sha256:")
    }
    named |= urls_of(out, contents)
    places, alive = places_of(out, documents, named | shown)
    gone = (named | shown) - alive
    gone -= sharing(out, gone, named)
    return Reach(
        documents=frozenset(documents),
        blanked=frozenset(named - gone),
        gone=frozenset(gone),
        contents=frozenset(contents | contents_of(out, gone)),
        places={document: frozenset(at) for document, at in places.items()},
        named=frozenset(named),
        named_contents=frozenset(contents),
        n_pages=len(readable),
        n_pictures=len(contents_of(out, named | gone)),
    )


def scan(out: str, table: str, leaves: Sequence[str]) -> Iterator[pa.Table]:
    """These leaves of every finished chunk of a table, under whatever settings it was made."""
    for digest in names_in(join(out, "tables", table)):
        for name in names_in(join(out, "tables", table, digest)):
            folder = chunk_folder(out, table, digest, name.removeprefix("chunk="))
            manifest = read_manifest(folder)
            for part in manifest.parts if manifest else ():
                yield from row_groups(join(folder, part.name), leaves)


def strings(values: Iterable[str]) -> pa.Array:
    return pa.array(sorted(values), pa.string())


def named_urls(urls: pa.ChunkedArray | pa.Array, listed: OptOuts) -> pa.Array:
    """Those of the URLs that the list names."""
    return strings(url for url in pc.unique(urls).to_pylist() if url and listed.of_url(url))


def named_documents(out: str, listed: OptOuts) -> tuple[set[str], set[str]]:
    """Pages by URL or identity, and those that were forgotten before; the first alone."""
    known = strings(
        entry.removeprefix("document-id:") for entry in listed.hashes if entry.startswith("document-id:")
    )
    found, readable = set[str](), set[str]()
    for rows in scan(out, "documents", PAGE_LEAVES):
        mask = found_in(rows, "document_id", known) | found_in(rows, "url", named_urls(rows["url"], listed))
        gone = found_in(rows, "outcome", strings([FORGOTTEN]))
        found.update(rows.filter(pa.array(mask | gone))["document_id"].to_pylist())
        readable.update(rows.filter(pa.array(mask & ~gone))["document_id"].to_pylist())
    return found, readable


def named_references(out: str, listed: OptOuts, documents: set[str]) -> tuple[set[str], set[str]]:
    """Image URLs that references name and the list means; those that the pages show."""
    ids = url_ids(listed)
    pages = strings(documents)
    named, shown = set[str](), set[str]()
    for rows in scan(out, "documents", REFERENCE_LEAVES):
        is_page = found_in(rows, "document_id", pages)
        for at, items in flattened(rows, "image_references"):
            urls = pc.is_in(items.field("url"), value_set=named_urls(items.field("url"), listed))
            held = pc.or_(urls, pc.is_in(items.field("image_url_id"), value_set=ids))
            named.update(items.field("image_url_id").filter(held).to_pylist())
            shown.update(items.field("image_url_id").filter(pa.array(is_page[at])).to_pylist())
    return named, shown


def url_ids(listed: OptOuts) -> pa.Array:
    return strings(entry.removeprefix("url-id:") for entry in listed.hashes if entry.startswith("url-id:"))


def named_images(out: str, listed: OptOuts) -> set[str]:
    """Image URLs that are named themselves, or were answered by one that is."""
    found: set[str] = set()
    for table, answer in (("image_urls", "capture_url"), ("images", "final_url")):
        for rows in scan(out, table, ("image_url_id", "url", answer)):
            mask = found_in(rows, "image_url_id", url_ids(listed))
            for column in ("url", answer):
                mask |= found_in(rows, column, named_urls(rows[column], listed))
            found.update(rows.filter(pa.array(mask))["image_url_id"].to_pylist())
    return found


def contents_of(out: str, urls: set[str]) -> set[str]:
    """Hashes of what these image URLs gave."""
    found: set[str] = set()
    for rows in scan(out, "images", ("image_url_id", "content_hash")):
        held = rows.filter(pa.array(found_in(rows, "image_url_id", strings(urls))))
        found.update(held["content_hash"].drop_null().to_pylist())
    return found


def urls_of(out: str, contents: set[str]) -> set[str]:
    """The image URLs that gave one of these pictures."""
    found: set[str] = set()
    for rows in scan(out, "images", ("image_url_id", "content_hash")):
        held = rows.filter(pa.array(found_in(rows, "content_hash", strings(contents))))
        found.update(held["image_url_id"].to_pylist())
    return found


def places_of(out: str, documents: set[str], urls: set[str]) -> tuple[dict[str, set[int]], set[str]]:
    """By page that stays, the places of its references to these image URLs; and those of the URLs that are in one."""
    pages, wanted = strings(documents), strings(urls)
    places: defaultdict[str, set[int]] = defaultdict(set)
    alive: set[str] = set()
    for rows in scan(out, "documents", REFERENCE_LEAVES):
        stays, ids = ~found_in(rows, "document_id", pages), rows["document_id"].to_pylist()
        for at, items in flattened(rows, "image_references"):
            held = np.asarray(pc.is_in(items.field("image_url_id"), value_set=wanted)) & stays[at]
            alive.update(items.field("image_url_id").filter(pa.array(held)).to_pylist())
            indices = items.field("dom_index").filter(pa.array(held)).to_pylist()
            for row, index in zip(at[held].tolist(), indices, strict=True):
                places[ids[row]].add(index)
    return places, alive


def sharing(out: str, gone: set[str], named: set[str]) -> set[str]:
    """Of the image URLs that would go with their pages alone, those whose picture another URL gave too: its row may be
    the one that holds the bytes for both."""
    of_pages = gone - named
    by_content = contents_of(out, of_pages)
    shared: set[str] = set()
    for rows in scan(out, "images", ("image_url_id", "content_hash")):
        held = found_in(rows, "content_hash", strings(by_content))
        others = held & ~found_in(rows, "image_url_id", strings(gone | named))
        shared.update(rows.filter(pa.array(others))["content_hash"].to_pylist())
    return of_pages & urls_of(out, shared)
