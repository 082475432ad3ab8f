"""Writing the demo encoder in the layout that open_clip's `local-dir:` loader reads, and loading it again."""

import gzip
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from corpus.encode.torchvision_ops import ensure_torchvision
from demo.batches import CONTEXT, IMAGE_PX

CONFIG_NAME = "open_clip_config.json"
WEIGHTS_NAME = "open_clip_model.safetensors"
VOCABULARY = 49408  # rows of CLIP's byte pair vocabulary
EMBEDDING = "token_embedding.weight"
MODEL_CFG: dict[str, Any] = {
    "embed_dim": 128,
    "vision_cfg": {"image_size": IMAGE_PX, "layers": [1, 2, 2, 1], "width": 16, "patch_size": None},
    "text_cfg": {
        "context_length": CONTEXT,
        "vocab_size": VOCABULARY,
        "width": 128,
        "heads": 4,
        "layers": 2,
    },
}
PREPROCESS_CFG: dict[str, Any] = {
    "mean": [0.5, 0.5, 0.5],
    "std": [0.25, 0.25, 0.25],
    "interpolation": "bicubic",
    "resize_mode": "squash",
}


@dataclass(frozen=True)
class Encoder:
    """A checkpoint as open_clip loads it: model in evaluation mode, preprocessing, tokenizer."""

    model: Any
    preprocess: Any
    tokenizer: Any


def expanded(state: dict[str, torch.Tensor], rows: np.ndarray) -> dict[str, torch.Tensor]:
    """Float16 weights with the whole vocabulary; rows that training never touched are zero."""
    compact = state[EMBEDDING]
    full = torch.zeros(VOCABULARY, compact.shape[1])
    full[torch.from_numpy(rows)] = compact.float()
    full[0] = 0
    weights = {**state, EMBEDDING: full}
    return {name: w.half().contiguous() if w.is_floating_point() else w for name, w in weights.items()}


def write_checkpoint(folder: Path, weights: dict[str, torch.Tensor], corpus: dict[str, Any]) -> None:
    """Config and compressed weights; `corpus` is what the project itself wants to know about the encoder."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": MODEL_CFG, "preprocess_cfg": PREPROCESS_CFG, "corpus": corpus}
    (folder / CONFIG_NAME).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (folder / f"{WEIGHTS_NAME}.gz").write_bytes(gzip.compress(save(weights), 9, mtime=0))


def load_checkpoint(folder: Path) -> Encoder:
    """Unpack into a temporary folder and let open_clip load that."""
    ensure_torchvision()
    import open_clip

    with tempfile.TemporaryDirectory() as unpacked:
        place = Path(unpacked)
        (place / CONFIG_NAME).write_bytes((folder / CONFIG_NAME).read_bytes())
        (place / WEIGHTS_NAME).write_bytes(gzip.decompress((folder / f"{WEIGHTS_NAME}.gz").read_bytes()))
        name = f"local-dir:{place}"
        model, _, preprocess = open_clip.create_model_and_transforms(name)
        return Encoder(model.eval(), preprocess, open_clip.get_tokenizer(name))
