"""From WARC files to pages: the first step of the chain.

Goes in: batches with the column `warc_filename`. Comes out: batches of three tables: `documents`, one row per HTML
page; `captures`, one per image response and redirect; `warc_files`, one per file, whatever became of it.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa

from corpus import urls
from corpus.child import Child, Loss
from corpus.columns import KEPT, Row
from corpus.config import Settings
from corpus.dedup.blocks import block_hash
from corpus.extract import page as pages
from corpus.extract.content import content_score
from corpus.extract.language import language_model
from corpus.extract.page import Page, extract_page, looks_like_html
from corpus.extract.permissions import directives_in_headers, listed, reserves
from corpus.fetch.opt_outs import OptOuts, read_exclusions
from corpus.filters.blocks import block_scores
from corpus.filters.text import text_scores
from corpus.recipes.captures import capture_row, is_capture, media_type
from corpus.recipes.forgotten import remembered_capture, remembered_page
from corpus.recipes.pieces import Piece, batch_from, into_batches, message_of
from corpus.recipes.shares import WHOLE, Share
from corpus.warc import records
from corpus.warc.reading import read_records
from corpus.warc.records import End, Fault, Response, Revisit
from corpus.warc.selection import read_selection
from corpus.warc.sources import is_selection, open_warc, warc_of

EMPTY = "empty"
NOT_A_WARC = "not_a_warc"
FILE_OUTCOMES = (
    KEPT, EMPTY, NOT_A_WARC, records.TRUNCATED, records.CORRUPT, records.UNREADABLE, records.UNSUPPORTED_COMPRESSION,
)  # fmt: skip

HTML_TYPES = ("text/html", "application/xhtml+xml")
MAX_FAULT_CHARACTERS = 500

Job = tuple[Response, Page | None]
"""A page, and what it is known to be where it is not to be read."""


def read_warcs(batches: Iterator[pa.RecordBatch], settings: Settings) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Read the files named in `warc_filename`, one after the other, each as far as the columns `number` and `n_shares`
    say (a `Share`). Yields (table name, batch of at most 64 rows)."""
    wanted = (row for batch in batches for row in batch.to_pylist())
    return into_batches(
        piece
        for file in wanted
        for piece in pieces_of_file(file["warc_filename"], settings, Share(file["number"], file["n_shares"]))
    )


def read_file(warc_filename: str, settings: Settings, share: Share = WHOLE) -> Iterator[tuple[str, Row]]:
    """(table name, row) of everything in the share of one file, the file's own row last."""
    for table, piece in pieces_of_file(warc_filename, settings, share):
        for row in piece.to_pylist() if isinstance(piece, pa.RecordBatch) else [piece]:
            yield table, row


def pieces_of_file(warc_filename: str, settings: Settings, share: Share) -> Iterator[tuple[str, Piece]]:
    """The same, each page as a batch of one row."""
    bounds = settings.extract
    exclusions = read_exclusions(settings.places.out)
    work = partial(
        page_message, warc_filename=warc_of(warc_filename), settings=settings, exclusions=exclusions
    )
    language_model()  # once here, and not in every process of the child
    with Child(work, bounds.deadline_s, bounds.max_memory_bytes) as child:
        for table, piece in pieces_by_child(warc_filename, settings, share, child):
            yield table, remembered_capture(piece, exclusions) if table == "captures" else piece


def pieces_by_child(
    warc_filename: str, settings: Settings, share: Share, child: Child[Job, bytes]
) -> Iterator[tuple[str, Piece]]:
    """The same, with pages read in the child, and captures that may have been forgotten."""
    started = time.monotonic()
    counts = {"documents": 0, "captures": 0, "revisits": 0}
    faults: list[Fault] = []
    end = End(0, 0)
    items = read_address(warc_filename, settings)
    warc_filename = warc_of(warc_filename)
    for item in items:
        if isinstance(item, Fault):
            faults.append(item)
        elif isinstance(item, End):
            end = item
        else:
            if isinstance(item, Revisit):
                counts["revisits"] += 1
            elif is_page(item):
                if share.holds(counts["documents"]):
                    yield "documents", page_batch(item, child)
                counts["documents"] += 1
            if is_capture(item):
                if share.is_first:
                    yield "captures", capture_row(item, warc_filename)
                counts["captures"] += 1
    if share.is_first:
        row = file_row(end, counts, faults)
        yield "warc_files", {**row, "warc_filename": warc_filename, "elapsed_s": time.monotonic() - started}


def file_row(end: End, counts: Mapping[str, int], faults: Sequence[Fault]) -> Row:
    """What a file's own row says of its records; the rows made of them are counted by table, revisits too."""
    return {
        "outcome": file_outcome(end, {fault.kind for fault in faults}),
        "file_bytes": end.n_bytes,
        "n_records": end.n_records,
        "n_pages": counts["documents"],
        "n_captures": counts["captures"],
        "n_revisits": counts["revisits"],
        "n_faults": len(faults),
        "fault": f"{faults[0].kind}: {faults[0].message}"[:MAX_FAULT_CHARACTERS] if faults else None,
        "fault_offset": faults[0].offset if faults else None,
    }


def read_address(warc_filename: str, settings: Settings) -> Iterator[Response | Revisit | Fault | End]:
    """The items of the file at an address; a file that cannot be opened is a fault."""
    if is_selection(warc_filename):
        yield from read_selection(warc_filename, settings.warc.max_record_bytes, settings.spark.max_gap_bytes)
        return
    try:
        stream = open_warc(warc_filename)
    except OSError as error:
        yield Fault(records.UNREADABLE, 0, f"cannot be opened: {error}")
        return
    with stream:
        yield from read_records(stream, settings.warc.max_record_bytes, may_be_page)


def file_outcome(end: End, kinds: set[str]) -> str:
    """What became of a file. Kept: read to its end with nothing skipped but single faulty records."""
    if kinds & {records.UNREADABLE, records.UNSUPPORTED_COMPRESSION}:
        return records.UNREADABLE if records.UNREADABLE in kinds else records.UNSUPPORTED_COMPRESSION
    if end.n_bytes == 0:
        return EMPTY
    if end.n_records == 0 and kinds <= {records.GARBAGE, records.CORRUPT, records.TRUNCATED}:
        return NOT_A_WARC
    if records.TRUNCATED in kinds:
        return records.TRUNCATED
    return records.CORRUPT if kinds & {records.GARBAGE, records.CORRUPT} or end.n_records == 0 else KEPT


def is_page(response: Response) -> bool:
    """Whether a response is an HTML page: status 200 and declared as HTML, or not declared and looking like it."""
    declared = media_type(response.headers)
    return may_be_page(response.status, response.headers) and bool(declared or looks_like_html(response.body))


def may_be_page(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a response may be an HTML page, as far as its head tells: of the others no body is read."""
    return status == 200 and media_type(headers) in (*HTML_TYPES, None)


def page_batch(response: Response, child: Child[Job, bytes]) -> pa.RecordBatch:
    """The row of an HTML page as the child makes it; of a page that is lost with it, what the record tells."""
    message = child.run((response, None))
    if isinstance(message, Loss):
        message = child.work((response, Page(outcome=message.outcome, fault=message.fault)))
    return batch_from(message, "documents")


def page_message(job: Job, warc_filename: str, settings: Settings, exclusions: OptOuts) -> bytes:
    """The row of an HTML page, without what was forgotten of the build. Nobody looks for cycles of objects meanwhile: a
    page makes none, and to look through all that it makes took a twentieth of its time."""
    response, known = job
    gc.disable()
    try:
        row = document_row(response, warc_filename, settings, known)
        return message_of(remembered_page(row, exclusions), "documents")
    finally:
        gc.enable()


def document_row(response: Response, warc_filename: str, settings: Settings, page: Page | None = None) -> Row:
    """The row of an HTML page, which is read unless it is given."""
    page = page or page_of(response, settings)
    blocks = block_rows(page)
    faults = (
        page.fault,
        response.cut,
        response.note,
        response.limited and f"WARC-Truncated: {response.limited}",
    )
    return {
        "document_id": urls.document_id(
            response.url, response.date, warc_filename, response.offset, response.ordinal
        ),
        "url": response.url,
        "crawl": settings.warc.crawl,
        "warc_filename": warc_filename,
        "warc_record_offset": response.offset,
        "fetch_time": response.fetch_time,
        "language": page.language,
        "title": page.title,
        "license_url": page.license_url,
        "outcome": page.outcome,
        "preview_url": page.preview_url,
        "fault": "; ".join(fault for fault in faults if fault)[:MAX_FAULT_CHARACTERS] or None,
        "content_type": media_type(response.headers),
        "charset": page.charset,
        "html_bytes": len(response.body),
        "language_probability": page.language_probability,
        "robots": listed(page.robots | directives_in_headers(response.headers)),
        "tdm_reserved": page.tdm_reserved or reserves(response.headers),
        "text_hash": text_hash(page.sentences),
        "sentences": page.sentences,
        "blocks": blocks,
        "image_references": reference_rows(page),
        "text_scores": list(text_scores(page.sentences, blocks, page.language).items()),
    }


def page_of(response: Response, settings: Settings) -> Page:
    """The page in a response; of one that is not whole nothing is read."""
    if response.cut:
        return Page(outcome=pages.TRUNCATED)
    if response.too_large:
        return Page(outcome=pages.TOO_LARGE)
    return extract_page(response.body, response.headers.get("content-type"), response.url, settings.extract)


def text_hash(sentences: list[str]) -> str | None:
    """Hash of the sentences, case and white space folded; None without any."""
    return urls.hash_parts(" ".join(" ".join(sentences).casefold().split())) if sentences else None


def block_rows(page: Page) -> list[Row]:
    """The blocks of a page, in order, with the size, hash and scores of their texts."""
    rows = [vars(block) for block in page.blocks]
    places, measured = block_scores(page.sentences, rows, page.language)
    found = [
        {"n_characters": len(text), "text_hash": block_hash(text), "scores": list(scores.items())}
        for text, scores in measured
    ]
    return [row | found[place] for row, place in zip(rows, places, strict=True)]


def reference_rows(page: Page) -> list[Row]:
    """The image references of a page, in page order."""
    return [
        {
            "dom_index": index,
            "image_url_id": reference.image_url_id,
            "url": reference.url,
            "raw_url": reference.raw_url,
            "attribute": reference.attribute,
            "dom_text_index": place,
            "alt": reference.alt,
            "title": reference.title,
            "caption": reference.caption,
            "declared_width_px": reference.width_px,
            "declared_height_px": reference.height_px,
            "link_url": reference.link_url,
            "in_chrome": bool(facts.in_chrome),
            "content_score": content_score(facts),
        }
        for index, (reference, place, facts) in enumerate(
            zip(page.references, page.places, page.facts, strict=True)
        )
    ]
