import gzip
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from corpus.encode import checkpoint, registry
from corpus.encode.checkpoint import checkpoint_folder, encoder_identity, file_sha256, own_cache
from corpus.encode.description import description_sha256
from corpus.encode.encoder import load_encoder
from corpus.encode.registry import (
    PREFERRED,
    check_encoder,
    find_source,
    similarity_bound,
)
from corpus.errors import EncoderError
from tests.unit.small_encoder import N_DIMENSIONS, write_small_encoder

WEIGHTS = "open_clip_model.safetensors"
SENTENCES = ["A red car.", "Two kittens sleep in a basket by the stove.", "A red car.", "", "Ein Haus 日本語"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return write_small_encoder(tmp_path_factory.mktemp("encoders") / "small", corpus={"min_similarity": 0.2})


@pytest.fixture
def copied(small, tmp_path):
    """A copy that the test may damage."""
    return Path(shutil.copytree(small, tmp_path / "copied"))


@pytest.fixture
def own_tmp(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def identity_of(encoder, weights, name=None):
    return f"{name or encoder}@{weights}:{description_sha256(find_source(encoder))[:8]}"


def gzip_weights(folder):
    (folder / f"{WEIGHTS}.gz").write_bytes(gzip.compress((folder / WEIGHTS).read_bytes(), 1))
    (folder / WEIGHTS).unlink()


def pictures():
    values = np.random.default_rng(3).integers(0, 255, (3, 40, 60, 3), dtype=np.uint8)
    return [Image.fromarray(value) for value in values]


def reference(folder):
    """Model, preprocessing and tokenizer straight from open_clip."""
    import open_clip

    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    return model.eval(), preprocess, open_clip.get_tokenizer(f"local-dir:{folder}")


LEAST_COSINE = 0.99999
"""Of vectors of one picture that is resized by torch and by Pillow."""


def test_vectors_are_those_of_open_clip(small):
    encoder = load_encoder(small, 2)
    model, preprocess, tokenizer = reference(small)
    with torch.inference_mode():
        images = model.encode_image(torch.stack([preprocess(p) for p in pictures()]), normalize=True).numpy()
        texts = model.encode_text(tokenizer(SENTENCES), normalize=True).numpy()
    assert (encoder.encode_images(pictures()) * images).sum(axis=1).min() > LEAST_COSINE
    np.testing.assert_allclose(encoder.encode_texts(SENTENCES), texts, atol=1e-5)
    assert np.abs(texts[0] - texts[1]).max() > 0.01


def test_vectors_have_norm_one_and_the_length_told(small):
    encoder = load_encoder(small, 2)
    assert encoder.n_dimensions == N_DIMENSIONS
    for vectors, n in ((encoder.encode_images(pictures()), 3), (encoder.encode_texts(SENTENCES), 5)):
        assert vectors.shape == (n, N_DIMENSIONS)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_nothing_in_nothing_out(small):
    encoder = load_encoder(small, 2)
    assert encoder.encode_images([]).shape == (0, N_DIMENSIONS)
    assert encoder.encode_texts([]).shape == (0, N_DIMENSIONS)


def test_sentences_longer_than_the_context_are_cut(small):
    encoder = load_encoder(small, 2)
    cut, longer = encoder.encode_texts(["word " * 90, "word " * 400])
    np.testing.assert_allclose(cut, longer, atol=1e-6)


def test_pictures_are_taken_one_at_a_time(small):
    held = []

    def generate():
        for picture in pictures():
            held.append(picture.size)
            yield picture

    load_encoder(small, 2).encode_images(generate())
    assert held == [(60, 40)] * 3


def test_a_process_loads_an_encoder_once_and_uses_one_thread(small):
    assert load_encoder(small, 2) is load_encoder(small, 2)
    assert torch.get_num_threads() == 1


def test_a_folder_is_known_by_its_name_and_its_weights(small):
    digest = file_sha256(Path(small, WEIGHTS))
    plain, reduced = (encoder_identity(small, dtype) for dtype in ("float32", "bfloat16"))
    assert re.fullmatch(f"small@{digest[:12]}:[0-9a-f]{{8}}", plain)
    assert plain == load_encoder(small, 2).identity
    assert reduced == f"{plain}+bfloat16"


def test_gzipped_weights_give_the_same_vectors(small, copied, own_tmp):
    expected = load_encoder(small, 2).encode_texts(SENTENCES)
    gzip_weights(copied)
    np.testing.assert_array_equal(load_encoder(str(copied), 2).encode_texts(SENTENCES), expected)


def test_weights_are_unpacked_once_for_nobody_else_to_read(copied, own_tmp):
    plain = (copied / WEIGHTS).read_bytes()
    gzip_weights(copied)
    folder = checkpoint_folder(find_source(str(copied)))
    assert folder.parent == own_tmp / f"interleaved-corpus-{os.getuid()}"
    assert folder.parent.stat().st_mode & 0o077 == 0
    assert (folder / WEIGHTS).read_bytes() == plain
    assert sorted(path.name for path in folder.iterdir()) == ["open_clip_config.json", WEIGHTS]
    written_ns = (folder / WEIGHTS).stat().st_mtime_ns
    assert checkpoint_folder(find_source(str(copied))) == folder
    assert (folder / WEIGHTS).stat().st_mtime_ns == written_ns


def test_another_config_over_the_same_weights_is_unpacked_apart(copied, own_tmp):
    gzip_weights(copied)
    first = checkpoint_folder(find_source(str(copied)))
    config = copied / "open_clip_config.json"
    config.write_text(config.read_text() + "\n")
    assert checkpoint_folder(find_source(str(copied))) != first


def test_a_cache_folder_of_another_user_is_refused(own_tmp):
    elsewhere = own_tmp / "elsewhere"
    elsewhere.mkdir()
    (own_tmp / f"interleaved-corpus-{os.getuid()}").symlink_to(elsewhere)
    with pytest.raises(EncoderError, match="belongs to another user"):
        own_cache()


def test_truncated_gzip_is_one_sentence_and_leaves_no_weights(copied, own_tmp):
    gzip_weights(copied)
    packed = copied / f"{WEIGHTS}.gz"
    packed.write_bytes(packed.read_bytes()[:-1000])
    with pytest.raises(EncoderError, match=r"cannot unpack the weights .*end-of-stream"):
        load_encoder(str(copied), 2)
    assert [path.name for path in own_cache().rglob("*") if path.is_file()] == ["open_clip_config.json"]


def test_weights_for_another_model_are_one_sentence(copied):
    config = json.loads((copied / "open_clip_config.json").read_text())
    config["model_cfg"]["text_cfg"]["layers"] = 3
    (copied / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(EncoderError, match=r"do not fit the model of their config: Missing key") as caught:
        load_encoder(str(copied), 2)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("damage", [b"", b"not weights at all", b"\xff" * 64])
def test_damaged_weights_are_one_sentence(copied, damage):
    (copied / WEIGHTS).write_bytes(damage)
    with pytest.raises(EncoderError, match=f"cannot load encoder .*{WEIGHTS}") as caught:
        load_encoder(str(copied), 2)
    assert "\n" not in str(caught.value)


def test_weights_that_give_no_numbers_are_found_out(copied):
    from safetensors.torch import load_file, save_file

    weights = load_file(copied / WEIGHTS)
    weights["text_projection"][0, 0] = float("nan")
    save_file(weights, copied / WEIGHTS)
    with pytest.raises(EncoderError, match="not finite"):
        load_encoder(str(copied), 2).encode_texts(["A red car."])


def test_of_several_weights_the_one_that_open_clip_takes_is_named(tmp_path):
    from open_clip.factory import _find_checkpoint_in_dir

    (tmp_path / "open_clip_config.json").write_text('{"model_cfg": {}}')
    for name in ["zeta.safetensors", "alpha.bin", "beta.pth", *reversed(PREFERRED)]:
        (tmp_path / name).touch()
    for _ in range(len(PREFERRED) + 3):
        source = find_source(str(tmp_path))
        assert str(source.weights) == _find_checkpoint_in_dir(tmp_path)
        Path(str(source.weights)).unlink()


def test_bounds_come_from_mmc4_or_from_the_folder(small, copied):
    assert similarity_bound("ViT-L-14/openai") == 0.15
    assert similarity_bound("ViT-B-32/openai") is None
    assert similarity_bound(small) == 0.2
    (copied / "open_clip_config.json").write_text('{"model_cfg": {}}')
    assert similarity_bound(str(copied)) is None


def test_a_bound_that_is_no_number_is_refused(copied):
    (copied / "open_clip_config.json").write_text('{"model_cfg": {}, "corpus": {"min_similarity": "high"}}')
    with pytest.raises(EncoderError, match="no number but 'high'"):
        similarity_bound(str(copied))


def test_weights_of_open_clip_are_known_by_name_and_tag():
    check_encoder("ViT-L-14/openai")
    check_encoder("ViT-B-32/laion2b-s34b-b79k")


def test_weights_of_a_tag_are_known_by_their_content_too(tmp_path, monkeypatch):
    (tmp_path / "cached.safetensors").write_bytes(b"weights")
    monkeypatch.setattr(checkpoint, "fetch_weights", lambda source: tmp_path / "cached.safetensors")
    digest = file_sha256(tmp_path / "cached.safetensors")[:12]
    assert encoder_identity("ViT-L-14/openai", "float32") == identity_of("ViT-L-14/openai", digest)


def test_weights_that_were_trained_with_another_activation_are_refused(monkeypatch):
    check_encoder("ViT-B-32-quickgelu/openai")
    monkeypatch.setattr(registry, "known_tags", lambda model: ("laion2b",))
    with pytest.raises(
        EncoderError, match="computes QuickGELU and the weights laion2b were trained with GELU"
    ):
        check_encoder("ViT-B-32-quickgelu/laion2b")


def test_a_weights_file_is_known_by_its_model_and_content(tmp_path):
    (tmp_path / "own.pt").write_bytes(b"weights")
    name = f"ViT-B-32/{tmp_path}/own.pt"
    check_encoder(name)
    assert encoder_identity(name, "float32") == identity_of(
        name, file_sha256(tmp_path / "own.pt")[:12], "ViT-B-32"
    )


@pytest.mark.parametrize(
    ("encoder", "told"),
    [
        ("Vit-L-14/openai", r"no model 'Vit-L-14' \(similar: ViT-L-14"),
        ("nonsense", "no model 'nonsense'; give demo"),
        ("ViT-L-14", "names no weights; pretrained ones of ViT-L-14: openai, "),
        ("ViT-L-14/", "names no weights"),
        ("ViT-L-14/opnai", "no pretrained weights 'opnai'; known ones: openai, "),
        ("ViT-B-32/checkpoints/epoch_3.pt", "weights file checkpoints/epoch_3.pt .* does not exist"),
        ("ViT-B-32/epoch_3.pt", "weights file epoch_3.pt .* does not exist"),
        ("./checkpoints/own", "encoder folder './checkpoints/own' does not exist"),
        ("", "encoder folder '' does not exist"),
    ],
)
def test_names_that_stand_for_nothing_are_one_sentence(encoder, told):
    with pytest.raises(EncoderError, match=told) as caught:
        check_encoder(encoder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (None, "holds no open_clip_config.json"),
        ("{", "cannot read .*open_clip_config.json"),
        ("[]", "the key model_cfg is missing"),
        ('{"embed_dim": 16}', "the key model_cfg is missing"),
        ('{"model_cfg": {}}', "holds no weights"),
    ],
)
def test_folders_that_are_no_checkpoint_are_one_sentence(tmp_path, config, told):
    if config is not None:
        (tmp_path / "open_clip_config.json").write_text(config)
    with pytest.raises(EncoderError, match=told):
        check_encoder(str(tmp_path))


def test_weights_that_are_neither_cached_nor_to_be_had_are_one_sentence(tmp_path, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EncoderError, match=r"not in the cache .* and cannot be downloaded \(") as caught:
        load_encoder("ViT-B-32/openai", 2)
    assert "\n" not in str(caught.value)


def test_the_activation_is_the_one_that_the_tag_was_trained_with(monkeypatch):
    """OpenAI's weights need QuickGELU, which open_clip's config ViT-B-32 does not ask for."""
    from corpus.encode import encoder as module

    asked = {}

    def create(name, **options):
        asked.update(options, name=name)
        raise RuntimeError("enough seen")

    import open_clip

    monkeypatch.setattr(module, "fetch_weights", lambda source: None)
    monkeypatch.setattr(open_clip, "create_model_and_transforms", create)
    with pytest.raises(EncoderError, match="enough seen"):
        load_encoder("ViT-B-32/openai", 2)
    assert (asked["name"], asked["pretrained"], asked["force_quick_gelu"]) == ("ViT-B-32", "openai", True)
    with pytest.raises(EncoderError, match="enough seen"):
        load_encoder("ViT-B-32/laion2b_s34b_b79k", 2)
    assert asked["force_quick_gelu"] is False
