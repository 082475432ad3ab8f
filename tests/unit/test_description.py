"""Encoders of the same weights are two where anything else makes their vectors differ, and only there."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corpus.encode.checkpoint import encoder_identity, surroundings_sha256
from corpus.encode.description import description_sha256
from corpus.encode.encoder import load_encoder
from corpus.encode.pairs import encoder_model
from corpus.encode.registry import find_source
from tests.unit.other_encoders import write_siglip
from tests.unit.small_encoder import write_small_encoder


def identity_with(folder, change):
    """The identity of the encoder in `folder`, its config changed."""
    path = Path(folder, "open_clip_config.json")
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))
    return identity_anew(folder)


def identity_anew(folder):
    """As another process reads it."""
    surroundings_sha256.cache_clear()
    return encoder_identity(str(folder), "float32")


@pytest.fixture
def small(tmp_path):
    return write_small_encoder(tmp_path / "small", corpus={"min_similarity": 0.2})


CHANGES = {
    "mean": lambda config: config["preprocess_cfg"].update(mean=[0.5, 0.5, 0.5]),
    "std": lambda config: config["preprocess_cfg"].update(std=[0.5, 0.5, 0.5]),
    "interpolation": lambda config: config["preprocess_cfg"].update(interpolation="bilinear"),
    "resize_mode": lambda config: config["preprocess_cfg"].update(resize_mode="squash"),
    "fill_color": lambda config: config["preprocess_cfg"].update(fill_color=255),
    "activation": lambda config: config["model_cfg"].update(quick_gelu=True),
    "image_size": lambda config: config["model_cfg"]["vision_cfg"].update(image_size=40),
    "context_length": lambda config: config["model_cfg"]["text_cfg"].update(context_length=16),
    "tokenizer": lambda config: config["model_cfg"]["text_cfg"].update(
        tokenizer_kwargs={"clean": "whitespace"}
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_same_weights_with_other_settings_are_another_encoder(small, change):
    before = encoder_identity(small, "float32")
    after = identity_with(small, change)
    assert after != before
    assert after.partition(":")[0] == before.partition(":")[0]


@pytest.mark.parametrize("name", ["mean", "std", "interpolation", "resize_mode", "activation"])
def test_what_tells_two_encoders_apart_makes_other_vectors(small, name):
    values = np.random.default_rng(1).integers(0, 255, (40, 90, 3), dtype=np.uint8)
    before = load_encoder(small, 2).encode_images([Image.fromarray(values)])
    identity_with(small, CHANGES[name])
    load_encoder.__globals__["loaded"].cache_clear()
    assert np.abs(load_encoder(small, 2).encode_images([Image.fromarray(values)]) - before).max() > 1e-3


def test_what_changes_no_vector_changes_no_identity(small):
    before = encoder_identity(small, "float32")

    def change(config):
        config["corpus"]["min_similarity"] = 0.3
        config["model_cfg"]["quick_gelu"] = False
        config["preprocess_cfg"] = {"size": 32, "mean": None}
        config["note"] = "trained at home"
        config["model_cfg"] = dict(reversed(config["model_cfg"].items()))

    assert identity_with(small, change) == before
    Path(small, "README.md").write_text("A small encoder.")
    assert identity_anew(small) == before


def test_another_tokenizer_in_the_folder_is_another_encoder(tmp_path):
    folder = Path(write_siglip(tmp_path / "siglip"))
    before = encoder_identity(str(folder), "float32")
    words = (folder / "tokenizer.json").read_text()
    assert '"kittens":8' in words.replace(" ", "")
    (folder / "tokenizer.json").write_text(words.replace("kittens", "puppies"))
    assert identity_anew(folder) != before


@pytest.mark.parametrize(
    "name",
    ["ViT-L-14/openai", "ViT-B-32/laion2b_s34b_b79k", "ViT-B-16-SigLIP/webli", "MobileCLIP-S1/datacompdr"],
)
def test_an_encoder_of_a_tag_keeps_its_identity_when_it_is_pulled(name, tmp_path):
    (tmp_path / "open_clip_config.json").write_text(encoder_model(name).texts["open_clip_config.json"])
    (tmp_path / "open_clip_model.safetensors").touch()
    assert description_sha256(find_source(str(tmp_path))) == description_sha256(find_source(name))


def test_tags_that_prepare_pictures_otherwise_are_described_otherwise():
    openai, laion = (
        description_sha256(find_source(f"ViT-L-14/{tag}")) for tag in ("openai", "laion2b_s32b_b82k")
    )
    assert openai != laion
