"""The conversion against torch, layer by layer."""

import json

import numpy as np
import onnxruntime
import pytest
import torch
from torch.nn import functional as F

from corpus.errors import ModelError
from corpus.models.tfjs_layers import onnx_model

COMMON = {"use_bias": False, "activation": "linear", "dilation_rate": [1, 1], "data_format": "channels_last"}


def layer(kind, name, source, **config):
    inbound = [[[each, 0, 0, {}] for each in source.split()]] if source else []
    return {"class_name": kind, "name": name, "config": config, "inbound_nodes": inbound}


LAYERS = [
    layer("InputLayer", "input", "", batch_input_shape=[None, 6, 6, 3]),
    layer("ZeroPadding2D", "pad", "input", padding=[[0, 1], [0, 1]]),
    layer("Conv2D", "conv", "pad", **COMMON, padding="valid", strides=[2, 2]),
    layer("BatchNormalization", "bn", "conv", axis=-1, epsilon=0.001),
    layer("ReLU", "relu", "bn", max_value=6.0),
    layer("DepthwiseConv2D", "deep", "relu", **COMMON, padding="same", strides=[1, 1]),
    layer("Add", "sum", "deep relu"),
    layer("AveragePooling2D", "pool", "sum", pool_size=[2, 2], strides=[1, 1], padding="valid"),
    layer("Flatten", "flat", "pool"),
    layer("Dense", "out", "flat", use_bias=True, activation="softmax", units=2),
]
SHAPES = {
    "conv/kernel": (3, 3, 3, 4),
    "bn/gamma": (4,),
    "bn/beta": (4,),
    "bn/moving_mean": (4,),
    "bn/moving_variance": (4,),
    "deep/depthwise_kernel": (3, 3, 4, 1),
    "out/kernel": (16, 2),
    "out/bias": (2,),
}


def model(layers=LAYERS):
    """model.json, its quantised weights, and these as they are meant."""
    rng = np.random.default_rng(1)
    entries, data, weights = [], b"", {}
    for name, shape in SHAPES.items():
        codes = rng.integers(0, 256, shape, dtype=np.uint8)
        low, scale = (0.1, 0.01) if name.endswith("variance") else (-1.0, 2 / 255)
        entries.append(
            {
                "name": name,
                "shape": list(shape),
                "dtype": "float32",
                "quantization": {"dtype": "uint8", "min": low, "scale": scale},
            }
        )
        data += codes.tobytes()
        weights[name] = torch.tensor(codes * scale + low, dtype=torch.float32)
    topology = {"model_config": {"config": {"layers": layers}}}
    described = {"modelTopology": topology, "weightsManifest": [{"weights": entries}]}
    return json.dumps(described), data, weights


def by_torch(pixels, weights):
    values = F.pad(pixels, (0, 1, 0, 1))
    values = F.conv2d(values, weights["conv/kernel"].permute(3, 2, 0, 1), stride=2)
    moments = (weights["bn/moving_mean"], weights["bn/moving_variance"])
    values = F.batch_norm(values, *moments, weights["bn/gamma"], weights["bn/beta"], eps=0.001)
    values = values.clamp(0, 6)
    deep = weights["deep/depthwise_kernel"].permute(2, 3, 0, 1)
    values = values + F.conv2d(values, deep, padding=1, groups=4)
    values = F.avg_pool2d(values, 2, stride=1).permute(0, 2, 3, 1).flatten(1)
    return (values @ weights["out/kernel"] + weights["out/bias"]).softmax(1)


def test_a_converted_model_computes_what_its_layers_say():
    described, data, weights = model()
    session = onnxruntime.InferenceSession(onnx_model(described, data))
    pixels = torch.rand(5, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    (found,) = session.run(None, {"input": pixels.numpy()})
    np.testing.assert_allclose(found, by_torch(pixels, weights).numpy(), atol=1e-5)
    assert found.std(axis=0).max() > 0.01  # or the comparison would say nothing


def test_same_padding_of_a_stride_goes_to_the_end_first_as_in_tensorflow():
    layers = [
        LAYERS[0],
        layer("Conv2D", "conv", "input", **COMMON, padding="same", strides=[2, 2]),
        layer("AveragePooling2D", "pool", "conv", pool_size=[2, 2], strides=[1, 1], padding="valid"),
        layer("Flatten", "flat", "pool"),
        LAYERS[-1],
    ]
    described, data, weights = model(layers)
    pixels = torch.rand(2, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    convolved = F.conv2d(F.pad(pixels, (0, 1, 0, 1)), weights["conv/kernel"].permute(3, 2, 0, 1), stride=2)
    flat = F.avg_pool2d(convolved, 2, stride=1).permute(0, 2, 3, 1).flatten(1)
    expected = (flat @ weights["out/kernel"] + weights["out/bias"]).softmax(1)
    (found,) = onnxruntime.InferenceSession(onnx_model(described, data)).run(None, {"input": pixels.numpy()})
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


def test_the_same_model_converts_to_the_same_bytes():
    described, data, _ = model()
    assert onnx_model(described, data) == onnx_model(described, data)


@pytest.mark.parametrize(
    ("layers", "cut", "reason"),
    [
        (LAYERS, -1, "buffer"),
        ([*LAYERS[:2], layer("LSTM", "conv", "pad"), *LAYERS[3:]], None, "LSTM is not known"),
        ([*LAYERS[:4], layer("ReLU", "relu", "bn", negative_slope=0.1), *LAYERS[5:]], None, "no plain ReLU"),
    ],
)
def test_a_model_that_cannot_be_converted_ends_in_one_error(layers, cut, reason):
    described, data, _ = model(layers)
    with pytest.raises(ModelError, match=rf"cannot convert .*{reason}"):
        onnx_model(described, data[:cut])
