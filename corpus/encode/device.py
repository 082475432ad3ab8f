"""Where models run and in which numbers: the one place that chooses.

Goes in: the setting encode.dtype, this machine, the GPU that Spark gave this task. Comes out: names that torch knows,
and values that were brought there. Torch is imported only to look for a GPU.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

CPU = "cpu"
AUTO, FLOAT32, BFLOAT16 = "auto", "float32", "bfloat16"
GPU = "CORPUS_GPU"
"""Environment variable in which `corpus.spark` tells a task the index of its own GPU."""
CPU_INFO = Path("/proc/cpuinfo")
PRODUCTS = re.compile(r"^(?:flags|Features)\s*:.*\b(?:amx_bf16|avx512_bf16|bf16)\b", re.MULTILINE)
"""Flags of processors that multiply bfloat16 themselves: Intel's and AMD's, and those of 64-bit Arm."""


@cache
def multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for products of bfloat16; False where Linux does not tell."""
    try:
        return PRODUCTS.search(CPU_INFO.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False


def chosen_dtype(wanted: str) -> str:
    """float32 or bfloat16; `auto` means what this processor is quicker with."""
    if wanted != AUTO:
        return wanted
    return BFLOAT16 if multiplies_bfloat16() else FLOAT32


def chosen_device() -> str:
    """The GPU that Spark gave this task, else the first one, else the CPU."""
    import torch

    return f"cuda:{os.environ.get(GPU, '0')}" if torch.cuda.is_available() else CPU


def on(values: Tensor, device: str) -> Tensor:
    """The values on the device; to a GPU from pinned memory, while the CPU goes on."""
    return values if device == CPU else values.pin_memory().to(device, non_blocking=True)
