"""Real vectors of ViT-B-32/openai for seven pictures: that vectors travel unchanged, that pictures are prepared as the
model was trained, and, where its weights have been pulled, that ours are theirs. CORPUS_TEST_DATA names the folder that
holds them under models/clip-golden; skipped without it."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corpus.encode.device import CPU
from corpus.encode.encoder import load_encoder, load_model
from corpus.encode.registry import find_source
from corpus.models.store import is_stored
from corpus.pixels import decode_rgb
from corpus.vectors import pack, unpack
from tests.unit.small_encoder import write_small_encoder

GOLDEN = Path(os.environ.get("CORPUS_TEST_DATA", "no-such-folder"), "models", "clip-golden")
NAME = "ViT-B-32/openai"
# CLIP's own preprocessing: github.com/openai/CLIP, clip.py, _transform
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)

pytestmark = pytest.mark.skipif(
    not GOLDEN.is_dir(), reason="CORPUS_TEST_DATA names no folder with golden vectors"
)


@pytest.fixture
def vectors():
    return np.load(GOLDEN / "vit_b32_image_embeddings.npy")


def pictures():
    names = json.loads((GOLDEN / "names.json").read_text())
    return [decode_rgb((GOLDEN / "images" / name).read_bytes(), 10**8) for name in names]


def test_real_vectors_are_packed_without_loss_and_in_order(vectors):
    packed = [pack(vector) for vector in vectors]
    assert {len(data) for data in packed} == {1024}
    np.testing.assert_array_equal(unpack(b"".join(packed), 512), vectors.astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(unpack(packed[3], 512), axis=1), 1, atol=1e-3)


def test_pictures_are_prepared_as_clip_was_trained(tmp_path):
    name = write_small_encoder(tmp_path / "small")
    normalise = load_model(name, find_source(name), CPU)[1].transforms[-1]
    assert (tuple(normalise.mean), tuple(normalise.std)) == (MEAN, STD)
    encoder = load_encoder(name)
    for picture in pictures():
        scale = 32 / min(picture.size)
        whole = picture.resize(
            [max(32, int(side * scale)) for side in picture.size], Image.Resampling.BICUBIC
        )
        left, top = ((side - 32) / 2 for side in whole.size)
        crop = whole.crop((round(left), round(top), round(left) + 32, round(top) + 32))
        differ = np.abs(encoder.prepare(picture).numpy().astype(int) - np.asarray(crop))
        assert differ.max() <= 6
        assert differ.mean() < 0.3


def test_our_vectors_are_the_golden_ones(vectors):
    if not is_stored(NAME):
        pytest.skip(f"{NAME} has not been pulled")
    found = load_encoder(NAME).encode_images(pictures())
    assert (found * vectors.astype(np.float32)).sum(axis=1).min() > 0.99
