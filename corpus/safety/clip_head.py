"""NSFW heads of LAION on image vectors: a normalisation and a few dense layers.

Goes in: unit vectors [n, n_dimensions] of the encoder that the head was trained on. Comes out: probabilities [n] that
a picture is not safe for work. github.com/LAION-AI/CLIP-based-NSFW-Detector; MMC4 (arXiv 2304.06939, section 3) drops
a picture above 0.1. The graphs list some dimensions as categories with empty tables; they are taken as numbers.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError
from corpus.models.tensor_bundle import Tensors, read_bundle

Floats = NDArray[np.float32]

HEADS = {
    "ViT-B-32/openai": "nsfw-clip-b32",
    "ViT-B-32-quickgelu/openai": "nsfw-clip-b32",
    "ViT-L-14/openai": "nsfw-clip-l14",
    "ViT-L-14-quickgelu/openai": "nsfw-clip-l14",
}
"""The model of the catalogue by the encoder on whose vectors it was trained: on others it means nothing."""
EPSILON = 1e-7  # Keras' Normalization divides by no less


@dataclass(frozen=True)
class Head:
    """`mean` and `deviation` [n_dimensions], and the dense layers: kernels [n_in, n_out] with biases [n_out]."""

    mean: Floats
    deviation: Floats
    layers: Sequence[tuple[Floats, Floats]]

    @property
    def n_dimensions(self) -> int:
        return len(self.mean)

    def score(self, vectors: Floats) -> Floats:
        """Probabilities [n]. ModelError for vectors of another length."""
        if vectors.shape[1] != self.n_dimensions:
            raise ModelError(
                f"the NSFW head takes vectors of {self.n_dimensions} dimensions, not of {vectors.shape[1]}: it was "
                "trained on another encoder"
            )
        values = (vectors - self.mean) / self.deviation
        for kernel, bias in self.layers[:-1]:
            values = np.maximum(values @ kernel + bias, 0)
        kernel, bias = self.layers[-1]
        logits = np.clip(values @ kernel + bias, -60, 60)[:, 0]
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def read_head(path: Path) -> Head:
    """The head in a zipped SavedModel. Raises ModelError."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            (index,) = (name for name in names if name.endswith("/variables.index"))
            (data,) = (name for name in names if name.endswith("/variables.data-00000-of-00001"))
            return head_of(read_bundle(archive.read(index), archive.read(data)))
    except (zipfile.BadZipFile, ValueError, KeyError, OSError) as error:
        raise ModelError(f"{path} holds no NSFW head: {error}") from None


def head_of(tensors: Tensors) -> Head:
    """The head by the names that Keras gave to its layers: the first normalises, the others are dense, in order."""
    numbers = sorted(
        {int(name.split("/")[0].rpartition("-")[2]) for name in tensors if name.endswith("/kernel")}
    )
    layers = [
        tuple(tensors[f"layer_with_weights-{n}/{part}"] for part in ("kernel", "bias")) for n in numbers
    ]
    mean, variance = (tensors[f"layer_with_weights-1/{part}"] for part in ("mean", "variance"))
    return Head(mean, np.maximum(np.sqrt(variance), EPSILON), [(kernel, bias) for kernel, bias in layers])
