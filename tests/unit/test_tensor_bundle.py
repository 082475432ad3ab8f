import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ModelError
from corpus.models.tensor_bundle import MAGIC, SUFFIX, read_bundle
from corpus.safety.clip_head import head_of


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def table_block(pairs):
    """A block of a LevelDB table with shared beginnings of keys, its two restart points, and its trailer."""
    rows, before = b"", b""
    for key, value in pairs:
        n = 0
        while n < min(len(key), len(before)) and key[n] == before[n]:
            n += 1
        rows += varint(n) + varint(len(key) - n) + varint(len(value)) + key[n:] + value
        before = key
    return rows + struct.pack("<III", 0, 0, 2) + b"\0crc_"


def bundle(tensors, kind=1):
    data, pairs = b"", [(b"", field(1, 1))]
    for name, values in sorted(tensors.items()):
        shape = b"".join(field(2, field(1, size)) for size in values.shape)
        entry = field(1, kind) + field(2, shape) + field(4, len(data)) + field(5, values.nbytes)
        pairs.append(((name + SUFFIX).encode(), entry))
        data += values.astype("<f4").tobytes()
    rows, empty = table_block(pairs), table_block([])
    handles = [varint(0) + varint(len(rows) - 5), varint(len(rows)) + varint(len(empty) - 5)]
    index = table_block([(b"z", handles[0])])
    at = len(rows) + len(empty)
    footer = (handles[1] + varint(at) + varint(len(index) - 5)).ljust(40, b"\0") + MAGIC
    return rows + empty + index + footer, data


def head_tensors(n_dimensions=3):
    rng = np.random.default_rng(0)
    shapes = {"2": (n_dimensions, 4), "3": (4, 1)}
    tensors = {"layer_with_weights-1/mean": rng.normal(size=n_dimensions)}
    tensors["layer_with_weights-1/variance"] = rng.uniform(0.5, 2, n_dimensions)
    for number, shape in shapes.items():
        tensors[f"layer_with_weights-{number}/kernel"] = rng.normal(size=shape)
        tensors[f"layer_with_weights-{number}/bias"] = rng.normal(size=shape[1])
    return {name: values.astype(np.float32) for name, values in tensors.items()}


def test_tensors_are_read_as_they_were_written():
    tensors = head_tensors()
    found = read_bundle(*bundle(tensors))
    assert found.keys() == tensors.keys()
    for name, values in tensors.items():
        np.testing.assert_array_equal(found[name], values)


def test_a_head_normalises_then_runs_its_layers():
    tensors = head_tensors()
    vectors = np.array([[0.2, -0.4, 0.9], [0, 0, 0]], np.float32)
    part = {name.removeprefix("layer_with_weights-"): values for name, values in tensors.items()}
    hidden = (vectors - part["1/mean"]) / np.sqrt(part["1/variance"]) @ part["2/kernel"] + part["2/bias"]
    logits = np.maximum(hidden, 0) @ part["3/kernel"] + part["3/bias"]
    np.testing.assert_allclose(head_of(tensors).score(vectors), 1 / (1 + np.exp(-logits[:, 0])), rtol=1e-5)


def test_a_head_refuses_vectors_of_another_encoder():
    with pytest.raises(ModelError, match=r"3 dimensions, not of 2: .* another encoder"):
        head_of(head_tensors()).score(np.zeros((1, 2), np.float32))


def test_a_tensor_beyond_the_end_of_the_data_is_refused():
    index, data = bundle(head_tensors())
    with pytest.raises(ModelError, match="does not lie in the data"):
        read_bundle(index, data[:-1])


@given(st.binary(max_size=300), st.booleans(), st.integers(0, 400))
def test_bytes_that_are_no_bundle_end_in_one_error(noise, with_end, cut):
    index, data = bundle(head_tensors())
    damaged = index[:cut] + noise + (index[-48:] if with_end else b"")
    try:
        found = read_bundle(damaged, data)
    except ModelError:
        return
    assert set(found) <= set(head_tensors())
