"""Encoders that are no CLIP of open_clip's own: loaded from a folder, without a network, their vectors those of a plain
run over the whole context."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

pytest.importorskip("transformers")

from corpus.encode.encoder import load_encoder
from corpus.encode.registry import similarity_bound
from corpus.encode.text_tower import text_forward
from tests.unit.other_encoders import CONTEXT, write_multilingual, write_nllb, write_siglip
from tests.unit.small_encoder import N_DIMENSIONS

SENTENCES = [
    "A red car.",
    "two kittens sleep by the red car",
    "ein Haus",
    "a " * 60,
    "",
    "Two kittens, sleep!",
]
KINDS = {
    "siglip": write_siglip,
    "xlm-roberta, mean": write_multilingual,
    "xlm-roberta, first token": lambda folder: write_multilingual(folder, "cls_pooler"),
    "nllb": write_nllb,
}


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def folder(request, tmp_path):
    return request.param(tmp_path / "encoder")


def plain(folder):
    import open_clip

    from corpus.encode.encoder import own_text_tower

    model, _, preprocess = open_clip.create_model_and_transforms(
        f"local-dir:{folder}", **own_text_tower(Path(folder))
    )
    return model.eval(), preprocess, open_clip.get_tokenizer(f"local-dir:{folder}")


def test_vectors_are_those_of_a_plain_run_of_the_whole_context(folder):
    model, preprocess, tokenizer = plain(folder)
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8))
    tokens = tokenizer(SENTENCES)
    assert tokens.shape == (len(SENTENCES), CONTEXT)
    with torch.inference_mode():
        texts = model.encode_text(tokens, normalize=True).numpy()
        image = model.encode_image(preprocess(picture)[None], normalize=True).numpy()
    encoder = load_encoder(folder, 2)
    np.testing.assert_allclose(encoder.encode_texts(SENTENCES), texts, atol=1e-5)
    assert (encoder.encode_images([picture]) * image).sum() > 0.99999  # torch resizes, not Pillow
    assert np.abs(texts[0] - texts[1]).max() > 0.001
    reduced = load_encoder(folder, 2, "bfloat16")
    assert reduced.identity == encoder.identity + "+bfloat16"
    assert reduced.encode_texts(SENTENCES).shape == (len(SENTENCES), N_DIMENSIONS)
    assert (reduced.encode_texts(SENTENCES) * texts).sum(axis=1).min() > 0.999


def test_padding_is_not_run_where_it_is_masked_and_is_run_where_it_counts(tmp_path):
    for write, lengths in ((write_multilingual, [6, 9, 4, 32, 2, 7]), (write_siglip, [CONTEXT] * 6)):
        model, _, tokenizer = plain(write(tmp_path / write.__name__))
        assert text_forward(model, tokenizer(SENTENCES))[1].tolist() == lengths


def test_an_encoder_without_a_bound_has_none_and_one_of_its_own_is_read(tmp_path):
    folder = write_siglip(tmp_path / "siglip")
    assert similarity_bound(folder) is None
    path = Path(folder, "open_clip_config.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"corpus": {"min_similarity": 0.02}}))
    assert similarity_bound(folder) == 0.02
    assert similarity_bound("ViT-B-16-SigLIP/webli") is None
