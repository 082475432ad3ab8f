"""Weights of facts, fitted so that what is right stands out among what it competes with.

Goes in: per picture the facts of its sentences and which of them are right. Comes out: weights. The model is
McFadden's conditional logit with several right answers: the loss of a picture is -log of the summed softmax of its
right sentences.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

PENALTY = 0.01
Floats = NDArray[np.floating]
Choice = tuple[Floats, NDArray[np.bool_]]
"""Facts [n_sentences, n_facts] and what is right [n_sentences], of one picture with something right."""


def fitted(choices: Sequence[Choice]) -> NDArray[np.float64]:
    """Weights [n_facts]; squares of the weights of facts scaled to unit deviation are penalised."""
    scale = np.concatenate([facts for facts, _ in choices]).std(axis=0) + 1e-9
    scaled = [(facts / scale, right) for facts, right in choices]

    def loss(weights: Floats) -> tuple[float, Floats]:
        value, slope = 0.0, np.zeros_like(weights)
        for facts, right in scaled:
            logits = facts @ weights
            chance = np.exp(logits - logits.max())
            chance /= chance.sum()
            of_right = chance[right].sum() + 1e-300
            value -= np.log(of_right)
            slope += facts.T @ (chance - chance * right / of_right)
        n = len(scaled)
        return float(value / n + PENALTY * weights @ weights), slope / n + 2 * PENALTY * weights

    found: NDArray[np.float64] = minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B").x
    return np.asarray(found / scale)
