"""Small encoders of other kinds than CLIP's, in folders that need no network: with random weights, a SigLIP whose text
tower attends both ways and pools its last position, and CLIPs whose text towers are an XLM-RoBERTa and an NLLB."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.unit.small_encoder import MODEL, N_DIMENSIONS

WORDS = [
    "<pad>",
    "<s>",
    "</s>",
    "<unk>",
    "a",
    "red",
    "car",
    "two",
    "kittens",
    "sleep",
    "ein",
    "haus",
    "the",
    "by",
]
CONTEXT = 32


def write_tokenizer(folder: Path, begins: bool) -> None:
    """A tokenizer of whole words, written as transformers reads it."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    template = "<s> $A </s>" if begins else "$A </s>"
    tokenizer.post_processor = TemplateProcessing(single=template, special_tokens=[("<s>", 1), ("</s>", 2)])
    names = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)


def write_siglip(folder: Path) -> str:
    text = {
        "context_length": CONTEXT, "vocab_size": len(WORDS), "width": 32, "heads": 2, "layers": 2,
        "no_causal_mask": True, "proj_bias": True, "pool_type": "last", "hf_tokenizer_name": "timm/nowhere",
        "tokenizer_kwargs": {"clean": "canonicalize"},
    }  # fmt: skip
    preprocess = {"mean": [0.5] * 3, "std": [0.5] * 3, "resize_mode": "squash"}
    folder.mkdir(parents=True)
    write_tokenizer(folder, begins=False)
    return write(folder, {"custom_text": True, "init_logit_bias": -10, "text_cfg": text}, preprocess)


def write_multilingual(folder: Path, pooler: str = "mean_pooler") -> str:
    from transformers import XLMRobertaConfig

    tower = XLMRobertaConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=CONTEXT + 2, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    return write_hugging_face(folder, tower, pooler)


def write_nllb(folder: Path) -> str:
    """The encoder half of a translation model, as nllb-clip has it."""
    from transformers import M2M100Config

    tower = M2M100Config(
        vocab_size=len(WORDS), d_model=32, encoder_layers=2, encoder_attention_heads=2, encoder_ffn_dim=64,
        decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=64, max_position_embeddings=CONTEXT + 2,
        pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    return write_hugging_face(folder, tower, "cls_pooler")


def write_hugging_face(folder: Path, tower: Any, pooler: str) -> str:
    folder.mkdir(parents=True)
    write_tokenizer(folder, begins=True)
    tower.save_pretrained(folder)
    text = {
        "hf_model_name": "nobody/nowhere", "hf_tokenizer_name": "nobody/nowhere", "hf_pooler_type": pooler,
        "hf_proj_type": "mlp", "context_length": CONTEXT,
    }  # fmt: skip
    return write(folder, {"text_cfg": text}, {})


def write(folder: Path, model_cfg: dict[str, Any], preprocess_cfg: dict[str, Any]) -> str:
    """Config and random weights of the model, seeded."""
    from corpus.encode.encoder import own_text_tower
    from corpus.encode.torchvision_ops import ensure_torchvision

    ensure_torchvision()
    import open_clip
    import torch

    config = {
        "model_cfg": {**MODEL, "embed_dim": N_DIMENSIONS, **model_cfg},
        "preprocess_cfg": preprocess_cfg,
    }
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    torch.manual_seed(0)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False, **own_text_tower(folder))
    torch.save(model.state_dict(), folder / "open_clip_pytorch_model.bin")
    return str(folder)
