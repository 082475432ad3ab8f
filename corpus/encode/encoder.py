"""One encoder per process: pictures and sentences in, unit vectors of one space out.

Goes in: the encoder's name, then pictures or sentences. Comes out: float32 unit vectors [n, n_dimensions].
Models are built and loaded by open_clip. They run on the device and in the numbers that `device` chooses, on
the CPU with one thread per task.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from corpus.encode.checkpoint import checkpoint_folder, encoder_identity, fetch_weights
from corpus.encode.device import BFLOAT16, FLOAT32, chosen_device, on
from corpus.encode.prepared import prepared
from corpus.encode.reduced import reduce
from corpus.encode.registry import (
    VERSIONS,
    Source,
    check_encoder,
    encoder_dtype,
    find_source,
    read_config,
)
from corpus.encode.text_tower import filled, text_features
from corpus.encode.torchvision_ops import ensure_torchvision
from corpus.errors import EncoderError
from corpus.vectors import unit

Vectors = NDArray[np.float32]

LOAD_ERRORS = (
    RuntimeError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    AssertionError,
    ImportError,
    OSError,
    EOFError,
    pickle.UnpicklingError,
)
"""What torch and open_clip raise for configs and weights that are damaged, missing or of another model."""


@dataclass(frozen=True)
class Encoder:
    """A loaded encoder.

    `prepare` turns an RGB picture into pixels [height, width, 3], uint8, of the size that the model takes; it may be
    called from several threads. `least_px`, twice that size, is enough of a picture for it.
    `features` gives what the model makes of a batch of them, [n, height, width, 3] and on its device, there.
    `encode_pixels` brings pixels there as one batch, and on a GPU may be called from several threads. `encode_texts`
    takes any number of sentences, runs each distinct one once and cuts those that are longer than the model's context.
    Both return unit vectors [n, n_dimensions] in the order given. `label` is the identity with the versions of the
    libraries, as it is written with vectors.
    """

    identity: str
    label: str
    n_dimensions: int
    device: str
    least_px: int
    prepare: Callable[[Image.Image], torch.Tensor]
    features: Callable[[torch.Tensor], torch.Tensor]
    encode_pixels: Callable[[Sequence[torch.Tensor]], Vectors]
    encode_texts: Callable[[Sequence[str]], Vectors]

    def encode_images(self, pictures: Iterable[Image.Image]) -> Vectors:
        """Vectors of pictures, which are taken one at a time, so that a generator never holds two of them decoded."""
        return self.encode_pixels([self.prepare(picture) for picture in pictures])


def load_encoder(encoder: str, sentences_per_batch: int = 256, dtype: str = FLOAT32) -> Encoder:
    """The encoder, loaded once per process. EncoderError says in one sentence why it cannot be had."""
    return loaded(encoder, sentences_per_batch, encoder_dtype(encoder, dtype), chosen_device())


@lru_cache(maxsize=1)
def loaded(encoder: str, sentences_per_batch: int, dtype: str, device: str) -> Encoder:
    check_encoder(encoder)
    torch.set_num_threads(1)
    model, preprocess, tokenizer, n_dimensions = load_model(encoder, find_source(encoder), device)
    *resizing, _, normalise = preprocess.transforms
    if dtype == BFLOAT16:
        reduce(model)
    identity = encoder_identity(encoder, dtype)

    @torch.inference_mode()
    def features(pixels: torch.Tensor) -> torch.Tensor:
        colours = pixels.permute(0, 3, 1, 2).contiguous().float().div_(255)
        return filled(model.encode_image, normalise(colours))

    def encode_pixels(pixels: Sequence[torch.Tensor]) -> Vectors:
        if not pixels:
            return np.empty((0, n_dimensions), np.float32)
        return unit_rows(identity, features(on(torch.stack(list(pixels)), device)))

    def encode_texts(sentences: Sequence[str]) -> Vectors:
        rank = {sentence: row for row, sentence in enumerate(dict.fromkeys(sentences))}
        if not rank:
            return np.empty((0, n_dimensions), np.float32)
        with torch.inference_mode():
            meanings = text_features(model, tokenizer(list(rank)), sentences_per_batch, device)
        return unit_rows(identity, meanings)[[rank[sentence] for sentence in sentences]]

    label = f"{identity}{VERSIONS}{versions()}"
    least_px = 2 * int(np.max(model.visual.image_size))
    return Encoder(
        identity, label, n_dimensions, device, least_px,
        partial(prepared, resizing), features, encode_pixels, encode_texts,
    )  # fmt: skip


def versions() -> str:
    """The libraries that decode, resize and multiply, with their versions."""
    names = ("open_clip_torch", "pillow", "torch", "torchvision")
    return ", ".join(f"{name} {version(name)}" for name in names)


def unit_rows(identity: str, features: torch.Tensor) -> Vectors:
    """Features as unit vectors; EncoderError when they are not finite, which no input causes."""
    rows = features.float().cpu().numpy()
    if not np.isfinite(rows).all():
        raise EncoderError(f"encoder {identity} gives values that are not finite: its weights are damaged")
    return unit(rows)


def load_model(encoder: str, source: Source, device: str) -> tuple[Any, Any, Any, int]:
    """The model in evaluation mode, what prepares a picture for it, its tokenizer, its vectors' length."""
    ensure_torchvision()
    import open_clip
    from open_clip.pretrained import get_pretrained_cfg
    from safetensors import SafetensorError

    name = source.model
    options: dict[str, Any] = {}
    if source.folder is not None:
        folder = checkpoint_folder(source)
        name, options = f"local-dir:{folder}", own_text_tower(folder)
    elif source.weights is not None:
        options = {"pretrained": str(source.weights)}
    else:
        # The tag knows the activation its weights were trained with; the model's config often names another.
        quick_gelu = bool(get_pretrained_cfg(name, source.tag).get("quick_gelu"))
        fetch_weights(source)
        options = {"pretrained": source.tag, "force_quick_gelu": quick_gelu}
    try:
        model, _, preprocess = open_clip.create_model_and_transforms(name, device=device, **options)
        tokenizer = open_clip.get_tokenizer(name)
        n_dimensions = int(open_clip.get_model_config(name)["embed_dim"])
    except (*LOAD_ERRORS, SafetensorError) as error:
        raise EncoderError(load_failure(encoder, source, error)) from error
    return model.eval(), preprocess, tokenizer, n_dimensions


def own_text_tower(folder: Path) -> dict[str, Any]:
    """What makes open_clip describe a text tower of Hugging Face by the config.json of the folder, where there is one,
    not by a model of the hub."""
    text = read_config(folder)["model_cfg"].get("text_cfg", {})
    if "hf_model_name" not in text or not (folder / "config.json").is_file():
        return {}
    return {"text_cfg": {**text, "hf_model_name": str(folder), "hf_model_pretrained": False}}


def load_failure(encoder: str, source: Source, error: Exception) -> str:
    """One sentence for what open_clip raised: what could not be loaded, why, and what to do."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    if isinstance(error, ImportError):
        return f"encoder {encoder!r} needs a package that is not installed: {lines[0]}"
    if lines[0].startswith("Error(s) in loading state_dict") and len(lines) > 1:
        return f"the weights of encoder {encoder!r} do not fit the model of their config: {lines[1][:200]}"
    where = f" from {source.weights}" if source.weights else ""
    return f"cannot load encoder {encoder!r}{where}: {type(error).__name__}: {lines[0][:300]}"
