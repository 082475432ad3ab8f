"""Samples: what a model is trained on, made from documents.

Goes in: a row of the product with the pictures that are wanted. Comes out: its sequence of sentences and pictures, or
windows of tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from corpus.config import Fetch
from corpus.loaders.documents import MATRIX, PAGE_MATRIX
from corpus.loaders.options import Options
from corpus.loaders.placement import Picture, assigned_again, fused_again, groups, sequence
from corpus.loaders.windows import windows
from corpus.pixels import PictureFault, decode_rgb

Sample = dict[str, Any]


def samples(row: Mapping[str, Any], options: Options) -> Iterator[Sample]:
    """The samples of one document: one, or with a tokenizer one per window."""
    pictures = usable_pictures(row, options)
    placed = (row["text_list"], pictures, options.placement, options.side)
    known = {name: row[name] for name in ("document_id", *options.columns)}
    bounds = options.bounds
    if bounds is None:
        found, infos = sequence(*placed)
        yield {**known, "sequence": found, "image_info": infos}
        return
    for window in windows(groups(*placed), bounds):
        images = [picture.pop("image") for picture in window.images]
        yield {**known, "tokens": window.tokens, "images": images, "image_info": window.images}


def usable_pictures(row: Mapping[str, Any], options: Options) -> list[Picture]:
    """The pictures that are wanted and decode; assigned again when some were left out."""
    infos, images = row["image_info"], row["images"]
    wanted: Sequence[bool] = row["wanted"] or [True] * len(infos)
    kept, places = [], []
    for at, (info, image) in enumerate(zip(infos, images, strict=True)):
        if wanted[at]:
            try:
                kept.append({**info, "image": usable(image["bytes"], options)})
                places.append(at)
            except PictureFault:
                continue
    if len(kept) == len(infos) or options.placement == "page":
        return list(kept)
    similarity = [row[MATRIX][at] for at in places]
    if options.placement == "fused":
        page = row[PAGE_MATRIX]
        return fused_again(kept, similarity, page and [page[at] for at in places])
    return assigned_again(kept, similarity)


def usable(data: bytes | None, options: Options) -> Any:
    """The picture as asked for. Raises PictureFault."""
    if data is None or not options.decode:
        return data
    picture = decode_rgb(data, Fetch().max_pixels)
    return picture if options.transform is None else options.transform(picture)
