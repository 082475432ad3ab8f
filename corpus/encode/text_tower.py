"""Text towers run each sentence about as far as it goes.

Goes in: token ids [n, context length]. Comes out: text features [n, d], the ones of `encode_text` up to
rounding. open_clip always runs its whole context (77 positions), though web sentences have some 24 tokens.
Under a causal mask a position sees none after it, so positions behind the one that is pooled change nothing
and can be cut off. Towers of Hugging Face mask what is padding, so trailing padding can go too. Other towers
(two-way attention that reads padding, as SigLIP's, or pooling of the last position) run whole.

How far a sentence is run depends on it alone, and batches come in few shapes: its vector does not depend on
what else is embedded with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from corpus.encode.device import CPU, on

LENGTH_STEP = 8
"""Sentences are run to the next multiple of it, in tokens: few shapes, and under four wasted positions on average."""
SMALLEST_BATCH = 8

Forward = Callable[[Tensor], Tensor]


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
    """Features [n, d] of token ids [n, length], cut off behind the last position that is pooled or later."""
    module = tower.module
    positions, length = pooled_positions(tower, tokens), tokens.shape[1]
    dtype = module.transformer.get_cast_dtype()
    hidden = module.token_embedding(tokens).to(dtype)
    hidden = hidden + module.positional_embedding[:length].to(dtype)
    hidden = module.transformer(hidden, attn_mask=module.attn_mask[:length, :length])
    pooled: Tensor = module.ln_final(hidden[torch.arange(len(tokens), device=tokens.device), positions])
    projection = module.text_projection
    if projection is None:
        return pooled
    projected: Tensor = projection(pooled) if isinstance(projection, nn.Linear) else pooled @ projection
    return projected


def unpadded_lengths(tokens: Tensor, padding: int) -> Tensor:
    """Per sentence, the number of tokens up to its last one that is no padding; at least one."""
    places = torch.arange(1, tokens.shape[1] + 1)
    return ((tokens != padding) * places).amax(dim=1).clamp(min=1)


def text_forward(model: Any, tokens: Tensor) -> tuple[Forward, Tensor]:
    """What turns cut token ids into features, and how many tokens of each sentence it needs."""
    from open_clip.hf_model import HFTextEncoder

    tower = causal_tower(model)
    if tower is not None:
        return lambda cut: cut_features(tower, cut), pooled_positions(tower, tokens) + 1
    if isinstance(getattr(model, "text", None), HFTextEncoder):
        return model.encode_text, unpadded_lengths(tokens, model.text.config.pad_token_id)
    return model.encode_text, torch.full((len(tokens),), tokens.shape[1])


def text_features(model: Any, tokens: Tensor, batch_size: int, device: str = CPU) -> Tensor:
    """Features [n, d] on the device, of token ids [n, context length], in batches of sentences of one length."""
    forward, lengths = text_forward(model, tokens)
    lengths = ((lengths + LENGTH_STEP - 1) // LENGTH_STEP * LENGTH_STEP).clamp(max=tokens.shape[1])
    order = torch.argsort(lengths, stable=True)
    features = torch.cat(
        [
            filled(forward, on(tokens[rows, : int(lengths[rows[0]])], device))
            for rows in same_length(order, lengths, batch_size)
        ]
    )
    return features[on(torch.argsort(order), device)]


def same_length(order: Tensor, lengths: Tensor, batch_size: int) -> Iterator[Tensor]:
    """Indices of sentences by length, in batches none of which holds two lengths."""
    _, counts = torch.unique_consecutive(lengths[order], return_counts=True)
    for rows in torch.split(order, counts.tolist()):
        yield from torch.split(rows, batch_size)


def filled(forward: Forward, batch: Tensor) -> Tensor:
    """`forward` on a batch filled up with copies of its first row, which are dropped again: with few shapes, what
    comes with a row has next to no say in how it is rounded, and a compiled model little to compile. At most a
    quarter more rows, from the smallest batch on."""
    step = max(SMALLEST_BATCH, (1 << (len(batch) - 1).bit_length()) // 8)
    missing = batch[:1].expand(-len(batch) % step, *batch.shape[1:])
    return forward(torch.cat([batch, missing]))[: len(batch)]
