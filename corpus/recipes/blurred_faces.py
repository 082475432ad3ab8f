"""Blurring the faces of the product's pictures.

Goes in: rows for `interleaved` whose pictures have bytes and faces. Comes out: the same rows, the faces blurred, in a
process apart, as pictures are decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from corpus.child import Child, Loss
from corpus.columns import Row
from corpus.config import Settings
from corpus.errors import DataError
from corpus.pixels import PictureFault, load_parsers
from corpus.safety.blur import Box, blurred

Job = tuple[bytes, list[Box]]
Answer = bytes | str


def with_blurred_faces(rows: Iterable[Row], settings: Settings) -> Iterator[Row]:
    """The rows in their order. DataError for a picture that cannot be decoded any more: its faces would be shown."""
    bounds = settings.fetch
    load_parsers()
    work = partial(answer, max_pixels=bounds.max_pixels)
    with Child(work, bounds.max_decode_s, bounds.max_decode_bytes) as child:
        for row in rows:
            pictures = [
                blurred_picture(each, settings.safety.min_face_score, child) for each in row["pictures"]
            ]
            yield {**row, "pictures": pictures}


def blurred_picture(picture: Row, min_score: float, child: Child[Job, Answer]) -> Row:
    faces = [face for face in picture["faces"] or () if face["score"] >= min_score]
    if not faces or picture["bytes"] is None:
        return picture
    found = child.run((picture["bytes"], faces))
    if isinstance(found, bytes):
        return {**picture, "bytes": found}
    fault = found.fault if isinstance(found, Loss) else found
    raise DataError(
        f"faces of picture {picture['content_hash']} cannot be blurred: {fault}; raise fetch.max_decode_bytes or "
        "fetch.max_decode_s, or set release.blur_faces=false"
    )


def answer(job: Job, max_pixels: int) -> Answer:
    """The blurred picture, or why there is none."""
    try:
        return blurred(*job, max_pixels)
    except PictureFault as fault:
        return str(fault)
