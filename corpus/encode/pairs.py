"""Encoders of open_clip as models that can be pulled: what a pair of model and tag consists of.

Goes in: `MODEL/TAG`. Comes out: a `Model` whose files make a checkpoint folder that loads without a network: weights,
the config with what the tag says of preprocessing and activation and, for towers of Hugging Face, their config and
tokenizer. open_clip pins no weights, so their sha256 is pinned by the first pull.
"""

from __future__ import annotations

import json
import os
from typing import Any

from corpus.encode.description import PREPROCESSING, TEXT_TOWER, TOKENIZER
from corpus.encode.registry import CONFIG, check_encoder, find_source
from corpus.encode.torchvision_ops import ensure_torchvision
from corpus.errors import EncoderError
from corpus.models.catalogue import Model, ModelFile

WEIGHTS = "open_clip_model.safetensors"
"""The first of the names that open_clip tries where a tag names none."""


def encoder_model(name: str) -> Model:
    """The model for `MODEL/TAG`; EncoderError when open_clip knows none, or when the two do not fit."""
    check_encoder(name)
    source = find_source(name)
    if not source.tag:
        raise EncoderError(f"{name!r} is no MODEL/TAG of open_clip, so there is nothing to pull")
    ensure_torchvision()
    from open_clip import get_model_config
    from open_clip.pretrained import get_pretrained_cfg

    tag: dict[str, Any] = get_pretrained_cfg(source.model, source.tag)
    config: dict[str, Any] = get_model_config(source.model)
    config["quick_gelu"] = bool(tag.get("quick_gelu"))
    text = config["text_cfg"]
    files = (weights_file(tag), *hub_files(text.get("hf_model_name"), TEXT_TOWER, True))
    files += hub_files(text.get("hf_tokenizer_name"), TOKENIZER, False)
    preprocessing = {key: tag[key] for key in PREPROCESSING if tag.get(key) is not None}
    written = json.dumps({"model_cfg": config, "preprocess_cfg": preprocessing}, indent=1)
    return Model(name, "encoder", "see its page", files, {CONFIG: written + "\n"})


def weights_file(tag: dict[str, Any]) -> ModelFile:
    """The weights, by a name that a checkpoint folder has, wherever the tag takes them from."""
    repository, _, file = tag.get("hf_hub", "").rpartition("/")
    if not repository:
        suffix = os.path.splitext(tag["url"])[1]
        return ModelFile(f"open_clip_pytorch_model{'.pth' if suffix == '.pt' else suffix}", (tag["url"],))
    if file:
        suffix = os.path.splitext(file)[1]
        return ModelFile(f"open_clip_pytorch_model{suffix}", (hub_url(repository, file),))
    return ModelFile(WEIGHTS, (hub_url(repository, WEIGHTS),))


def hub_files(repository: str | None, names: tuple[str, ...], needed: bool) -> tuple[ModelFile, ...]:
    if not repository:
        return ()
    return tuple(ModelFile(name, (hub_url(repository, name),), needed=needed) for name in names)


def hub_url(repository: str, file: str) -> str:
    """Address of a file at Hugging Face, or at the mirror that HF_ENDPOINT names."""
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    return f"{endpoint}/{repository}/resolve/main/{file}"
