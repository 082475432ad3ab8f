"""Kinds of pictures by what an encoder of pictures and text makes of a few words: screenshots, charts, maps and so on.

Goes in: unit vectors of pictures [n, d] and of PROMPTS; later, a row with `picture_signs`. Comes out: scores by the
names of their filters. Each is a difference of cosines: with the mean direction of the prompts of the kind (as CLIP
does, arXiv 2103.00020, section 3.1.4), less the mean of those with all other groups: other kinds, photos, any picture.
That calibrates it: what the encoder gives to every picture and every text falls out, and a group has no advantage by
the number of its prompts. On drawn scenes it tells kinds better than the cosine, and better than a difference from
prompts for any picture alone (`python -m bench.picture_kinds`). How far apart kinds lie is the encoder's own: see the
spread (`corpus thresholds`) before a bound decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.columns import Row
from corpus.filters.filter import Filter
from corpus.vectors import unit

Vectors = NDArray[np.float32]

NEUTRAL = ("a picture", "an image", "a picture of something", "a photo or a drawing of something")
PHOTO = ("a photo", "a photograph of something", "a photo taken with a camera", "a snapshot")
PROMPTS: Mapping[str, tuple[str, ...]] = {
    "neutral": NEUTRAL,
    "photo": PHOTO,
    "image_text": (
        "a picture of text",
        "a photo of a page with text",
        "a quote in large letters on a plain background",
        "a scanned document",
    ),
    "image_watermark": (
        "a photo with a watermark",
        "a stock photo with a watermark across it",
        "a preview picture with a transparent logo over it",
    ),
    "image_logo": ("a logo", "the logo of a company", "an emblem on a plain background", "an icon"),
    "image_advertisement": (
        "an advertisement",
        "an advertising banner",
        "a flyer with a special offer",
        "a promotional poster with prices",
    ),
    "image_screenshot": (
        "a screenshot",
        "a screenshot of a website",
        "a screenshot of a computer program",
        "the user interface of an app on a phone",
    ),
    "image_chart": (
        "a chart",
        "a bar chart",
        "a line graph with axes",
        "a diagram with labels",
        "a table of numbers",
    ),
    "image_map": ("a map", "a street map", "a map of a country with borders and names of places"),
    "image_drawing": ("a drawing", "a cartoon", "an illustration", "clip art", "a painting"),
}
REVISION = 1  # goes up with the prompts
DEMO = "demo"


def knows_kinds(encoder: str) -> bool:
    """Whether the encoder has met such words: the bundled one knows drawn scenes only."""
    return encoder != DEMO


def picture_kinds(pictures: Vectors, prompts: Mapping[str, Vectors]) -> dict[str, Vectors]:
    """Score [n] by filter name, -2 to 2, from vectors of the prompts of each group [n_prompts, d]."""
    along = {
        group: pictures @ unit(vectors.mean(axis=0, keepdims=True))[0] for group, vectors in prompts.items()
    }
    scores = {
        each.name: above_others(along[each.name], [along[group] for group in along if group != each.name])
        for each in KIND_FILTERS
    }
    return scores | {"image_drawing": along["image_drawing"] - along["photo"]}


def above_others(own: Vectors, others: Sequence[Vectors]) -> Vectors:
    """Cosines with a group less the mean of those with the others."""
    return np.asarray(own - np.mean(others, axis=0))


def image_text(row: Row) -> float | None:
    """How much nearer the picture is to prompts for text than to those for other kinds: difference of cosines,
    -2 to 2."""
    return score_of(row, image_text)


def image_watermark(row: Row) -> float | None:
    """The same for pictures with a watermark."""
    return score_of(row, image_watermark)


def image_logo(row: Row) -> float | None:
    """The same for logos and icons."""
    return score_of(row, image_logo)


def image_advertisement(row: Row) -> float | None:
    """The same for advertisements."""
    return score_of(row, image_advertisement)


def image_screenshot(row: Row) -> float | None:
    """The same for screenshots."""
    return score_of(row, image_screenshot)


def image_chart(row: Row) -> float | None:
    """The same for charts, diagrams and tables."""
    return score_of(row, image_chart)


def image_map(row: Row) -> float | None:
    """The same for maps."""
    return score_of(row, image_map)


def image_drawing(row: Row) -> float | None:
    """How much nearer it is to prompts for drawings than to those for photos: over 0 a drawing, under 0 a photo."""
    return score_of(row, image_drawing)


def score_of(row: Row, kind: Callable[[Row], float | None]) -> float | None:
    """None where the encoder does not know the words."""
    return dict(row.get("picture_signs") or ()).get(kind.__name__)


SOURCE = "zero-shot prompts, arXiv 2103.00020, section 3.1.4; no bound, none is published"
KIND_FILTERS = tuple(
    Filter(kind.__name__, kind, SOURCE)
    for kind in (
        image_text,
        image_watermark,
        image_logo,
        image_advertisement,
        image_screenshot,
        image_chart,
        image_map,
        image_drawing,
    )
)
