"""The face head: a logistic regression on picture vectors that says whether a face is on a picture.

Goes in: unit vectors [n, d] of one encoder and, to train it, what a face detector found on the same pictures. Comes
out: probabilities [n]. MMC4 (arXiv 2304.06939, section 3) made its subset with fewer faces so: a detector labelled
60,000 pictures, and a regression on CLIP's vectors, cut where it finds 95 % of them, judged all others for next to
nothing. The weights are a JSON file, with the encoder that it reads and what it found on pictures that it was not
trained on.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from corpus.errors import ModelError
from corpus.storage import read_bytes, write_json

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

KIND = "face_head 1"
RECALL = 0.95
"""Share of the pictures with a face that are to score beyond the cutoff: MMC4's."""
FEWEST = 20
"""Pictures with and without a face that each part needs: under so many, recall is told to no better than 0.05."""
FIT, CUT, TOLD = range(3)


@dataclass(frozen=True)
class Figures:
    """Of some pictures: how many, how many with a face, the share of these beyond the cutoff, the share of those beyond
    it that have one, the share of all that is not beyond it."""

    n: int
    n_faces: int
    recall: float
    precision: float
    kept: float


@dataclass(frozen=True)
class FaceHead:
    """`weights` [d] and `bias` before the logistic function; a score above `cutoff` is a face. `encoder` is the one
    whose vectors it reads, `detector` the one that labelled, `told` is of pictures used for nothing else."""

    encoder: str
    detector: str
    weights: Floats
    bias: float
    cutoff: float
    told: Figures
    sha256: str = ""

    @property
    def identity(self) -> str:
        return f"face_head: {self.sha256[:12]} on {self.encoder}"

    def score(self, vectors: Floats) -> Floats:
        """Probabilities [n]. ModelError for vectors of another length."""
        if vectors.shape[1] != len(self.weights):
            raise ModelError(
                f"the face head takes vectors of {len(self.weights)} dimensions, not of {vectors.shape[1]}: it was "
                "trained on another encoder"
            )
        logits = np.clip(vectors @ self.weights + np.float32(self.bias), -60, 60)
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def train(vectors: Floats, has_face: Flags, parts: NDArray[np.integer], names: tuple[str, str]) -> FaceHead:
    """The head of the pictures in part FIT, its cutoff from those in CUT, its figures from those in TOLD; `names` are
    the identities of encoder and detector. ModelError when a part has too few pictures of either kind."""
    for part in (FIT, CUT, TOLD):
        n_faces, n = int(has_face[parts == part].sum()), int((parts == part).sum())
        if min(n_faces, n - n_faces) < FEWEST:
            raise ModelError(
                f"too few pictures to train and judge a face head: one of three parts has {n_faces} with a face and "
                f"{n - n_faces} without, and needs {FEWEST} of each; build a larger sample with the detector faces"
            )
    weights, bias = fit(vectors[parts == FIT], has_face[parts == FIT])
    head = FaceHead(*names, weights, bias, 0.0, Figures(0, 0, 0, 0, 0))
    cutoff = cutoff_for(head.score(vectors[parts == CUT]), has_face[parts == CUT])
    told = figures(head.score(vectors[parts == TOLD]), has_face[parts == TOLD], cutoff)
    return replace(head, cutoff=cutoff, told=told)


def fit(vectors: Floats, has_face: Flags) -> tuple[Floats, float]:
    """Weights and bias of a logistic regression on standardised vectors with a penalty of half the squared weights, as
    scikit-learn's default has."""
    values = vectors.astype(np.float64)
    mean, deviation = values.mean(axis=0), values.std(axis=0) + 1e-6
    values = (values - mean) / deviation
    signs = np.where(has_face, 1.0, -1.0)

    def loss(found: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = signs * (values @ found[:-1] + found[-1])
        pull = -signs / (1 + np.exp(np.clip(margins, -60, 60)))
        value = np.logaddexp(0, -margins).sum() + (found[:-1] ** 2).sum() / 2
        return float(value), np.append(values.T @ pull + found[:-1], pull.sum())

    found = minimize(loss, np.zeros(values.shape[1] + 1), jac=True, method="L-BFGS-B").x
    weights = found[:-1] / deviation
    return weights.astype(np.float32), float(found[-1] - weights @ mean)


def cutoff_for(scores: Floats, has_face: Flags, recall: float = RECALL) -> float:
    """The highest cutoff that this share of the pictures with a face is beyond."""
    of_faces = np.sort(scores[has_face])
    lowest = of_faces[int((1 - recall) * len(of_faces) + 1e-9)]
    return float(np.nextafter(lowest, np.float32(-1)))


def figures(scores: Floats, has_face: Flags, cutoff: float) -> Figures:
    beyond = scores > cutoff
    n_right = int((beyond & has_face).sum())
    return Figures(
        n=len(scores),
        n_faces=int(has_face.sum()),
        recall=n_right / max(1, int(has_face.sum())),
        precision=n_right / max(1, int(beyond.sum())),
        kept=float(1 - beyond.mean()),
    )


def write_face_head(head: FaceHead, uri: str) -> None:
    known: dict[str, Any] = {
        "kind": KIND,
        "encoder": head.encoder,
        "detector": head.detector,
        "cutoff": head.cutoff,
        "told": vars(head.told),
        "bias": head.bias,
        "weights": [float(each) for each in head.weights],
    }
    write_json(uri, known)


@lru_cache(maxsize=4)
def read_face_head(uri: str) -> FaceHead:
    """ModelError when there is none."""
    data = read_bytes(uri)
    if data is None:
        raise ModelError(f"there is no face head {uri}: `corpus models train-faces OUT --to {uri}` makes one")
    try:
        known = json.loads(data)
        if known["kind"] != KIND:
            raise ValueError(f"it is of kind {known['kind']}, not {KIND}")
        return FaceHead(
            encoder=known["encoder"],
            detector=known["detector"],
            weights=np.array(known["weights"], np.float32),
            bias=float(known["bias"]),
            cutoff=float(known["cutoff"]),
            told=Figures(**known["told"]),
            sha256=hashlib.sha256(data).hexdigest(),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{uri} is no face head: {error}") from None
