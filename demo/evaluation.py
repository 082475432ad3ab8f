"""How well a checkpoint puts sentences to pictures on pages it never saw."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.optimize import linear_sum_assignment

from demo.captions import LANGUAGES, describe, filler
from demo.checkpoint import Encoder
from demo.scenes import STYLES, Scene, draw, random_scene, related_scene, twin_scene

PICTURE_PX = (240, 180)
KINDS_OF_PAGES = {
    "ordinary": "scenes have nothing to do with each other",
    "related": "scenes share a kind of thing, the background, or both with the first",
    "twins": "scenes differ from the first in one respect only",
}
KEPT_SHARE = 0.975  # of the true pairs at least, whatever a higher bound would drop


@dataclass(frozen=True)
class Page:
    """Pictures and sentences; sentence i describes picture i, the sentences after those describe none."""

    pictures: list[Image.Image]
    sentences: list[str]


@dataclass(frozen=True)
class Outcome:
    """Pages of one kind: share of rightly placed sentences, cosines of true pairs, and of the best that is
    left for pictures whose sentence was taken from the page.
    """

    precision: float
    true: np.ndarray
    orphaned: np.ndarray


def _next_scene(first: Scene, kind: str, rng: random.Random) -> Scene:
    if kind == "ordinary":
        return random_scene(rng, held_out=True)
    similar = related_scene if kind == "related" else twin_scene
    return similar(first, rng, held_out=True)


def build_page(language: str, kind: str, rng: random.Random) -> Page:
    """Four to seven held-out scenes of a page of that kind, one of KINDS_OF_PAGES."""
    scenes, count = [random_scene(rng, held_out=True)], rng.randint(4, 7)
    while len(scenes) < count:
        scene = _next_scene(scenes[0], kind, rng)
        if scene not in scenes:
            scenes.append(scene)
    pictures = [draw(scene, *PICTURE_PX, rng.choice(STYLES), rng) for scene in scenes]
    described = [describe(scene, language, rng) for scene in scenes]
    return Page(pictures, described + [filler(language, rng) for _ in scenes])


def cosines(page: Page, encoder: Encoder) -> np.ndarray:
    """float32 (pictures, sentences)."""
    with torch.inference_mode():
        pixels = torch.stack([encoder.preprocess(picture) for picture in page.pictures])
        images = encoder.model.encode_image(pixels, normalize=True)
        texts = encoder.model.encode_text(encoder.tokenizer(page.sentences), normalize=True)
        scores: np.ndarray = (images @ texts.T).numpy()
    return scores


def _outcome(pages: list[Page], encoder: Encoder) -> Outcome:
    right, total = 0, 0
    true: list[float] = []
    orphaned: list[float] = []
    for page in pages:
        scores = cosines(page, encoder)
        count = len(page.pictures)
        pictures, sentences = linear_sum_assignment(scores, maximize=True)
        right += int((pictures == sentences).sum())
        total += count
        true += np.diagonal(scores).tolist()
        missing = count // 2
        pictures, sentences = linear_sum_assignment(scores[:, missing:], maximize=True)
        orphaned += scores[:, missing:][pictures, sentences][:missing].tolist()
    return Outcome(right / total, np.array(true), np.array(orphaned))


def best_bound(true: np.ndarray, orphaned: np.ndarray) -> float:
    """The cosine, to three decimals, above which most true pairs and fewest orphaned pictures lie.

    Where many bounds are equally good, the middle one: pages in the wild are less alike than ours.
    """
    bounds = np.arange(0.0, float(np.quantile(true, 1 - KEPT_SHARE)), 0.001)
    gains = (true >= bounds[:, None]).mean(axis=1) + (orphaned < bounds[:, None]).mean(axis=1)
    best = bounds[gains >= gains.max() - 1e-9]
    return round(float(best[len(best) // 2]), 3)


def evaluate(encoder: Encoder, pages: int, seed: int) -> dict[str, Any]:
    """Precision by language on each kind of page, the bound on the cosine, and what it does.

    `pages` is the number of pages of each kind per language.
    """
    outcomes: dict[str, dict[str, Outcome]] = {}
    for number, kind in enumerate(KINDS_OF_PAGES):
        outcomes[kind] = {}
        for place, language in enumerate(LANGUAGES):
            rng = random.Random(seed * 100 + number * 10 + place)
            outcomes[kind][language] = _outcome(
                [build_page(language, kind, rng) for _ in range(pages)], encoder
            )
    # on a page of twins another sentence is nearly right, so twins do not take part in choosing the bound
    chosen = [outcomes[kind] for kind in ("ordinary", "related")]
    measured = [outcome for by_language in chosen for outcome in by_language.values()]
    true = np.concatenate([outcome.true for outcome in measured])
    bound = best_bound(true, np.concatenate([outcome.orphaned for outcome in measured]))
    report: dict[str, Any] = {
        "min_similarity": bound,
        "dtype": "float32",
        "languages": list(LANGUAGES),
        "true_pairs_kept": round(float((true >= bound).mean()), 4),
    }
    for kind, by_language in outcomes.items():
        orphaned = np.concatenate([o.orphaned for o in by_language.values()])
        rates = {language: round(o.precision, 4) for language, o in by_language.items()}
        report[f"precision_{kind}"] = {"mean": round(float(np.mean(list(rates.values()))), 4), **rates}
        report[f"pictures_without_sentence_dropped_{kind}"] = round(float((orphaned < bound).mean()), 4)
    return report
