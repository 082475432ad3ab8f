"""A small CLIP with random weights, in open_clip's folder layout: quick to make, loaded like any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

N_DIMENSIONS = 16
MODEL = {
    "embed_dim": N_DIMENSIONS,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}


def small_model(**text_cfg: Any) -> Any:
    """The model, seeded, text_cfg changed as given, its weights large enough for positions to matter."""
    from corpus.encode.torchvision_ops import ensure_torchvision

    ensure_torchvision()
    import torch
    from open_clip.model import CLIP, CustomTextCLIP

    config = {**MODEL, "text_cfg": {**MODEL["text_cfg"], **text_cfg}}
    custom = config["text_cfg"].pop("custom", False)
    torch.manual_seed(0)
    model = (CustomTextCLIP if custom else CLIP)(**config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.3)
    return model


def write_small_encoder(folder: Path, **extra: Any) -> str:
    """Write the model into `folder`, `extra` into its config; returns the name of the encoder."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": MODEL, "preprocess_cfg": {}, **extra}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    weights = {name: value.contiguous() for name, value in small_model().state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    return str(folder)
