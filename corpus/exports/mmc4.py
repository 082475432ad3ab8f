"""MMC4's layout: a line of JSON per document (github.com/allenai/mmc4, README; arXiv 2304.06939).

Goes in: a document. Comes out: the object of its line. Beside MMC4's fields stand all others that the product has,
which its readers pass over and `corpus import mmc4` reads back.
"""

from __future__ import annotations

import base64
from typing import Any

from corpus.exports.documents import Document
from corpus.exports.samples import info_of

MARKERS = ("<image>", "<|endofchunk|>")
"""What open_flamingo writes where a picture stands, and behind the text that belongs to it."""
NOT_MATCHED = -1.0


def mmc4_record(document: Document, url_is_shared: bool) -> dict[str, Any]:
    """The object of a line. `matched_sim` and the matrix are cosines, -1 to 1; `face_detections` is null, as nobody
    has looked for any; `could_have_url_duplicate` is 1 where another document has the same URL."""
    return {
        **document.facts,
        "text_list": list(document.sentences),
        "image_info": [{**info_of(picture), "face_detections": None} for picture in document.pictures],
        "similarity_matrix": [picture["similarity"] for picture in document.pictures],
        "could_have_url_duplicate": int(url_is_shared),
    }


def open_flamingo_record(document: Document, url_is_shared: bool) -> dict[str, Any]:
    """The same with pictures in base64, as open_flamingo's loader reads it (open_flamingo/train/data.py).

    Its release 2.0.1 puts a picture at the most similar sentence, whatever is said of the match, and gives the k-th row
    to the k-th marker: so the matrix holds the similarity of the match alone, all else is -1, and the whole matrix is
    `cosine_matrix`. Its markers, were they in a text, would take a picture each: they are written in upper case there.
    """
    record = mmc4_record(document, url_is_shared)
    for info, picture in zip(record["image_info"], document.pictures, strict=True):
        info["image_base64"] = base64.b64encode(picture["image"]).decode()
    n_sentences = len(document.sentences)
    matched = [(picture["matched_text_index"], picture["matched_sim"]) for picture in document.pictures]
    return {
        **record,
        "text_list": [without_markers(sentence) for sentence in document.sentences],
        "similarity_matrix": [
            [sim if at == place else NOT_MATCHED for at in range(n_sentences)] for place, sim in matched
        ],
        "cosine_matrix": record["similarity_matrix"],
    }


def without_markers(sentence: str) -> str:
    for marker in MARKERS:
        sentence = sentence.replace(marker, marker.upper())
    return sentence
