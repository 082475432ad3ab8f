"""How well a sign tells what is wrong from what is right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


def separation(sign: NDArray[np.floating], is_wrong: NDArray[np.bool_]) -> float:
    """ROC-AUC: chance that what is wrong has the lower sign; what could not be measured is left out."""
    known = ~np.isnan(sign)
    ranks, wrong = rankdata(sign[known]), is_wrong[known]
    n_wrong, n_right = int(wrong.sum()), int((~wrong).sum())
    if not (n_wrong and n_right):
        return float("nan")
    return float((ranks[~wrong].sum() - n_right * (n_right + 1) / 2) / (n_wrong * n_right))
