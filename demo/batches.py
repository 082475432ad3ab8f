"""Training batches for the demo encoder, made on the fly and fixed by (seed, step)."""

import io
import random
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from corpus.encode.torchvision_ops import ensure_torchvision
from demo.captions import LANGUAGES, describe, filler
from demo.scenes import (
    BACKGROUNDS,
    COLOURS,
    KINDS,
    MAX_COUNT,
    PLACES,
    RELATIONS,
    STYLES,
    Scene,
    draw,
    random_scene,
    twin_scene,
)

ensure_torchvision()

from open_clip.tokenizer import SimpleTokenizer  # noqa: E402

IMAGE_PX = 64
CONTEXT = 77
UNKNOWN = 0  # compact row that stays zero: padding, and every token that no training sentence contains
FAMILY = 4  # scenes that differ in one respect: without them training never looks at what kind a thing is
_COLOUR_NAMES = tuple(COLOURS)
_WHERE = (*RELATIONS, *PLACES)
PART_SIZES = (
    len(KINDS), len(COLOURS), MAX_COUNT, len(KINDS) + 1, len(COLOURS) + 1, len(_WHERE), len(BACKGROUNDS),
)  # fmt: skip
LONE_SHARE = 0.25  # of a batch: scenes without a family


@dataclass(frozen=True)
class Batch:
    """`images` uint8 (b, 3, 64, 64); `captions` (b, 77) and `fillers` (f, 77) int64, in compact rows;
    `parts` int64 (b, 7), the scene's parts as numbers below PART_SIZES.
    """

    images: torch.Tensor
    captions: torch.Tensor
    fillers: torch.Tensor
    parts: torch.Tensor


def numbered_parts(scene: Scene) -> list[int]:
    """Kind, colour and count of the subject, kind and colour of the other group, where, and background.

    The last number of the other group's parts means that there is none.
    """
    subject, other = scene.subject, scene.other
    return [
        KINDS.index(subject.kind),
        _COLOUR_NAMES.index(subject.colour),
        subject.count - 1,
        KINDS.index(other.kind) if other else len(KINDS),
        _COLOUR_NAMES.index(other.colour) if other else len(COLOURS),
        _WHERE.index(scene.relation or scene.place or "middle"),
        BACKGROUNDS.index(scene.background),
    ]


def used_tokens(sentences_per_language: int) -> np.ndarray:
    """Sorted vocabulary rows that captions and fillers touch, row 0 (the padding) included; int64 (t,).

    Sorting keeps the end-of-text row the largest, which is how open_clip finds the end of a sentence.
    """
    tokenizer, rng = SimpleTokenizer(context_length=CONTEXT), random.Random(0)
    rows = {UNKNOWN, tokenizer.sot_token_id, tokenizer.eot_token_id}
    for language in LANGUAGES:
        for _ in range(sentences_per_language):
            rows.update(tokenizer.encode(describe(random_scene(rng, held_out=False), language, rng)))
            rows.update(tokenizer.encode(filler(language, rng)))
    return np.array(sorted(rows), dtype=np.int64)


def _jittered(picture: Image.Image, rng: random.Random) -> Image.Image:
    """The picture with changed light and, half of the time, the traces of JPEG compression."""
    gain, shift = rng.uniform(0.88, 1.1), rng.uniform(-14, 14)
    picture = picture.point([min(255, max(0, round(gain * v + shift))) for v in range(256)] * 3)
    if rng.random() < 0.5:
        packed = io.BytesIO()
        picture.save(packed, "JPEG", quality=rng.randint(45, 95))
        picture = Image.open(packed)
    return picture


def _picture(scene: Scene, rng: random.Random) -> np.ndarray:
    """uint8 (64, 64, 3), squashed with the filter that open_clip's preprocessing uses."""
    long_side, aspect = rng.randint(90, 220), 2 ** rng.uniform(-0.9, 0.9)
    width, height = round(long_side * min(aspect, 1)), round(long_side / max(aspect, 1))
    picture = _jittered(draw(scene, width, height, rng.choice(STYLES), rng), rng)
    return np.asarray(picture.resize((IMAGE_PX, IMAGE_PX), Image.Resampling.BICUBIC))


def _scenes(count: int, rng: random.Random) -> list[Scene]:
    """Some scenes on their own, most in families."""
    scenes = [random_scene(rng, held_out=False) for _ in range(round(count * LONE_SHARE))]
    while len(scenes) < count:
        head = random_scene(rng, held_out=False)
        scenes += [head, *(twin_scene(head, rng, held_out=False) for _ in range(FAMILY - 1))]
    return scenes[:count]


class SceneBatches(Dataset[Batch]):
    """`steps` batches of `size` pictures, their captions and a quarter as many fillers."""

    def __init__(self, steps: int, size: int, seed: int, rows: np.ndarray) -> None:
        self.steps, self.size, self.seed, self.rows = steps, size, seed, rows
        self.tokenizer = SimpleTokenizer(context_length=CONTEXT)

    def __len__(self) -> int:
        return self.steps

    def _compact(self, sentences: list[str]) -> torch.Tensor:
        tokens = self.tokenizer(sentences).numpy()
        places = np.searchsorted(self.rows, tokens)
        return torch.from_numpy(np.where(self.rows[places] == tokens, places, UNKNOWN))

    def _blanked(self, tokens: torch.Tensor, share: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
        """Tokens replaced by the unknown row, `share` (n,) of each sentence; both end markers stay."""
        chance = torch.rand(tokens.shape, generator=noise)
        marker = tokens >= len(self.rows) - 2
        return torch.where((chance < share[:, None]) & ~marker, UNKNOWN, tokens)

    def __getitem__(self, step: int) -> Batch:
        rng = random.Random(self.seed * 1_000_003 + step)
        noise = torch.Generator().manual_seed(rng.getrandbits(48))
        scenes = _scenes(self.size, rng)
        captions = self._compact([describe(scene, rng.choice(LANGUAGES), rng) for scene in scenes])
        fillers = self._compact([filler(rng.choice(LANGUAGES), rng) for _ in range(self.size // 4)])
        # prose in real pages has words that no training sentence has: fillers get used to unknown rows
        often = torch.rand(len(fillers), generator=noise) * 1.6 - 0.6
        seldom = torch.where(torch.rand(len(captions), generator=noise) < 0.1, 0.08, 0.0)
        images = np.stack([_picture(scene, rng) for scene in scenes]).transpose(0, 3, 1, 2)
        return Batch(
            torch.from_numpy(np.ascontiguousarray(images)),
            self._blanked(captions, seldom, noise),
            self._blanked(fillers, often, noise),
            torch.tensor([numbered_parts(scene) for scene in scenes]),
        )
