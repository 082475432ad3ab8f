"""Images and sentences per second: our encoder beside a plain loop of open_clip with the same weights.

Goes in: RGB pictures and sentences, in the order of the corpus. Comes out: timings of both, whose vectors are the same
but for rounding. Ours runs each distinct sentence once, those of like length together and no further than they go, and
multiplies in bfloat16 where the processor does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from PIL import Image

from bench.timing import Timing, in_turns
from corpus.config import Encode, Fetch
from corpus.encode.encoder import load_encoder, load_model
from corpus.encode.registry import find_source
from corpus.encode.torchvision_ops import ensure_torchvision
from corpus.errors import EncoderError
from corpus.pixels import decode_rgb

OURS, PLAIN = "ours", "open_clip, batch by batch"
N_WARMING = 8
MIN_COSINE = 0.999
VIT = "ViT-B-32"
RANDOM_VIT = f"{VIT} of random weights"
"""Speed does not depend on what the weights are, so the model that most pipelines run needs no download."""

Vectors = NDArray[np.float32]
Item = TypeVar("Item")


Timings = dict[str, list[Timing]]


def pictures_of(batches: Sequence[pa.RecordBatch], n: int) -> list[Image.Image]:
    """The first n pictures of what `embed_images` reads, decoded."""
    bodies = (body.as_py() for batch in batches for body in batch.column("bytes"))
    return [decode_rgb(body, Fetch().max_pixels) for body in islice(bodies, n)]


def sentences_of(batches: Sequence[pa.RecordBatch], n: int) -> list[str]:
    """The first n sentences of what `embed_sentences` reads, document by document."""
    documents = (sentences.as_py() for batch in batches for sentences in batch.column("sentences"))
    return list(islice(chain.from_iterable(documents), n))


def time_images(pictures: Sequence[Image.Image], settings: Encode, n_rounds: int) -> Timings:
    """Both encoders on the pictures, in batches of `images_per_batch`."""
    encoder = load_encoder(settings.encoder, settings.sentences_per_batch, settings.dtype)
    plain = plain_encoder(settings.encoder)

    def ours(some: Sequence[Image.Image]) -> Vectors:
        return joined(encoder.encode_images(batch) for batch in batches(some, settings.images_per_batch))

    def theirs(some: Sequence[Image.Image]) -> Vectors:
        return joined(plain.encode_images(batch) for batch in batches(some, settings.images_per_batch))

    return compared(ours, theirs, pictures, n_rounds)


def time_sentences(sentences: Sequence[str], settings: Encode, n_rounds: int) -> Timings:
    """Both encoders on the sentences, in batches of `sentences_per_batch`."""
    encoder = load_encoder(settings.encoder, settings.sentences_per_batch, settings.dtype)
    plain = plain_encoder(settings.encoder)

    def theirs(some: Sequence[str]) -> Vectors:
        return joined(plain.encode_texts(batch) for batch in batches(some, settings.sentences_per_batch))

    return compared(encoder.encode_texts, theirs, sentences, n_rounds)


def compared(
    ours: Callable[[Sequence[Item]], Vectors],
    theirs: Callable[[Sequence[Item]], Vectors],
    items: Sequence[Item],
    n_rounds: int,
) -> Timings:
    """Both on all items in turns, after a few that warm them up and whose vectors are compared: EncoderError when they
    differ, since the two would not have done the same work."""
    alike = float((ours(items[:N_WARMING]) * theirs(items[:N_WARMING])).sum(axis=1).min())
    if alike < MIN_COSINE:
        raise EncoderError(
            f"a cosine of our vectors and those of open_clip is {alike:.5f}, under {MIN_COSINE}"
        )
    return in_turns({OURS: lambda: len(ours(items)), PLAIN: lambda: len(theirs(items))}, n_rounds)


@dataclass(frozen=True)
class PlainEncoder:
    """A model of open_clip, called as its README shows: pictures or sentences of one batch in, unit vectors out."""

    model: Any
    preprocess: Any
    tokenizer: Any
    device: str

    def encode_images(self, pictures: Sequence[Image.Image]) -> Vectors:
        pixels = torch.stack([self.preprocess(picture) for picture in pictures]).to(self.device)
        with torch.inference_mode():
            return self.normalised(self.model.encode_image(pixels))

    def encode_texts(self, sentences: Sequence[str]) -> Vectors:
        tokens = self.tokenizer(list(sentences)).to(self.device)
        with torch.inference_mode():
            return self.normalised(self.model.encode_text(tokens))

    def normalised(self, features: torch.Tensor) -> Vectors:
        unit: Vectors = (features / features.norm(dim=-1, keepdim=True)).cpu().numpy()
        return unit


def plain_encoder(encoder: str) -> PlainEncoder:
    """The same weights in a model of its own, on the same device; threads stay as `load_encoder` sets them: one."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, preprocess, tokenizer, _ = load_model(encoder, find_source(encoder), device)
    return PlainEncoder(model, preprocess, tokenizer, device)


def write_random(model: str, folder: Path) -> str:
    """A checkpoint folder of a model of open_clip with random weights, seeded."""
    ensure_torchvision()
    import open_clip

    torch.manual_seed(0)
    folder.mkdir()
    torch.save(open_clip.create_model(model).state_dict(), folder / "open_clip_pytorch_model.bin")
    config = {"model_cfg": open_clip.get_model_config(model), "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    return str(folder)


def batches(items: Sequence[Item], n: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), n):
        yield items[start : start + n]


def joined(vectors: Iterator[Vectors]) -> Vectors:
    return np.concatenate(list(vectors))
