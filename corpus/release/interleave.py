"""Interleaving: a document, its alignment and its pictures as one row of the product.

Goes in: a document with its image references, alignment and decided images. Comes out: a row of `interleaved`.
Sorted by matched sentence, then page order: loaders that feed the k-th picture to the k-th marker without sorting
(open_flamingo) are then right.
"""

from __future__ import annotations

from typing import Any

from corpus.columns import KEPT, PROVENANCE, TIERS, Row
from corpus.release.order import sample_key
from corpus.tables.product import INTERLEAVED

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
SPACELESS = frozenset({"zh", "ja", "th", "lo", "my", "km", "bo", "dz"})
INFO_FIELDS = tuple(field.name for field in INTERLEAVED.schema.field("image_info").type.value_type)


def interleave(row: Row) -> dict[str, Any]:
    """The product's row. `row` has the columns of documents, `aligned` (images of alignments), `similarity_matrix` and
    `page_matrix` [n_aligned, n_sentences], `shuffle_z`, `sampling_bias`, `far_sentences`, `pictures` (rows of
    image_decisions with `bytes`), the tiers of the document and, by dom_index, `tier_matches` and `fused_matches`.
    Counts of tokens are still to come."""
    references = {each["dom_index"]: each for each in row["image_references"]}
    pictures = {each["dom_index"]: each for each in row["pictures"]}
    placed = [(place, image) for place, image in enumerate(row["aligned"]) if image["outcome"] == KEPT]
    placed.sort(key=lambda pair: (pair[1]["matched_text_index"], pair[1]["dom_index"]))
    infos = [
        image_info(with_places(image, row), references[image["dom_index"]], pictures[image["dom_index"]])
        for _, image in placed
    ]
    return {
        **{field.name: row[field.name] for field in PROVENANCE},
        "text_list": row["sentences"],
        "image_info": infos,
        "images": [
            {"bytes": pictures[image["dom_index"]]["bytes"], "path": info["image_name"]}
            for (_, image), info in zip(placed, infos, strict=True)
        ],
        "similarity_matrix": [row["similarity_matrix"][place] for place, _ in placed],
        "page_matrix": [row["page_matrix"][place] for place, _ in placed],
        "mean_matched_sim": sum(info["matched_sim"] for info in infos) / len(infos),
        "shuffle_z": row["shuffle_z"],
        "sampling_bias": row["sampling_bias"],
        "far_sentences": row["far_sentences"],
        "evaluation_sets": row["evaluation_sets"],
        "replaced": row["replaced"],
        "n_sentences": len(row["sentences"]),
        "n_images": len(infos),
        "n_words": count_words(row["sentences"], row["language"]),
        **{field.name: row[field.name] for field in TIERS},
        "sample_key": sample_key(row["document_id"]),
    }


def with_places(image: Row, row: Row) -> Row:
    """The alignment of a picture with where tiers and the placement `fused` put it."""
    at = image["dom_index"]
    return {**image, **row["tier_matches"][at], "fused_text_index": row["fused_matches"][at]}


def image_info(image: Row, reference: Row, picture: Row) -> dict[str, Any]:
    """What the product says of one picture, from its alignment, its place on the page and its content."""
    known = {
        **picture,
        "alt": reference["alt"],
        "caption": reference["caption"],
        "raw_url": reference["url"],
        "image_name": f"{picture['content_hash']}.{EXTENSIONS.get(picture['media_type'], 'bin')}",
        **image,
    }
    return {name: known[name] for name in INFO_FIELDS}


def count_words(sentences: list[str], language: str | None) -> int:
    """Words between white space; characters that are no white space where the script has no spaces."""
    if language in SPACELESS:
        return sum(len("".join(sentence.split())) for sentence in sentences)
    return sum(len(sentence.split()) for sentence in sentences)
