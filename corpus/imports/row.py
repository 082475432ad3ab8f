"""A row of the product, made from what another corpus tells.

Goes in: facts of a document, its sentences, its pictures with their similarities. Comes out: a row. What the source
does not tell is null, in a schema that allows it; what follows from the similarities is computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpus.align.assignment import assign
from corpus.align.measures import measure
from corpus.align.noise import entropy
from corpus.columns import NOISE
from corpus.release.interleave import count_words
from corpus.tables.product import INTERLEAVED

KNOWN = frozenset({
    "document_id", "url", "crawl", "text_list", "image_info", "similarity_matrix", "mean_matched_sim", "n_sentences",
    "n_images", "n_words", "image_name", "raw_url", "matched_text_index", "matched_sim", "dom_index", "dom_text_index",
})  # fmt: skip
"""Columns, and fields of image_info, that every import fills."""
MALFORMED, NO_TEXT, NO_IMAGE = "malformed", "no_text", "no_image"
"""What is not of the form; a document without a sentence; one that no picture is left of."""
NO_FILE, UNDECODABLE, MIN_SIMILARITY = "no_file", "undecodable", "min_similarity"
"""A picture without bytes; one that is none; one that no sentence resembles enough."""
INFO = INTERLEAVED.schema.field("image_info").type.value_type
OF_THE_MATCH = tuple(field.name for field in NOISE)


@dataclass(frozen=True)
class Found:
    """A picture as the source tells of it: fields of image_info, its bytes where there are any, and its similarity to
    each sentence, [n_sentences]; `matched_text_index` among the fields is the source's own match."""

    info: Mapping[str, Any]
    data: bytes | None
    similarity: Sequence[float]


@dataclass(frozen=True)
class Read:
    """What a document of the source gave: a row or None, its outcome, and how many pictures had which outcome."""

    row: dict[str, Any] | None
    outcome: str
    images: Mapping[str, int]


def import_schema() -> pa.Schema:
    """The columns of the product, of the same types; those that a source may not tell can be null."""
    return pa.schema([loosened(field) for field in INTERLEAVED.schema])


def loosened(field: pa.Field) -> pa.Field:
    kind = field.type
    if field.name == "image_info":
        kind = pa.list_(pa.struct([loosened(each) for each in INFO]))
    return field.with_type(kind).with_nullable(field.nullable or field.name not in KNOWN)


def row_of(
    facts: Mapping[str, Any], sentences: Sequence[str], found: Sequence[Found], bound: float | None
) -> tuple[dict[str, Any] | None, int]:
    """The row, None when no picture is left, and how many pictures fell by the bound. With `bound` pictures are
    assigned by the matrix, and those of which no sentence reaches it fall; without, each stays where it is."""
    if not found:
        return None, 0
    similarity = np.asarray([each.similarity for each in found], dtype=np.float32)
    if bound is None:
        matched = np.asarray([each.info["matched_text_index"] for each in found], dtype=np.int32)
    else:
        matched = assign(similarity, bound)
    infos = measured(found, similarity, matched, again=bound is not None)
    kept = sorted(
        (at for at in range(len(found)) if matched[at] >= 0),
        key=lambda at: (infos[at]["matched_text_index"], infos[at]["dom_index"]),
    )
    if not kept:
        return None, len(found)
    known = taken(facts, INTERLEAVED.schema)
    row = {
        **known,
        "crawl": known.get("crawl") or "",
        "text_list": list(sentences),
        "image_info": [infos[at] for at in kept],
        "images": [{"bytes": found[at].data, "path": infos[at]["image_name"]} for at in kept],
        "similarity_matrix": [similarity[at].tolist() for at in kept],
        "page_matrix": None,
        "mean_matched_sim": float(np.mean([infos[at]["matched_sim"] for at in kept])),
        "n_sentences": len(sentences),
        "n_images": len(kept),
        "n_words": count_words(list(sentences), known.get("language")),
    }
    return row, len(found) - len(kept)


def measured(
    found: Sequence[Found], similarity: NDArray[np.float32], matched: NDArray[np.int32], again: bool
) -> list[dict[str, Any]]:
    """image_info of each picture: what the source tells, and what follows from match and matrix. Where pictures are
    assigned `again`, signs that belong to the match before it and cannot be had from the matrix are left out."""
    measures = measure(similarity, matched)
    undecided = entropy(similarity)
    infos = []
    for at, each in enumerate(found):
        known = {**taken(each.info, INFO), "fused_text_index": None}  # no page_matrix comes with it
        if again:
            known = {name: value for name, value in known.items() if name not in OF_THE_MATCH}
        matched_sim = float(measures.matched_sim[at])
        on_page = known.get("dom_text_index", -1)
        is_told = 0 <= on_page <= similarity.shape[1]
        infos.append(
            {
                **known,
                "matched_text_index": int(matched[at]),
                "matched_sim": matched_sim,
                "margin": defined(measures.margin[at]),
                "regret": float(measures.best_sim[at]) - matched_sim,
                "entropy": defined(undecided[at]),
                "dom_text_index": on_page if is_told else int(matched[at]),
            }
        )
    return infos


def defined(value: np.floating[Any]) -> float | None:
    return None if np.isnan(value) else float(value)


def taken(said: Mapping[str, Any], fields: pa.Schema | pa.StructType) -> dict[str, Any]:
    """What the source tells under our names, where it is of our types."""
    found = {}
    for field in fields:
        value = said.get(field.name)
        if isinstance(value, str) and pa.types.is_timestamp(field.type):
            value = time_of(value)
        if value is not None and fits(value, field.type):
            found[field.name] = value
    return found


def time_of(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None


def fits(value: Any, kind: pa.DataType) -> bool:
    try:
        pa.array([value], kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return False
    return True
