"""The tables of a small build in memory, in which everything adds up."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.align.assignment import assign
from corpus.columns import KEPT
from corpus.dedup.blocks import block_hash
from corpus.manifest import Count, Part
from corpus.tables import TABLES
from corpus.urls import image_url_id
from tests.unit.drawn_pages import DrawnImage, DrawnPage, drawn_picture

Rows = dict[str, list[dict[str, Any]]]
FILE = "crawl-data/CC-MAIN-2024-33/segments/1/warc/sample-00000.warc.gz"


EXTRACTION = ("no_text", "deadline", "too_large")
PAGE_FILTERS = ("page_text_copies", "page_sentences")


@dataclass
class DrawnBuild:
    """Tables by name, as rows; called, it is a `Scan`."""

    rows: Rows = field(default_factory=lambda: {name: [] for name in TABLES})

    def table(self, name: str) -> pa.Table:
        return pa.Table.from_pylist(self.rows[name], schema=TABLES[name].schema)

    def __call__(
        self, table: str, columns: Sequence[str], ids: Collection[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        found = self.table(table)
        if ids is not None:
            found = found.filter(pc.is_in(found[TABLES[table].key[0]], pa.array(sorted(ids), pa.string())))
        names = dict.fromkeys(column.partition(".")[0] for column in columns)
        yield from found.select(list(names)).to_batches(max_chunksize=3)


def draw_build(pages: Sequence[DrawnPage]) -> DrawnBuild:
    """All tables of a build of these pages, in which everything adds up."""
    build = DrawnBuild()
    for number, page in enumerate(pages):
        add_page(build.rows, page, number)
    n_captures = len(build.rows["images"])
    build.rows["warc_files"] += [
        warc_file(FILE, len(pages), n_captures, KEPT, None),
        warc_file(FILE.replace("00000", "00001"), 0, 0, "truncated", "gzip member ends early: CRC missing"),
    ]
    return build


def warc_file(name: str, n_pages: int, n_captures: int, outcome: str, fault: str | None) -> dict[str, Any]:
    return {
        "warc_filename": name,
        "outcome": outcome,
        "file_bytes": 1_234_567,
        "n_records": 3 * n_pages + n_captures,
        "n_pages": n_pages,
        "n_captures": n_captures,
        "n_revisits": 0,
        "n_faults": int(fault is not None),
        "fault": fault,
        "fault_offset": None if fault is None else 998_244,
        "elapsed_s": 2.5,
    }


def add_page(rows: Rows, page: DrawnPage, number: int) -> None:
    document = f"{number:032x}"
    extraction = page.fate if page.fate in EXTRACTION else KEPT
    decided = page.fate if page.fate in (*EXTRACTION, *PAGE_FILTERS) else KEPT
    provenance = {
        "document_id": document,
        "url": page.url,
        "crawl": "CC-MAIN-2024-33",
        "warc_filename": FILE,
        "warc_record_offset": 1000 * number,
        "fetch_time": datetime(2024, 8, 3, 12, number % 60, tzinfo=UTC),
        "language": page.language,
        "title": page.title,
        "license_url": None,
    }
    references = [
        {
            "dom_index": index,
            "image_url_id": url_id(page, index),
            "url": image_url(page, index),
            "raw_url": None,
            "attribute": "src",
            "dom_text_index": image.dom_text_index,
            "alt": image.alt,
            "content_score": 0.9,
        }
        for index, image in enumerate(page.images)
    ]
    rows["documents"].append(
        {
            **provenance,
            "outcome": extraction,
            "fault": page.fault,
            "html_bytes": 20_480,
            "robots": [],
            "tdm_reserved": False,
            "sentences": page.sentences,
            "blocks": blocks_of(page),
            "image_references": references,
        }
    )
    scores = (
        [("page_text_copies", 1.0 if page.fate == "page_text_copies" else 0.0)] if extraction == KEPT else []
    )
    duplicate = None if page.copy_of is None else f"{page.copy_of:032x}"
    rows["page_decisions"].append(
        {
            "document_id": document,
            "outcome": decided,
            "scores": scores,
            "duplicate_of": duplicate,
            "n_sentences": len(page.sentences),
            "n_image_references": len(page.images),
            "evaluation_sets": [],
            "host_boilerplate_blocks": [],
        }
    )
    n_kept = sum(image.fate == KEPT for image in page.images)
    rows["document_decisions"].append(
        {
            "document_id": document,
            "outcome": page.fate,
            "scores": [("document_images", float(n_kept))],
            "pictures": [],
            "evaluation_sets": [],
            "n_sentences": len(page.sentences) if decided == KEPT else 0,
            "n_images": n_kept if decided == KEPT else 0,
        }
    )
    if decided == KEPT:
        rows["block_decisions"].append(
            {"document_id": document, "sentences": [{"outcome": KEPT}] * len(page.sentences), "replaced": []}
        )
        add_images(rows, page, document)
        if page.fate == KEPT:
            rows["interleaved"].append(interleaved(page, provenance))


def blocks_of(page: DrawnPage) -> list[dict[str, Any]]:
    blocks, first = [], 0
    for kind, sentences in page.blocks:
        text = " ".join(sentences)
        size = {"n_sentences": len(sentences), "n_characters": len(text), "text_hash": block_hash(text)}
        size |= {"scores": []}
        blocks.append({"kind": kind, "first_sentence": first, **size})
        first += len(sentences)
    return blocks


def image_url(page: DrawnPage, index: int) -> str:
    return page.images[index].url or f"{page.url.rstrip('/')}/media/picture-{index}.png"


def url_id(page: DrawnPage, index: int) -> str:
    return image_url_id(image_url(page, index))


def content(page: DrawnPage, index: int) -> tuple[bytes, str]:
    data = drawn_picture(image_url(page, index), page.images[index].size_px)
    return data, hashlib.sha256(data).hexdigest()


def add_images(rows: Rows, page: DrawnPage, document: str) -> None:
    left = []
    for index, image in enumerate(page.images):
        identity = {"image_url_id": url_id(page, index), "url": image_url(page, index)}
        found = image.fate != "http_error"
        data, digest = content(page, index) if found else (None, None)
        sizes = dict(zip(("width_px", "height_px"), image.size_px if found else (None, None), strict=True))
        outcome = KEPT if found else "http_error"
        rows["image_urls"].append(identity)
        rows["images"].append(
            {
                **identity,
                **sizes,
                "source": "archive",
                "outcome": outcome,
                "fault": None,
                "http_status": 200 if found else 404,
                "attempts": 1,
                "elapsed_s": 0.01,
                "content_bytes": len(data or b""),
                "media_type": "image/png" if found else None,
                "content_hash": digest,
                "bytes": data,
            }
        )
        if found:
            rows["image_contents"].append(
                {
                    **identity,
                    **sizes,
                    "content_hash": digest,
                    "outcome": KEPT,
                    "cluster": digest,
                    "n_documents": 1,
                }
            )
            rows["image_signs"].append(
                {"content_hash": digest, "scores": [("image_sharpness", 500.0)], "measured_by": "signs 1"}
            )
            rows["image_features"].append(
                {
                    "content_hash": digest,
                    "outcome": KEPT,
                    "encoder": "demo",
                    "n_dimensions": 64,
                }
            )
        early = image.fate not in (KEPT, "min_similarity")
        score = [("image_side_px", float(min(image.size_px)))] if found else []
        rows["image_decisions"].append(
            {
                **identity,
                **sizes,
                "document_id": document,
                "dom_index": index,
                "scores": score,
                "outcome": image.fate if early else KEPT,
                "content_hash": digest,
                "content_chunk": "c00000" if found else None,
            }
        )
        if not early:
            left.append((index, image))
    if left:
        items = [alignment_item(index, image) for index, image in left]
        matrix = [similarities(page, index) for index, _ in left]
        rows["sentence_embeddings"].append(
            {
                "document_id": document,
                "encoder": "demo",
                "sentences_hash": 1,
                "n_sentences": len(page.sentences),
                "n_dimensions": 64,
            }
        )
        rows["alignments"].append({"document_id": document, "images": items, "similarity_matrix": matrix})


def alignment_item(index: int, image: DrawnImage) -> dict[str, Any]:
    kept = image.fate == KEPT
    return {
        "dom_index": index,
        "outcome": image.fate,
        "matched_text_index": image.matched_text_index if kept else -1,
        "matched_sim": 0.31 if kept else None,
        "best_text_index": image.matched_text_index,
        "best_sim": 0.31 if kept else 0.08,
        "margin": 0.04 if kept else None,
        "dom_text_index": image.dom_text_index,
    }


def similarities(page: DrawnPage, index: int) -> list[float]:
    """Highest, 0.31, at the matched sentence."""
    rng = random.Random(f"{page.url} {index}")
    matched = page.images[index].matched_text_index
    return [0.31 if at == matched else rng.uniform(0.04, 0.27) for at in range(len(page.sentences))]


def interleaved(page: DrawnPage, provenance: Mapping[str, Any]) -> dict[str, Any]:
    kept = [(index, image) for index, image in enumerate(page.images) if image.fate == KEPT]
    kept.sort(key=lambda item: (item[1].matched_text_index, item[0]))
    contents = [content(page, index) for index, _ in kept]
    infos = [
        {
            "image_name": f"{digest}.png",
            "raw_url": image_url(page, index),
            "content_hash": digest,
            "width_px": image.size_px[0],
            "height_px": image.size_px[1],
            "media_type": "image/png",
            "alt": image.alt,
            "matched_text_index": image.matched_text_index,
            "matched_sim": 0.31,
            "margin": 0.04,
            "dom_index": index,
            "dom_text_index": image.dom_text_index,
        }
        for (index, image), (_, digest) in zip(kept, contents, strict=True)
    ]
    matrix = [similarities(page, index) for index, _ in kept]
    said = [
        [0.5 * (at + 1 == image.dom_text_index) for at in range(len(page.sentences))] for _, image in kept
    ]
    fused = assign(np.array(matrix, np.float32) + np.array(said, np.float32), -1).tolist() if kept else []
    return {
        **provenance,
        "text_list": page.sentences,
        "image_info": [{**info, "fused_text_index": at} for info, at in zip(infos, fused, strict=True)],
        "images": [{"bytes": data, "path": f"{digest}.png"} for data, digest in contents],
        "similarity_matrix": matrix,
        "page_matrix": said,
        "mean_matched_sim": 0.31,
        "evaluation_sets": [],
        "replaced": [],
        "n_sentences": len(page.sentences),
        "n_images": len(kept),
        "n_words": sum(len(sentence.split()) for sentence in page.sentences),
    }


def parts_of(build: DrawnBuild) -> Iterator[Part]:
    """One part per table, counted as parts are counted when they are written."""
    for name, table in TABLES.items():
        counts: Counter[tuple[str, str]] = Counter()
        n_bytes: Counter[str] = Counter()
        for row in build.rows[name]:
            outcome = row[table.outcome] if table.outcome else KEPT
            counts["", outcome] += 1
            n_bytes[outcome] += row[table.n_bytes] if table.n_bytes else 0
            for leaf in table.items:
                column, _, inner = leaf.partition(".")
                for item in row.get(column) or ():
                    counts[column, item["outcome"] if inner == "outcome" else outcome] += 1
            for column in table.sums:
                counts[column, outcome] += row[column]
        found = tuple(
            Count(item, outcome, n, 0 if item else n_bytes[outcome]) for (item, outcome), n in counts.items()
        )
        yield Part(name, "c00000", "part-0.parquet", len(build.rows[name]), 0, "", found)
