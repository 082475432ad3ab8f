"""Trains the demo encoder on procedural scenes and writes the checkpoint that ships with the project.

Run from the repository root: `python -m demo.train_encoder --out corpus/encode/demo`. Needs a CPU only and
downloads nothing: pictures, captions and prose are drawn from the seed.
"""

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader

from corpus.encode.torchvision_ops import ensure_torchvision
from demo.batches import PART_SIZES, Batch, SceneBatches, used_tokens
from demo.checkpoint import EMBEDDING, MODEL_CFG, PREPROCESS_CFG, expanded, load_checkpoint, write_checkpoint
from demo.evaluation import evaluate

SEED = 20240504
STEPS = 800
BATCH = 256
RATE = 2e-3
WARMUP = 100
WEIGHT_DECAY = 0.05
CHECK_EVERY = 200
CHECK_PAGES = 5
FINAL_PAGES = 60
PART_SCALE = 10.0
PART_WEIGHT = 1.0
MAX_SCALE = math.log(60.0)  # a sharper softmax would stop telling near misses apart
LENGTHS = (20, 28, 40, 77)  # texts run in buckets of these lengths, which saves most of the padding


def new_model(vocabulary: int) -> Any:
    """An open_clip model with random weights and a vocabulary of that many rows."""
    ensure_torchvision()
    from open_clip.model import CLIP

    text_cfg = {**MODEL_CFG["text_cfg"], "vocab_size": vocabulary}
    model = CLIP(MODEL_CFG["embed_dim"], MODEL_CFG["vision_cfg"], text_cfg)
    with torch.no_grad():
        model.token_embedding.weight[0] = 0
    return model


def encode_images(model: Any, images: torch.Tensor) -> torch.Tensor:
    """Unit vectors (b, d) of uint8 pictures (b, 3, px, px)."""
    mean = torch.tensor(PREPROCESS_CFG["mean"]).view(3, 1, 1)
    std = torch.tensor(PREPROCESS_CFG["std"]).view(3, 1, 1)
    pixels = ((images.float() / 255 - mean) / std).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        features = model.encode_image(pixels)
    return functional.normalize(features.float(), dim=-1)


def encode_texts(model: Any, tokens: torch.Tensor) -> torch.Tensor:
    """Unit vectors (n, d) of token rows (n, 77), equal to open_clip's but without running the padding."""
    ends = tokens.argmax(dim=1)
    features = tokens.new_zeros(len(tokens), model.text_projection.shape[1], dtype=torch.float32)
    for shorter, length in zip((0, *LENGTHS), LENGTHS, strict=False):
        chosen = torch.nonzero((ends >= shorter) & (ends < length)).flatten()
        if len(chosen) == 0:
            continue
        x = model.token_embedding(tokens[chosen, :length]) + model.positional_embedding[:length]
        x = model.transformer(x, attn_mask=model.attn_mask[:length, :length])
        last = model.ln_final(x[torch.arange(len(chosen)), ends[chosen]])
        features = features.index_copy(0, chosen, last @ model.text_projection)
    return functional.normalize(features, dim=-1)


def contrast(images: torch.Tensor, texts: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """CLIP's symmetric loss of unit vectors (b, d) and (b + f, d).

    The last f texts are fillers: they compete for the pictures, but no picture competes for them.
    """
    logits = scale.exp() * images @ texts.T
    target = torch.arange(len(images))
    back = functional.cross_entropy(logits[:, : len(images)].T, target)
    return (functional.cross_entropy(logits, target) + back) / 2


def part_loss(head: torch.nn.Module, vectors: torch.Tensor, parts: torch.Tensor) -> torch.Tensor:
    """Mean cross entropy of reading each part of a scene off its vectors (b, d)."""
    guesses = head(PART_SCALE * vectors).split(PART_SIZES, dim=1)
    losses = [functional.cross_entropy(guess, parts[:, i]) for i, guess in enumerate(guesses)]
    return torch.stack(losses).mean()


def full_loss(model: Any, head: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """Contrast, and the same reading of parts for pictures and captions.

    Contrast alone settles on colours, counts and backgrounds, and gives all kinds of things one vector.
    """
    images = encode_images(model, batch.images)
    texts = encode_texts(model, torch.cat([batch.captions, batch.fillers]))
    captions = texts[: len(images)]
    reading = part_loss(head, images, batch.parts) + part_loss(head, captions, batch.parts)
    return contrast(images, texts, model.logit_scale) + PART_WEIGHT * reading


def _optimizer(model: Any, head: torch.nn.Module) -> torch.optim.Optimizer:
    decayed = [p for name, p in model.named_parameters() if p.ndim > 1 and name != EMBEDDING]
    plain = [p for name, p in model.named_parameters() if p.ndim <= 1 or name == EMBEDDING]
    plain += head.parameters()
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98))


def _rate_share(step: int, steps: int) -> float:
    """Linear warm-up, then a cosine down to nothing."""
    if step < WARMUP:
        return (step + 1) / WARMUP
    return 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (steps - WARMUP)))


def _publish(model: Any, rows: np.ndarray, folder: Path, pages: int) -> dict[str, Any]:
    """Write the weights, measure them as open_clip loads them, and write the figures beside them."""
    weights = expanded(model.state_dict(), rows)
    write_checkpoint(folder, weights, {})
    report = evaluate(load_checkpoint(folder), pages, SEED)
    write_checkpoint(folder, weights, report)
    return report


def _step(model: Any, head: torch.nn.Module, optimizer: torch.optim.Optimizer, batch: Batch) -> float:
    loss = full_loss(model, head, batch)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    model.token_embedding.weight.grad[0] = 0
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    with torch.no_grad():
        model.logit_scale.clamp_(max=MAX_SCALE)
    return loss.item()


def train(folder: Path, steps: int, workers: int) -> dict[str, Any]:
    """Train, writing a checkpoint every now and then; returns the figures of the last one."""
    torch.manual_seed(SEED)
    rows = used_tokens(4000)
    model = new_model(len(rows)).to(memory_format=torch.channels_last)
    head = torch.nn.Linear(MODEL_CFG["embed_dim"], sum(PART_SIZES))
    optimizer = _optimizer(model, head)
    batches = SceneBatches(steps, BATCH, SEED, rows)
    loader = DataLoader(batches, batch_size=None, num_workers=workers, prefetch_factor=6 if workers else None)
    begun, losses = time.monotonic(), []
    for step, batch in enumerate(loader):
        for group in optimizer.param_groups:
            group["lr"] = RATE * _rate_share(step, steps)
        losses.append(_step(model, head, optimizer, batch))
        if step % 20 == 0:
            spent = time.monotonic() - begun
            print(f"step {step} loss {np.mean(losses[-20:]):.3f} {spent:.0f} s", flush=True)
        if (step + 1) % CHECK_EVERY == 0 and step + 1 < steps:
            print(json.dumps(_publish(model.eval(), rows, folder, CHECK_PAGES)), flush=True)
            model.train()
    return _publish(model.eval(), rows, folder, FINAL_PAGES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw pictures")
    options = parser.parse_args()
    print(json.dumps(train(options.out, options.steps, options.workers), indent=2))


if __name__ == "__main__":
    main()
