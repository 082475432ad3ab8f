"""ONNX models on the CPU, with one thread per task.

Goes in: a serialised model, then float32 arrays. Comes out: its outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError

Floats = NDArray[np.float32]


def lacking() -> str | None:
    """The package that has to be installed before a model can run, None when it can."""
    return next((name for name in ("onnxruntime", "onnx") if find_spec(name) is None), None)


def open_session(model: bytes) -> Callable[[Floats], list[Floats]]:
    """A function from the model's only input to its outputs. ModelError when it cannot be loaded."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # warnings of what its optimiser did are nothing to a user
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises many kinds for a damaged model
        raise ModelError(f"onnxruntime cannot load the model: {str(error)[:200]}") from None
    name = session.get_inputs()[0].name
    return lambda values: list(session.run(None, {name: values}))
