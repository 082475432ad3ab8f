"""How well a difference of prompts tells kinds of pictures, by words that the bundled encoder knows:
`python -m bench.picture_kinds`.

Goes in: the bundled encoder. Comes out: for each of the grounds that it has learned to draw things on, in the place of
a kind, the ROC-AUC of one prompt alone, of the mean of several, and of that less others, as a mean over kinds and with
one bound for all of them. It says nothing of how well a real encoder knows kinds.
"""

from __future__ import annotations

import random
import sys

import numpy as np
from numpy.typing import NDArray

from bench.separation import separation
from corpus.encode.encoder import load_encoder
from corpus.filters.picture_kinds import above_others
from corpus.vectors import unit
from demo.captions import describe
from demo.scenes import BACKGROUNDS, STYLES, Scene, draw, random_scene

SEED = 0
N_PICTURES = 400
N_PROMPTS = 5
SIDE_PX = 256

Vectors = NDArray[np.float32]


def scene_on(background: str | None, chance: random.Random) -> Scene:
    """A scene that the encoder has not seen; on any ground without one given."""
    while True:
        scene = random_scene(chance, held_out=True)
        if background in (None, scene.background):
            return scene


def main() -> int:
    chance = random.Random(SEED)
    encoder = load_encoder("demo")
    scenes = [scene_on(None, chance) for _ in range(N_PICTURES)]
    drawn = (draw(scene, SIDE_PX, SIDE_PX, chance.choice(STYLES), chance) for scene in scenes)
    pictures = encoder.encode_images(drawn)

    def prompts(background: str | None, n: int) -> Vectors:
        vectors = encoder.encode_texts(
            [describe(scene_on(background, chance), "en", chance) for _ in range(n)]
        )
        mean: Vectors = unit(vectors.mean(axis=0, keepdims=True))[0]
        return mean

    any_ground = pictures @ prompts(None, N_PROMPTS * len(BACKGROUNDS))
    is_kind = np.array([[scene.background == each for scene in scenes] for each in BACKGROUNDS])
    one = np.array([pictures @ prompts(each, 1) for each in BACKGROUNDS])
    mean = np.array([pictures @ prompts(each, N_PROMPTS) for each in BACKGROUNDS])
    others = (list(np.delete(mean, at, axis=0)) for at in range(len(mean)))
    contrast = [above_others(own, rest) for own, rest in zip(mean, others, strict=True)]
    scores = {
        "cosine with one prompt": one,
        f"with the mean of {N_PROMPTS}": mean,
        "less prompts for any picture": mean - any_ground,
        "less the other kinds": np.array(contrast),
    }
    print("| score | mean over kinds | one bound for all |\n|---|---|---|")
    for name, score in scores.items():
        told = [separation(-values, wrong) for values, wrong in zip(score, is_kind, strict=True)]
        print(f"| {name} | {np.mean(told):.3f} | {separation(-score.ravel(), is_kind.ravel()):.3f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
