"""Makes `import torchvision` work beside a CPU build of torch.

Goes in: nothing. Comes out: an importable torchvision. Its registry wheel is built for CUDA: beside a CPU
torch the compiled part does not load, and the import fails because two operators are described before they
are declared. Pictures are resized without them, so declaring their schemas is enough.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import Any

OPERATORS = ("nms", "qnms")
SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@cache
def ensure_torchvision() -> Any:
    """Import torchvision, with declared schemas where its compiled operators do not load.

    To be called before the first `import open_clip` of a process. Returns the torch library that holds the
    declarations (they last as long as it is referenced, which the cache sees to), or None when none were
    needed.
    """
    try:
        import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    else:
        return None
    import torch

    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for operator in OPERATORS:
        if not hasattr(torch.ops.torchvision, operator):
            library.define(operator + SCHEMA)  # type: ignore[no-untyped-call]
    import_module("torchvision")
    return library
