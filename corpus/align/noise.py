"""Signs that a picture and its sentence, or a document's pictures, do not belong together.

Goes in: unit vectors of pictures [n_images, d] and sentences [n_sentences, d], their similarity matrix and assignment,
and unit vectors of pictures and sentences of other documents in the same language. Comes out: one number per picture,
or per document; NaN where it cannot be measured. Nothing here is more than a product of embeddings that exist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.vectors import unit

TEMPERATURE = 0.01
"""Of CLIP's softmax: its logits are cosines times 100 (Radford et al. 2021, section 2.4)."""
MIN_NEGATIVES = 8
"""With fewer, a share of them says nothing."""
FULL_OF_LETTERS = 20
"""About four words."""

Vectors = NDArray[np.float32]
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Negatives:
    """Unit vectors of pictures and of sentences of other documents, [n, d]."""

    pictures: Vectors
    sentences: Vectors


def signs(
    pictures: Vectors,
    sentences: Vectors,
    similarity: Vectors,
    matched: NDArray[np.int32],
    negatives: Negatives,
    n_letters: Floats,
) -> dict[str, Floats]:
    """All signs of a document's pictures, each [n_images], under the names of their columns. `similarity` [n_images,
    n_sentences] are the cosines of pictures and sentences. `matched` is the sentence of each picture; where it is under
    0, what asks for a pair is NaN. `n_letters` [n_images] stand in each picture, NaN where it was not looked at."""
    columns = np.maximum(matched, 0)
    own = np.where(matched < 0, np.nan, similarity[np.arange(len(matched)), columns])
    partners = sentences[columns]
    to_sentences, to_pictures = pictures @ negatives.sentences.T, partners @ negatives.pictures.T
    return {
        "regret": similarity.max(axis=1) - own,
        "entropy": entropy(similarity),
        "topical_sim": topical_similarity(pictures, sentences),
        "nearest_image_sim": nearest_picture(pictures),
        "sentences_above": share_above(own, to_sentences),
        "images_above": share_above(own, to_pictures),
        "s_clip_loss": s_clip_loss(own, to_sentences, to_pictures),
        "shortcut": shortcut(own, n_letters),
    }


def entropy(similarity: Floats) -> Floats:
    """How undecided a picture is between its sentences, [n_images]: entropy of the softmax of its cosines at CLIP's
    temperature over that of an even choice. 0 decided, 1 no preference; NaN with a single sentence."""
    n_sentences = similarity.shape[1]
    if n_sentences == 1:
        return np.full(len(similarity), np.nan)
    logits = similarity / TEMPERATURE
    logits = logits - logits.max(axis=1, keepdims=True)
    chance = np.exp(logits)
    total = chance.sum(axis=1)
    found: Floats = (np.log(total) - (chance * logits).sum(axis=1) / total) / np.log(n_sentences)
    return found.clip(0, 1)


def topical_similarity(pictures: Vectors, sentences: Vectors) -> Floats:
    """Cosine of each picture with the mean direction of all sentences, [n_images], -1 to 1: whether it is about what
    the document is about."""
    return np.asarray(pictures @ unit(sentences.mean(axis=0, keepdims=True))[0])


def nearest_picture(pictures: Vectors) -> Floats:
    """Cosine of each picture with the most similar other one of the document, [n_images]; near 1: a near-copy in
    content, whatever its pixels. NaN with a single picture."""
    if len(pictures) == 1:
        return np.full(1, np.nan)
    cosines = pictures @ pictures.T
    np.fill_diagonal(cosines, -np.inf)
    return np.asarray(cosines.max(axis=1))


def share_above(own: Floats, to_negatives: Floats) -> Floats:
    """Share of the negatives more similar than the partner, [n], 0 to 1, from cosines with the partner [n] and with
    the negatives [n, n_negatives]. A threshold-free rank: mOSCAR (section 3.6) keeps what is among the first 8 of a
    partner and 63 negatives, a share of 7 in 63. NaN with fewer than MIN_NEGATIVES."""
    if to_negatives.shape[1] < MIN_NEGATIVES:
        return np.full(len(own), np.nan)
    return np.where(np.isnan(own), np.nan, (to_negatives > own[:, None]).mean(axis=1))


def least_share_above(to_sentences: Floats, to_negatives: Floats) -> Floats:
    """For each sentence of a document the share of other documents' sentences more like a picture than it, least over
    the pictures, [n_sentences], 0 to 1, from cosines of the pictures with both, [n_images, ...]. mOSCAR's joint filter
    keeps a text that ranks high for at least one picture (section 3.6). NaN with fewer than MIN_NEGATIVES."""
    n_negatives = to_negatives.shape[1]
    if n_negatives < MIN_NEGATIVES:
        return np.full(to_sentences.shape[1], np.nan)
    least = np.ones(to_sentences.shape[1])
    for own, negatives in zip(to_sentences, np.sort(to_negatives, axis=1), strict=True):
        n_above = n_negatives - np.searchsorted(negatives, own, side="right")
        least = np.minimum(least, n_above / n_negatives)
    return least


def s_clip_loss(own: Floats, to_sentences: Floats, to_pictures: Floats) -> Floats:
    """Cosine of each pair less what its picture and its sentence reach with anything, [n].

    Wang et al. 2024 (2405.19547), equation 3, with the mean over negatives and partner for the sum over a batch, so
    that batches of other sizes compare. At most TEMPERATURE * log(1 + n_negatives), under 0 where negatives do better.
    `own` [n]; the others [n, n_negatives]: cosines of the pictures with other sentences, and of the sentences with
    other pictures.
    """
    if min(to_sentences.shape[1], to_pictures.shape[1]) < MIN_NEGATIVES:
        return np.full(len(own), np.nan)
    reached = [soft_maximum(np.column_stack([own, each])) for each in (to_sentences, to_pictures)]
    return np.asarray(own - (reached[0] + reached[1]) / 2)


def shortcut(own: Floats, n_letters: Floats) -> Floats:
    """How much of the cosine of each pair letters in the picture may account for, [n], 0 to 1: all of it from
    FULL_OF_LETTERS on, none without any. CLIP reads: of pictures whose text repeats their caption the cosine tells
    nothing else (Maini et al. 2023, T-MARS, 2307.03132, which masks the text and embeds again; this costs nothing
    and does not know whether the letters say what the sentence says)."""
    return np.asarray(np.maximum(own, 0) * np.minimum(1, n_letters / FULL_OF_LETTERS))


def soft_maximum(cosines: Floats) -> Floats:
    """TEMPERATURE * log mean exp(cosine / TEMPERATURE) of each row."""
    highest = cosines.max(axis=1, keepdims=True)
    means = np.exp((cosines - highest) / TEMPERATURE).mean(axis=1)
    return np.asarray(highest[:, 0] + TEMPERATURE * np.log(means))


def norm_sim(pictures: Vectors, others: Vectors) -> Floats:
    """How common the content of each picture is among the corpus' own, [n_images], 0 to 1: the root mean square of its
    cosines with other pictures. NormSim-D of Wang et al. 2024 (section 3.2) without its rounds of refining the others,
    scaled by their number. NaN with fewer than MIN_NEGATIVES."""
    if len(others) < MIN_NEGATIVES:
        return np.full(len(pictures), np.nan)
    return np.asarray(np.sqrt(np.square(pictures @ others.T).mean(axis=1)))


def coherence(pictures: Vectors) -> float:
    """Mean cosine of the document's pictures with each other, -1 to 1; NaN with a single one."""
    n = len(pictures)
    if n == 1:
        return float("nan")
    return float((np.square(pictures.sum(axis=0)).sum() - np.square(pictures).sum()) / (n * (n - 1)))


def shuffle_z(similarity: Floats, matched: NDArray[np.int32]) -> float:
    """By how many standard deviations the pairs of a document are better than the same pictures and sentences paired
    at random; NaN with fewer than two pairs, or where all pairings are alike.

    Exact, no shuffling is done: the sum over a random permutation of a square matrix has the mean and variance of
    Hoeffding 1951 (A combinatorial central limit theorem, theorem 2).
    """
    rows = np.flatnonzero(matched >= 0)
    n = len(rows)
    if n < 2:
        return float("nan")
    pairs = similarity[np.ix_(rows, matched[rows])].astype(np.float64)
    centred = pairs - pairs.mean(axis=0) - pairs.mean(axis=1, keepdims=True) + pairs.mean()
    variance = np.square(centred).sum() / (n - 1)
    if variance < 1e-12:
        return float("nan")
    return float((np.trace(pairs) - pairs.sum() / n) / np.sqrt(variance))
