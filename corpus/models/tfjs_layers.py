"""Layers models of TensorFlow.js as ONNX models.

Goes in: the text of `model.json` and the bytes of its weights. Comes out: an ONNX model of the same function whose
input is NCHW, the same bytes for the same input. Kernels of Keras are [height, width, in, out], of ONNX [out, in,
height, width]; quantised weights are byte * scale + min (github.com/tensorflow/tfjs, tfjs-core/src/io).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from corpus.errors import ModelError

Floats = NDArray[np.float32]
Config = dict[str, Any]

OPSET, IR_VERSION = 17, 8
TYPES = {"float32": "<f4", "uint8": "u1", "uint16": "<u2"}


@dataclass
class Graph:
    """A graph in the making: the weights by name, and what is written so far."""

    weights: dict[str, Floats]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, values: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output


def onnx_model(model: str, data: bytes) -> bytes:
    """The ONNX model, serialised. ModelError for a layer that is not known, or weights that are not all there."""
    try:
        described = json.loads(model)
        layers = described["modelTopology"]["model_config"]["config"]["layers"]
        graph = Graph(read_weights(described["weightsManifest"], data))
        for layer in layers:
            add_layer(graph, layer)
        return serialised(graph, layers)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ModelError(f"cannot convert the TensorFlow.js model: {type(error).__name__}: {error}") from None


def read_weights(manifest: Sequence[Config], data: bytes) -> dict[str, Floats]:
    """Every weight by name, as float32. ValueError when the bytes end early or go on."""
    weights, at = {}, 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        quantised = entry.get("quantization")
        type_ = np.dtype(TYPES[quantised["dtype"] if quantised else entry["dtype"]])
        values = np.frombuffer(data, type_, prod(entry["shape"]), at).reshape(entry["shape"])
        at += values.nbytes
        if quantised:
            values = values * quantised["scale"] + quantised["min"]
        weights[entry["name"]] = values.astype(np.float32)
    if at != len(data):
        raise ValueError(f"weights of {at} bytes, but there are {len(data)}")
    return weights


def serialised(graph: Graph, layers: Sequence[Config]) -> bytes:
    height, width, channels = layers[0]["config"]["batch_input_shape"][1:]
    output = layers[-1]["name"]
    inputs = [
        helper.make_tensor_value_info(layers[0]["name"], TensorProto.FLOAT, ["n", channels, height, width])
    ]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", layers[-1]["config"]["units"]])]
    whole = helper.make_graph(graph.nodes, "layers", inputs, outputs, graph.constants)
    model = helper.make_model(
        whole, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="corpus"
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def add_layer(graph: Graph, layer: Config) -> None:
    """Write a layer, its name as the name of its output."""
    name, config = layer["name"], layer["config"]
    kind = layer["class_name"]
    if config.get("data_format", "channels_last") != "channels_last" or kind not in LAYERS:
        raise ValueError(f"layer {name} of {kind} is not known")
    sources = [inbound[0] for inbound in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else []
    if kind != "InputLayer":
        LAYERS[kind](graph, name, sources, config)


def activated(graph: Graph, config: Config, source: str, output: str) -> None:
    """The activation that Keras writes into the layer before it."""
    known = {"linear": "Identity", "relu": "Relu", "softmax": "Softmax"}
    graph.node(known[config["activation"]], [source], output)


def convolution(graph: Graph, name: str, sources: Sequence[str], config: Config) -> None:
    kernel = graph.weights[f"{name}/kernel"].transpose(3, 2, 0, 1)
    convolved(graph, name, sources, config, kernel, 1)


def depthwise(graph: Graph, name: str, sources: Sequence[str], config: Config) -> None:
    kernel = graph.weights[f"{name}/depthwise_kernel"]  # [height, width, in, multiplier]
    n_channels = kernel.shape[2]
    convolved(
        graph,
        name,
        sources,
        config,
        kernel.transpose(2, 3, 0, 1).reshape(-1, 1, *kernel.shape[:2]),
        n_channels,
    )


def convolved(
    graph: Graph, name: str, sources: Sequence[str], config: Config, kernel: Floats, n_groups: int
) -> None:
    inputs = [*sources, graph.constant(f"{name}/kernel", kernel)]
    if config["use_bias"]:
        inputs.append(graph.constant(f"{name}/bias", graph.weights[f"{name}/bias"]))
    if set(config["dilation_rate"]) != {1}:
        raise ValueError(f"layer {name} is dilated")
    pads = {"same": "SAME_UPPER", "valid": "VALID"}[config["padding"]]
    graph.node("Conv", inputs, f"{name}/linear", group=n_groups, strides=config["strides"], auto_pad=pads)
    activated(graph, config, f"{name}/linear", name)


def batch_norm(graph: Graph, name: str, sources: Sequence[str], config: Config) -> None:
    parts = ("gamma", "beta", "moving_mean", "moving_variance")
    inputs = [graph.constant(f"{name}/{part}", graph.weights[f"{name}/{part}"]) for part in parts]
    graph.node("BatchNormalization", [*sources, *inputs], name, epsilon=config["epsilon"])


def relu(graph: Graph, name: str, sources: Sequence[str], config: Config) -> None:
    if config.get("negative_slope") or config.get("threshold"):
        raise ValueError(f"layer {name} is no plain ReLU")
    ends = [graph.constant(f"{name}/min", np.float32(0))]
    if config.get("max_value") is not None:
        ends.append(graph.constant(f"{name}/max", np.float32(config["max_value"])))
    graph.node("Clip", [*sources, *ends], name)


def padding(graph: Graph, name: str, sources: Sequence[str], config: Config) -> None:
    (top, bottom), (left, right) = config["padding"]
    pads = np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
    graph.node("Pad", [*sources, graph.constant(f"{name}/pads", pads)], name)


def average(graph: Graph, name: str, sources: Sequence[str], config: Config) -> None:
    pads = {"same": "SAME_UPPER", "valid": "VALID"}[config["padding"]]
    graph.node(
        "AveragePool",
        sources,
        name,
        kernel_shape=config["pool_size"],
        strides=config["strides"],
        auto_pad=pads,
    )


def flatten(graph: Graph, name: str, sources: Sequence[str], config: Config) -> None:
    graph.node("Transpose", sources, f"{name}/last", perm=[0, 2, 3, 1])  # Keras counts channels last
    graph.node("Flatten", [f"{name}/last"], name)


def dense(graph: Graph, name: str, sources: Sequence[str], config: Config) -> None:
    inputs = [
        *sources,
        *(graph.constant(f"{name}/{p}", graph.weights[f"{name}/{p}"]) for p in ("kernel", "bias")),
    ]
    graph.node("Gemm", inputs, f"{name}/linear")
    activated(graph, config, f"{name}/linear", name)


def add(graph: Graph, name: str, sources: Sequence[str], config: Config) -> None:
    graph.node("Add", sources, name)


def identity(graph: Graph, name: str, sources: Sequence[str], config: Config) -> None:
    graph.node("Identity", sources, name)


LAYERS: dict[str, Callable[[Graph, str, Sequence[str], Config], Any]] = {
    "InputLayer": identity,
    "ZeroPadding2D": padding,
    "Conv2D": convolution,
    "DepthwiseConv2D": depthwise,
    "BatchNormalization": batch_norm,
    "ReLU": relu,
    "Add": add,
    "AveragePooling2D": average,
    "Flatten": flatten,
    "Dense": dense,
    "Dropout": identity,
}
