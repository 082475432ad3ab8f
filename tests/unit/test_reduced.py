"""bfloat16 where layers multiply: how far vectors, similarities and assignments may move, measured on the bundled
encoder and on towers of every kind."""

import copy
import random

import numpy as np
import pytest
import torch

from corpus.align.assignment import assign
from corpus.encode import device
from corpus.encode.encoder import load_encoder
from corpus.encode.reduced import Block, ReducedConvolution, ReducedLinear, product, reduce
from demo.captions import LANGUAGES, describe
from demo.scenes import draw, random_scene
from tests.unit.small_encoder import small_model

WORDS = [
    "red",
    "car",
    "kitten",
    "basket",
    "stove",
    "harbour",
    "tower",
    "letter",
    "green",
    "chair",
    "garden",
    "wall",
]


def sentences(n):
    generator = np.random.default_rng(5)
    return [" ".join(generator.choice(WORDS, generator.integers(2, 20))) for _ in range(n)]


def tokens_of(n):
    from open_clip import get_tokenizer

    return get_tokenizer("ViT-B-32")(sentences(n))


def drawn_pairs(n):
    rng = random.Random(3)
    scenes = [random_scene(rng, held_out=True) for _ in range(n)]
    pictures = [draw(scene, 300, 240, "flat", rng) for scene in scenes]
    return pictures, [describe(scene, LANGUAGES[at % len(LANGUAGES)], rng) for at, scene in enumerate(scenes)]


def cosines(left, right):
    return torch.nn.functional.cosine_similarity(left, right, dim=-1)


@pytest.mark.parametrize(
    "text_cfg",
    [
        {},
        {"custom": True},
        {"no_causal_mask": True},
        {"ls_init_value": 0.5},
        {"custom": True, "qk_norm": True},
    ],
    ids=["CLIP", "separate text tower", "two-way attention", "scaled layers", "blocks of another kind"],
)
def test_reduced_towers_point_where_the_whole_ones_do(text_cfg):
    model = small_model(**text_cfg)
    pixels, tokens = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(1)), tokens_of(6)
    with torch.inference_mode():
        whole = model.encode_image(pixels), model.encode_text(tokens)
        reduced = reduce(copy.deepcopy(model))
        found = reduced.encode_image(pixels), reduced.encode_text(tokens)
    for before, after in zip(whole, found, strict=True):
        assert after.dtype == torch.float32
        assert not torch.equal(before, after)
        assert cosines(before, after).min() > 0.999


def test_layers_that_multiply_are_replaced_and_no_others():
    model = reduce(small_model(custom=True, proj_bias=True))
    kinds = {type(module) for module in model.modules()}
    assert {Block, ReducedConvolution, ReducedLinear} <= kinds
    assert model.visual.ln_post.weight.dtype == torch.float32
    assert model.visual.transformer.resblocks[0].get_weight_dtype() == torch.float32


@pytest.mark.parametrize("is_ordered", [True, False])
@pytest.mark.parametrize("with_bias", [True, False])
def test_products_are_those_of_torchs_own_layer_whether_weights_lie_in_onednns_order_or_not(
    monkeypatch, is_ordered, with_bias
):
    if is_ordered and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        pytest.skip("oneDNN has no products of bfloat16 on this processor")
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: is_ordered)
    torch.manual_seed(0)
    layer = torch.nn.Linear(48, 96, bias=with_bias)
    values = torch.randn(5, 7, 48).bfloat16()
    with torch.inference_mode():
        found = product(layer.weight, layer.bias)(values)
        expected = layer.bfloat16()(values)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found, expected, rtol=0.01, atol=0.01)


def test_similarities_of_the_bundled_encoder_move_by_less_than_a_hundredth_and_its_matches_stay():
    """Trained weights, the bundled encoder's. Real pairs in five languages decide whether a match moves."""
    pictures, texts = drawn_pairs(40)
    similarity = {}
    for dtype in ("float32", "bfloat16"):
        encoder = load_encoder("demo", 64, dtype)
        similarity[dtype] = encoder.encode_images(pictures) @ encoder.encode_texts(texts).T
    moved = np.abs(similarity["bfloat16"] - similarity["float32"])
    assert 0 < moved.max() < 0.01
    matched = [assign(similarity[dtype], -1) for dtype in ("float32", "bfloat16")]
    assert np.mean(matched[0] == matched[1]) >= 0.95


def test_auto_is_decided_by_what_the_processor_says_of_itself(tmp_path, monkeypatch):
    told = tmp_path / "cpuinfo"
    monkeypatch.setattr(device, "CPU_INFO", told)
    for flags, dtype in (
        ("flags\t\t: fpu avx512f avx512_bf16 clzero", "bfloat16"),
        ("flags : amx_bf16 amx_tile", "bfloat16"),
        ("Features : fp asimd bf16", "bfloat16"),
        ("flags : fpu avx2 avx512f", "float32"),
        ("bugs : bf16", "float32"),
    ):
        told.write_text(f"processor : 0\n{flags}\nbogomips : 1\n")
        device.multiplies_bfloat16.cache_clear()
        assert device.chosen_dtype("auto") == dtype
        assert device.chosen_dtype("float32") == "float32"
    device.multiplies_bfloat16.cache_clear()
