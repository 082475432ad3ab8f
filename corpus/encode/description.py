"""What stands around an encoder's weights and changes its vectors: its model's config, how pictures are prepared, and
its tokenizer. Two checkpoints of the same weights that differ in any of it are two encoders.

Goes in: a `Source`. Comes out: a hash. What the package of open_clip brings along itself, such as the vocabulary of
CLIP's own tokenizer, is told by its version beside the identity. So is, of a tag that was not pulled into a store, the
tokenizer that a hub holds under the name in the config.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Any

from corpus.encode.registry import Source, model_config, read_config
from corpus.encode.torchvision_ops import ensure_torchvision

TOKENIZER = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "sentencepiece.bpe.model", "spiece.model",
    "tokenizer.model", "vocab.json", "vocab.txt", "merges.txt",
)  # fmt: skip
TEXT_TOWER = ("config.json",)
PREPROCESSING = ("mean", "std", "interpolation", "resize_mode", "fill_color")
"""The keys that open_clip reads; the size is the model's own."""


def description_sha256(source: Source) -> str:
    """Hex sha256 of all of it. Keys in another order, and what the config says of other things, change nothing."""
    text = json.dumps(description(source), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def description(source: Source) -> dict[str, Any]:
    if source.folder is not None:
        config = read_config(source.folder)
        model, preprocessing = config["model_cfg"], config.get("preprocess_cfg") or {}
        files = files_of(source.folder, model.get("text_cfg") or {})
    else:
        tag = tag_config(source) if source.tag else {}
        model, preprocessing, files = model_config(source.model), tag, {}
        if source.tag:  # a tag knows the activation that its weights were trained with, and is believed
            model = {**model, "quick_gelu": tag.get("quick_gelu")}
    return {
        "model": {**model, "quick_gelu": bool(model.get("quick_gelu"))},
        "preprocessing": {
            key: preprocessing[key] for key in PREPROCESSING if preprocessing.get(key) is not None
        },
        "files": files,
    }


def tag_config(source: Source) -> Mapping[str, Any]:
    """What open_clip knows of the weights of a tag."""
    ensure_torchvision()
    from open_clip.pretrained import get_pretrained_cfg

    config: Mapping[str, Any] = get_pretrained_cfg(source.model, source.tag)
    return config


def files_of(folder: Traversable, text: Mapping[str, Any]) -> dict[str, str]:
    """Hex sha256 by name of the files of the folder that describe a tokenizer or text tower of Hugging Face, where the
    config of the text tower names one."""
    names = [*TOKENIZER] if text.get("hf_tokenizer_name") else []
    names += TEXT_TOWER if text.get("hf_model_name") else ()
    there = {item.name: item for item in folder.iterdir()}
    return {name: hashlib.sha256(there[name].read_bytes()).hexdigest() for name in names if name in there}
