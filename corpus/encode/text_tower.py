"""Text towers run no longer than the longest sentence of a batch.

Goes in: token ids [n, context length]. Comes out: text features [n, d], the ones of `encode_text` up to
rounding. open_clip always runs its whole context (77 positions), though web sentences have some 24 tokens.
Under a causal mask a position sees none after it, so positions behind the one that is pooled change nothing
and can be cut off. Other towers (two-way attention, pooling of the last position, Hugging Face models) run
whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class CausalTower:
    """The parts of a causal text tower of open_clip; `module` holds its layers and embeddings."""

    module: Any
    pool_type: str
    end_token: int


def causal_tower(model: Any) -> CausalTower | None:
    """The model's text tower when cutting it is exact, else None."""
    from open_clip.model import CLIP, CustomTextCLIP
    from open_clip.transformer import TextTransformer

    if type(model) is CLIP:
        tower = CausalTower(model, model.text_pool_type, model.text_eos_id)
    elif type(model) is CustomTextCLIP and type(model.text) is TextTransformer:
        tower = CausalTower(model.text, model.text.pool_type, model.text.eos_id)
    else:
        return None
    if tower.pool_type not in ("argmax", "eos") or getattr(tower.module, "cls_emb", None) is not None:
        return None
    return tower if is_causal(tower.module.attn_mask) else None


def is_causal(mask: Tensor | None) -> bool:
    """True when each position attends to itself and to what stands before it, and to nothing else."""
    if mask is None or mask.ndim != 2:
        return False
    expected = torch.full_like(mask, float("-inf")).triu_(1)
    return bool(torch.equal(mask, expected))


def pooled_positions(tower: CausalTower, tokens: Tensor) -> Tensor:
    """Per sentence, the position that gives its feature: of the highest token id, or of the end token."""
    if tower.pool_type == "eos":
        return torch.eq(tokens, tower.end_token).int().argmax(dim=-1)
    return tokens.argmax(dim=-1)


def cut_features(tower: CausalTower, tokens: Tensor) -> Tensor:
    """Features [n, d] of token ids [n, context length], run up to the last position that is pooled."""
    module = tower.module
    positions = pooled_positions(tower, tokens)
    length = int(positions.max()) + 1
    dtype = module.transformer.get_cast_dtype()
    hidden = module.token_embedding(tokens[:, :length]).to(dtype)
    hidden = hidden + module.positional_embedding[:length].to(dtype)
    hidden = module.transformer(hidden, attn_mask=module.attn_mask[:length, :length])
    pooled: Tensor = module.ln_final(hidden[torch.arange(len(tokens), device=tokens.device), positions])
    projection = module.text_projection
    if projection is None:
        return pooled
    projected: Tensor = projection(pooled) if isinstance(projection, nn.Linear) else pooled @ projection
    return projected


def text_features(model: Any, tokens: Tensor, batch_size: int) -> Tensor:
    """Features [n, d] of token ids [n, context length], in batches of sentences of similar length."""
    tower = causal_tower(model)
    if tower is None:
        return torch.cat([model.encode_text(batch) for batch in torch.split(tokens, batch_size)])
    order = torch.argsort(pooled_positions(tower, tokens), stable=True)
    features = torch.cat([cut_features(tower, tokens[batch]) for batch in torch.split(order, batch_size)])
    return features[torch.argsort(order)]
