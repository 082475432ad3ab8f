"""The layers that multiply, in bfloat16; everything between them stays float32.

Goes in: a model in float32. Comes out: the same model whose linear and convolutional layers hold bfloat16 weights. Sums
are float32 inside the processor, and so is what passes from layer to layer, hence sums of many blocks lose nothing.
Twice the speed on processors with AVX512-BF16, four times and more with AMX; half the memory.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from corpus.encode.device import CPU
from corpus.encode.text_tower import Forward


class Reduced(nn.Module):
    """A layer that takes float32, multiplies in bfloat16, and gives float32."""

    def __init__(self, layer: nn.Module) -> None:
        nn.Module.__init__(self)
        self.layer: Any = layer.to(torch.bfloat16)

    @property
    def weight(self) -> Tensor:
        """As a tensor in float32: models ask it for its type, and some multiply by it themselves."""
        weight: Tensor = self.layer.weight.float()
        return weight

    @property
    def bias(self) -> Tensor | None:
        bias: Tensor | None = self.layer.bias
        return None if bias is None else bias.float()

    def forward(self, values: Tensor) -> Tensor:
        result: Tensor = self.layer(values.to(torch.bfloat16))
        return result.to(values.dtype)


class ReducedLinear(Reduced, nn.Linear):  # type: ignore[misc, override]
    """A linear layer, which models ask whether it is."""


class ReducedConvolution(Reduced, nn.Conv2d):  # type: ignore[override]
    """A convolutional layer."""


REDUCED = {nn.Linear: ReducedLinear, nn.Conv2d: ReducedConvolution}


ROWS_AT_ONCE = 1600
"""Of a usual batch of pictures, by which oneDNN chooses an order of weights."""


def product(weight: Tensor, bias: Tensor | None) -> Forward:
    """A linear layer in bfloat16. Where oneDNN multiplies, weights are brought into its order here: torch's own layer
    gives the same numbers and brings them there at each call, six to ten hundredths of its time with AVX512-BF16."""
    weight, bias = weight.detach().bfloat16(), None if bias is None else bias.detach().bfloat16()
    if weight.device.type != CPU or not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return partial(F.linear, weight=weight, bias=bias)
    ordered = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), ROWS_AT_ONCE)

    def multiply(values: Tensor) -> Tensor:
        result: Tensor = torch.ops.mkldnn._linear_pointwise(values, ordered, bias, "none", [], "")
        return result

    return multiply


class Block(nn.Module):
    """A residual attention block of open_clip whose products, attention among them, are bfloat16 throughout."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        attention = block.attn
        self.n_heads = attention.num_heads
        self.ln_1, self.ln_2, self.ls_1, self.ls_2 = block.ln_1, block.ln_2, block.ls_1, block.ls_2
        self.queries_keys_values = product(attention.in_proj_weight, attention.in_proj_bias)
        self.out_proj = product(attention.out_proj.weight, attention.out_proj.bias)
        self.widen, self.act = product(block.mlp.c_fc.weight, block.mlp.c_fc.bias), block.mlp.gelu
        self.narrow = product(block.mlp.c_proj.weight, block.mlp.c_proj.bias)

    def get_weight_dtype(self) -> torch.dtype:
        """What open_clip casts embeddings to before the first block."""
        return torch.float32

    def forward(self, hidden: Tensor, attn_mask: Tensor | None = None) -> Tensor:
        hidden = hidden + self.ls_1(self.attention(self.ln_1(hidden), attn_mask))
        wide = self.act(self.widen(self.ln_2(hidden).to(torch.bfloat16)))
        mixed: Tensor = hidden + self.ls_2(self.narrow(wide).to(hidden.dtype))
        return mixed

    def attention(self, hidden: Tensor, attn_mask: Tensor | None) -> Tensor:
        n, length, width = hidden.shape
        together = self.queries_keys_values(hidden.to(torch.bfloat16))
        heads = together.view(n, length, 3, self.n_heads, width // self.n_heads).permute(2, 0, 3, 1, 4)
        mask = None if attn_mask is None else attn_mask.to(torch.bfloat16)
        mixed = F.scaled_dot_product_attention(heads[0], heads[1], heads[2], attn_mask=mask)
        result: Tensor = self.out_proj(mixed.transpose(1, 2).reshape(n, length, width))
        return result.to(hidden.dtype)


def reduce(model: nn.Module) -> nn.Module:
    """The model itself, its layers replaced. Layers of other kinds, and those whose weights a layer above them reads
    itself, are left as they are."""
    from open_clip.transformer import ResidualAttentionBlock

    child: Any
    for name, child in model.named_children():
        if type(child) is ResidualAttentionBlock and not hasattr(child, "ln_1_kv") and child.attn.batch_first:
            setattr(model, name, Block(child))
        elif type(child) in REDUCED:
            setattr(model, name, REDUCED[type(child)](child))
        else:
            reduce(child)
    return model
