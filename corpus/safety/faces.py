"""Faces: where they stand in a picture, and how sure the detector is.

Goes in: an RGB picture. Comes out: boxes in shares of its width and height, with scores. The detector is YuNet
(Wu and others, Machine Intelligence Research, 2023; github.com/ShiqiYu/libfacedetection.train, Apache-2.0), run by
onnxruntime. It finds faces; it neither knows nor compares whose they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpus.safety.session import Floats, open_session

SIDE_PX = (
    640  # longer side that a larger picture is brought to: smaller faces than a fortieth of it are not found
)
STRIDES = (8, 16, 32)
MIN_SCORE = 0.3
"""Boxes under it are not kept; libfacedetection's own demonstration draws from 0.5 on, OpenCV from 0.9."""
MAX_OVERLAP = 0.3  # intersection over union of two boxes of one face, as in OpenCV's FaceDetectorYN
MAX_BOXES = 1_000  # of the surest, before those of one face are made one
KINDS = ("cls", "obj", "bbox")


@dataclass(frozen=True)
class Face:
    """A box in shares of the picture's width and height, 0 to 1, and the score, 0 to 1."""

    left: float
    top: float
    width: float
    height: float
    score: float


def load_faces(path: Path) -> Callable[[Image.Image], list[Face]]:
    """A function from a picture to its faces, the surest first. Raises ModelError."""
    run = open_session(path.read_bytes())

    def find(picture: Image.Image) -> list[Face]:
        pixels, size_px = pixels_of(picture)
        boxes, scores = decoded(run(pixels), pixels.shape[3] // STRIDES[0], pixels.shape[2] // STRIDES[0])
        return [face_of(boxes[at], float(scores[at]), size_px) for at in apart(boxes, scores)]

    return find


def pixels_of(picture: Image.Image) -> tuple[Floats, tuple[int, int]]:
    """[1, 3, height, width] in BGR, 0 to 255, sides multiples of 32 by black at the right and the bottom; and the size
    in px of the picture among it."""
    scale = min(1.0, SIDE_PX / max(picture.size))
    width_px, height_px = (max(1, round(side * scale)) for side in picture.size)
    small = np.asarray(picture.resize((width_px, height_px), Image.Resampling.BILINEAR), np.float32)
    filled = np.zeros((-(-height_px // 32) * 32, -(-width_px // 32) * 32, 3), np.float32)
    filled[:height_px, :width_px] = small[:, :, ::-1]
    return np.ascontiguousarray(filled.transpose(2, 0, 1))[None], (width_px, height_px)


def decoded(outputs: list[Floats], n_columns: int, n_rows: int) -> tuple[Floats, Floats]:
    """Boxes [n, 4] (left, top, right, bottom; px) and scores [n] from MIN_SCORE on. The outputs are those of each kind
    at each stride; `n_columns` and `n_rows` are the cells at the first stride."""
    of_kind = {kind: outputs[3 * at : 3 * at + 3] for at, kind in enumerate(KINDS)}
    boxes, scores = [np.empty((0, 4), np.float32)], [np.empty(0, np.float32)]
    for at, stride in enumerate(STRIDES):
        share = stride // STRIDES[0]
        rows, columns = np.mgrid[: n_rows // share, : n_columns // share]
        cells = np.stack([columns.ravel(), rows.ravel()], axis=1)
        certain = of_kind["cls"][at].reshape(-1) * of_kind["obj"][at].reshape(-1)
        score = np.sqrt(np.clip(certain, 0, 1))
        found = score >= MIN_SCORE
        offsets = of_kind["bbox"][at].reshape(-1, 4)[found]
        centres = (cells[found] + offsets[:, :2]) * stride
        halves = np.exp(np.clip(offsets[:, 2:], -10, 10)) * stride / 2
        boxes.append(np.concatenate([centres - halves, centres + halves], axis=1).astype(np.float32))
        scores.append(score[found].astype(np.float32))
    return np.concatenate(boxes), np.concatenate(scores)


def apart(boxes: Floats, scores: Floats) -> list[int]:
    """Places of the boxes that stand for a face each, the surest first: of those that overlap the surest is taken."""
    order = np.argsort(-scores, kind="stable")[:MAX_BOXES]
    chosen: list[int] = []
    while len(order):
        best, rest = int(order[0]), order[1:]
        chosen.append(best)
        order = rest[overlaps(boxes[best], boxes[rest]) <= MAX_OVERLAP]
    return chosen


def overlaps(box: Floats, others: Floats) -> NDArray[np.float32]:
    """Intersection over union of a box with each of the others."""
    shared = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    common = np.clip(shared, 0, None).prod(axis=1)
    areas = (others[:, 2:] - others[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
    return np.asarray(common / np.maximum(areas - common, 1e-9), np.float32)


def face_of(box: Floats, score: float, size_px: tuple[int, int]) -> Face:
    """The part of a box that lies in the picture, as shares."""
    left, top, right, bottom = (
        min(max(float(edge) / side, 0.0), 1.0) for edge, side in zip(box, (*size_px, *size_px), strict=True)
    )
    return Face(left, top, right - left, bottom - top, score)
