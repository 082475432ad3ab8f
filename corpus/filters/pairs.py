"""Pair filters: judged per picture and the sentence assigned to it. No bound is set by default: what each sign tells
of noise is in docs/noise.md.

Goes in: an item of `images` of the table alignments. Comes out: scores.
"""

from __future__ import annotations

from corpus.columns import Row
from corpus.filters.filter import Filter


def pair_regret(row: Row) -> float | None:
    """Cosine of the picture's most similar sentence less that of the assigned one."""
    value: float | None = row["regret"]
    return value


def pair_entropy(row: Row) -> float | None:
    """How undecided the picture is between the sentences, 0 to 1."""
    value: float | None = row["entropy"]
    return value


def pair_topical_sim(row: Row) -> float | None:
    """Cosine of the picture with the mean of all sentences."""
    value: float | None = row["topical_sim"]
    return value


def pair_nearest_image_sim(row: Row) -> float | None:
    """Cosine of the picture with the most similar other one of the document; not measured of a single one."""
    value: float | None = row["nearest_image_sim"]
    return value


def pair_sentences_above(row: Row) -> float | None:
    """Share of up to 63 sentences of other documents in the language that are more similar to the picture than the
    assigned one; not measured with fewer than eight."""
    value: float | None = row["sentences_above"]
    return value


def pair_images_above(row: Row) -> float | None:
    """Share of up to 63 pictures of other documents in the language that are more similar to the sentence than the
    picture is; not measured with fewer than eight."""
    value: float | None = row["images_above"]
    return value


def pair_s_clip_loss(row: Row) -> float | None:
    """Cosine of the pair less what both reach with the pictures and sentences of other documents."""
    value: float | None = row["s_clip_loss"]
    return value


def pair_shortcut(row: Row) -> float | None:
    """Cosine of the pair as far as letters in the picture may account for it: all of it from 20 letters on, none
    without any."""
    value: float | None = row["shortcut"]
    return value


PAIR_FILTERS = (
    Filter("pair_regret", pair_regret, "docs/noise.md: tells pairs that were exchanged within a page"),
    Filter("pair_entropy", pair_entropy, "docs/noise.md: tells pictures of other pages"),
    Filter("pair_topical_sim", pair_topical_sim, "docs/noise.md: tells pictures of other pages, weakly"),
    Filter("pair_nearest_image_sim", pair_nearest_image_sim, "near-copies in content; says nothing of pairs"),
    Filter(
        "pair_sentences_above",
        pair_sentences_above,
        "mOSCAR, section 3.6: rank at most 8 of 64, so at most 0.112",
    ),
    Filter(
        "pair_images_above", pair_images_above, "mOSCAR, section 3.6: rank at most 8 of 64, so at most 0.112"
    ),
    Filter("pair_s_clip_loss", pair_s_clip_loss, "Wang et al. 2024 (2405.19547), equation 3"),
    Filter(
        "pair_shortcut",
        pair_shortcut,
        "after T-MARS (arXiv 2307.03132): text in a picture makes its cosine; docs/noise.md",
    ),
)
