"""The encoder loaded once for all processes that are forked from this one, which read the same pages of memory.

Goes in: what `load_encoder` takes. Comes out: nothing; `load_encoder` finds it loaded here and in what is forked. On a
GPU each process has to load its own.
"""

from __future__ import annotations

import os
from contextlib import suppress

import torch

from corpus.encode.encoder import load_encoder
from corpus.errors import EncoderError


def load_before_fork(encoder: str, sentences_per_batch: int, dtype: str) -> None:
    """Load the encoder, or on a GPU nothing. An encoder that cannot be had is told of by the task that needs it."""
    if not finds_gpu():
        with suppress(EncoderError):
            load_encoder(encoder, sentences_per_batch, dtype)


def finds_gpu() -> bool:
    """Whether torch sees a GPU. A process apart looks: from one that has, none that uses the GPU can be forked."""
    child = os.fork()
    if child == 0:
        os._exit(torch.cuda.is_available())
    _, status = os.waitpid(child, 0)
    return status != 0
