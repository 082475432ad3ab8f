"""A small convolutional network that tells what kind of picture it sees.

Goes in: RGB pictures. Comes out: probabilities of the five classes, and of a picture not safe for work. The network is
nsfwjs' MobileNet v2 (github.com/infinitered/nsfwjs, MIT), converted when it is loaded and run by onnxruntime. mOSCAR
(arXiv 2406.08707, section 3.4) drops a picture when porn and hentai together pass 0.8; OBELICS never counts `sexy`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpus.safety.session import open_session

Floats = NDArray[np.float32]

CLASSES = ("drawing", "hentai", "neutral", "porn", "sexy")
UNSAFE = [CLASSES.index(name) for name in ("hentai", "porn")]
SIDE_PX = 224
WEIGHTS = "group1-shard1of1"


def pixels_of(picture: Image.Image) -> Floats:
    """[3, 224, 224], 0 to 1, the whole picture squeezed, as nsfwjs does."""
    small = picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)
    return np.asarray(small, np.float32).transpose(2, 0, 1) / np.float32(255)


def load_classifier(folder: Path) -> Callable[[Sequence[Floats]], Floats]:
    """A function from pixels to probabilities [n, 5] in the order of CLASSES. Raises ModelError."""
    from corpus.models.tfjs_layers import onnx_model

    model = (folder / "model.json").read_text(encoding="utf-8")
    run = open_session(onnx_model(model, (folder / WEIGHTS).read_bytes()))
    return lambda pixels: run(np.stack(list(pixels)))[0]


def unsafe(probabilities: Floats) -> Floats:
    """Probability [n] of porn or hentai."""
    return np.asarray(probabilities[:, UNSAFE].sum(axis=1), np.float32)
