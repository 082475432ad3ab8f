"""The matching of a document's pictures anew, for each tier that leaves some of them out.

Goes in: a document of the product with `aligned`, `similarity_matrix`, `in_core`, `in_ff`, `in_core_ff` and
`tier_pictures`. Comes out: the sentence of each picture per tier. A picture that is left out frees its sentence, as in
MMC4's subsets; here that stands beside the matching of the whole and changes no other column.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from corpus.align.assignment import assign
from corpus.columns import KEPT, Row

KEEP_ALL = -1.0
CHOSEN: dict[str, Callable[[Row], bool]] = {
    "core": lambda picture: picture["in_core"],
    "ff": lambda picture: picture["in_ff"],
    "core_ff": lambda picture: picture["in_core"] and picture["in_ff"],
}


def tier_matches(row: Row, images_per_sentence: int) -> dict[int, dict[str, int | None]]:
    """By dom_index, the fields `core_text_index`, `ff_text_index` and `core_ff_text_index` of every kept picture; by
    cosine alone where some are left out, whatever the page said of them."""
    kept = [(at, image) for at, image in enumerate(row["aligned"]) if image["outcome"] == KEPT]
    found: dict[int, dict[str, int | None]] = {image["dom_index"]: {} for _, image in kept}
    for tier, is_chosen in CHOSEN.items():
        chosen = {each["dom_index"] for each in row["tier_pictures"] if is_chosen(each)}
        members = [(at, image) for at, image in kept if row[f"in_{tier}"] and image["dom_index"] in chosen]
        sentences = [image["matched_text_index"] for _, image in members]
        if 0 < len(members) < len(kept):
            matrix = np.asarray([row["similarity_matrix"][at] for at, _ in members], dtype=np.float32)
            sentences = assign(matrix, KEEP_ALL, images_per_sentence=images_per_sentence).tolist()
        by_picture = {image["dom_index"]: at for (_, image), at in zip(members, sentences, strict=True)}
        for dom_index, fields in found.items():
            fields[f"{tier}_text_index"] = by_picture.get(dom_index)
    return found
