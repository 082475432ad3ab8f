"""Signs in the pixels of a picture that it shows little: measured once per content, and judged as often as bounds move.

Goes in: an upright RGB picture. Comes out: scores by the names of their filters. All is measured on the picture brought
to SIDE_PX by averaging over areas, about what models look at, so that sizes compare and the cost has a bound.
What they tell and what they cost: docs/noise.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from corpus.columns import Row
from corpus.filters.filter import Filter
from corpus.filters.lettering import n_letters

SIDE_PX = 512
"""The longer side at most; smaller pictures are measured as they are."""
COLOURS_PX = 256
"""The same, where colours are counted."""
N_BITS = 4
"""Of each channel, the highest ones, when colours are counted."""
REVISION = 1  # goes up with the measures
QR_CODE = zxingcpp.barcode_formats_from_str("QRCode")


@dataclass(frozen=True)
class Look:
    """A picture as it is measured: colours uint8 [height_px, width_px, 3] at COLOURS_PX, and grey uint8 [height_px,
    width_px] at SIDE_PX."""

    colours: NDArray[np.uint8]
    grey: NDArray[np.uint8]


def image_sharpness(look: Look) -> float:
    """Variance of the Laplacian of its grey levels of 0 to 255, at a longer side of 512 px at most: 0 and up; low when
    blurred, enlarged or nearly without contrast."""
    framed = np.pad(look.grey.astype(np.int16), 1, mode="edge")
    laplacian = framed[:-2, 1:-1] + framed[2:, 1:-1]
    laplacian += framed[1:-1, :-2]
    laplacian += framed[1:-1, 2:]
    laplacian -= 4 * framed[1:-1, 1:-1]
    return float(laplacian.var(dtype=np.float32))


def image_flatness(look: Look) -> float:
    """Share of the picture that has its most frequent colour, of 4,096: 0 to 1; 1 blank, high also for things on plain
    ground and for line drawings."""
    levels = (look.colours >> 8 - N_BITS).astype(np.uint16)
    colours = levels[..., 0] << 2 * N_BITS | levels[..., 1] << N_BITS | levels[..., 2]
    return float(np.bincount(colours.ravel()).max() / colours.size)


def image_qr_share(look: Look) -> float:
    """Share of the picture that QR codes take, those that can be read at a longer side of 512 px: 0 to 1."""
    found = zxingcpp.read_barcodes(look.grey, formats=QR_CODE)
    return min(1.0, sum(area_px(code.position) for code in found) / look.grey.size)


def image_letters(look: Look) -> float:
    """Number of letters in lines of six or more, found by their shapes at a longer side of 512 px: 0 and up; in
    alphabets that set letters apart. Fine regular patterns can count too."""
    return float(n_letters(look.grey))


def area_px(position: zxingcpp.Position) -> float:
    """Area of a quadrilateral by its corners."""
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    following = (*corners[1:], corners[0])
    return abs(sum(a.x * b.y - b.x * a.y for a, b in zip(corners, following, strict=True))) / 2


MEASURES: tuple[tuple[Callable[[Look], float], str], ...] = (
    (image_sharpness, "Pech-Pacheco et al. 2000 (ICPR); no bound by default: docs/noise.md"),
    (image_flatness, "no bound by default: docs/noise.md"),
    (
        image_letters,
        "corpus.filters.lettering, after Epshtein et al. 2010; no bound by default: docs/noise.md",
    ),
    (image_qr_share, "QR codes by zxing-cpp; no bound by default: docs/noise.md"),
)


def picture_signs(picture: Image.Image) -> dict[str, float]:
    """Score by filter name."""
    look = looked_at(picture)
    return {measure.__name__: measure(look) for measure, _ in MEASURES}


def looked_at(picture: Image.Image) -> Look:
    """The picture brought to SIDE_PX by averaging over areas, and its colours to COLOURS_PX by taking every n-th."""
    grey = brought_to(picture.convert("L"), SIDE_PX, Image.Resampling.BOX)
    return Look(np.asarray(brought_to(picture, COLOURS_PX, Image.Resampling.NEAREST)), np.asarray(grey))


def brought_to(picture: Image.Image, side_px: int, how: Image.Resampling) -> Image.Image:
    """The picture with `side_px` as its longer side, if that is longer."""
    scale = side_px / max(picture.size)
    if scale >= 1:
        return picture
    return picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), how)


def looked_up(measure: Callable[[Look], float]) -> Callable[[Row], float | None]:
    """The same score, looked up in `picture_signs` of a row: a mapping, or its entries as Arrow gives them; null where
    the picture was not measured."""

    @wraps(measure)
    def score(row: Row) -> float | None:
        return dict(row.get("picture_signs") or ()).get(measure.__name__)

    return score


SIGN_FILTERS = tuple(Filter(measure.__name__, looked_up(measure), source) for measure, source in MEASURES)
