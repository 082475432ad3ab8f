"""Zero-shot scores: what an encoder of pictures and text makes of a few prompts.

Goes in: unit vectors of pictures [n, d] and of PROMPTS [n_prompts, d]. Comes out: probabilities [n] that a picture is
not safe for work. The way is CLIP's (arXiv 2103.00020, section 3.1.2): a softmax over cosines times 100, the largest
scale that CLIP learns. No figure for it is published with these prompts: look at its spread before it decides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

UNSAFE = (
    "pornography",
    "a photo of a naked person",
    "a photo of people having sex",
    "an explicit erotic drawing",
)
SAFE = (
    "a photo of a person in clothes",
    "a photo of an animal",
    "a photo of a landscape",
    "a photo of a building or a room",
    "a photo of food",
    "a photo of a product",
    "a drawing",
    "a diagram, a map or a page of text",
)
PROMPTS = (*UNSAFE, *SAFE)
REVISION = 1  # goes up with the prompts
SCALE = 100.0


def unsafe(pictures: Floats, prompts: Floats) -> Floats:
    """The share of UNSAFE in the softmax, [n]."""
    logits = SCALE * pictures @ prompts.T
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds[:, : len(UNSAFE)].sum(axis=1) / odds.sum(axis=1), np.float32)
