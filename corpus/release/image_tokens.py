"""How many tokens pictures cost a model, by rules that models publish.

Goes in: width and height of a picture, px. Comes out: a number of tokens per rule. Nothing is decoded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

Rule = Callable[[int, int], int]

TILE_PX, TILE_SQUARE_PX, TILE_SIDE_PX = 512, 2048, 768
TOKENS_PER_TILE, TOKENS_OF_OVERVIEW = 170, 85
CELL_PX, MIN_CELLS, MAX_CELLS = 28, 4, 16_384


def resampler_64(width_px: int, height_px: int) -> int:
    """64 whatever its size: the Perceiver resampler of Flamingo (arXiv 2204.14198, section 3.1)."""
    return 64


def patches_576(width_px: int, height_px: int) -> int:
    """576 whatever its size: 24 x 24 patches of 14 px, ViT-L/14 at 336 px, as LLaVA-1.5 (arXiv 2310.03744)."""
    return 576


def tiles_512(width_px: int, height_px: int) -> int:
    """85, and 170 per tile of 512 px, made smaller to fit 2,048 px square and then to a shorter side of 768 px, never
    larger: GPT-4o in high detail (OpenAI's guide to images and vision, calculating costs)."""
    scale = min(1.0, TILE_SQUARE_PX / max(width_px, height_px))
    scale = min(scale, TILE_SIDE_PX / min(width_px, height_px))
    # Rounded to a millionth of a pixel: 2048 times 1/3 times 3 is a little more than 2048.
    columns, rows = (math.ceil(round(side * scale, 6) / TILE_PX) for side in (width_px, height_px))
    return TOKENS_OF_OVERVIEW + TOKENS_PER_TILE * columns * rows


def cells_28(width_px: int, height_px: int) -> int:
    """One per cell of 28 x 28 px, sides rounded to whole cells, made smaller or larger to have 4 to 16,384 of them:
    Qwen2-VL at native resolution (arXiv 2409.12191, section 2.1; bounds of its model card)."""
    columns, rows = (max(1, round(side / CELL_PX)) for side in (width_px, height_px))
    n_exact = width_px * height_px / CELL_PX**2
    if columns * rows > MAX_CELLS:
        scale = math.sqrt(MAX_CELLS / n_exact) / CELL_PX
        columns, rows = (max(1, math.floor(side * scale)) for side in (width_px, height_px))
    elif columns * rows < MIN_CELLS:
        scale = math.sqrt(MIN_CELLS / n_exact) / CELL_PX
        columns, rows = (math.ceil(side * scale) for side in (width_px, height_px))
    return columns * rows


RULES: Mapping[str, Rule] = {rule.__name__: rule for rule in (resampler_64, patches_576, tiles_512, cells_28)}
