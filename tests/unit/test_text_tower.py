import pytest
import torch

from corpus.encode.text_tower import causal_tower, cut_features, pooled_positions, text_features
from tests.unit.small_encoder import small_model

START, END, LONGEST = 49406, 49407, 77


def token_rows(*lengths):
    """One row of tokens per length, start and end token counted."""
    rows = torch.zeros(len(lengths), LONGEST, dtype=torch.long)
    generator = torch.Generator().manual_seed(7)
    for row, length in zip(rows, lengths, strict=True):
        row[:length] = torch.randint(1, START, (length,), generator=generator)
        row[0], row[length - 1] = START, END
    return rows


def assert_same(features, expected):
    torch.testing.assert_close(features, expected, atol=1e-5, rtol=0)


CUTTABLE = {
    "CLIP": {},
    "CLIP that pools its end token": {"pool_type": "eos", "eos_id": END},
    "CLIP with a separate text tower": {"custom": True},
    "CLIP that projects with a bias": {"custom": True, "proj_bias": True},
    "CLIP that does not project": {"width": 16, "proj_type": "none"},
}
WHOLE = {
    "two-way attention": {"no_causal_mask": True},
    "two-way attention in a separate tower": {"custom": True, "no_causal_mask": True},
    "pooling of the last position": {"pool_type": "last"},
    "a class token behind the sentence": {"custom": True, "embed_cls": True},
}


@pytest.mark.parametrize("text_cfg", CUTTABLE.values(), ids=CUTTABLE)
def test_cut_features_equal_those_of_the_whole_run(text_cfg):
    model = small_model(**text_cfg)
    tokens = token_rows(2, 24, 5, 11, 3, 24)
    with torch.inference_mode():
        tower = causal_tower(model)
        assert tower is not None
        assert int(pooled_positions(tower, tokens).max()) == 23
        whole = model.encode_text(tokens)
        assert_same(cut_features(tower, tokens[:, :24]), whole)
        assert_same(text_features(model, tokens, 2), whole)


def test_positions_behind_the_longest_sentence_are_not_run():
    model = small_model()
    seen = []
    model.transformer.register_forward_pre_hook(lambda _, inputs: seen.append(tuple(inputs[0].shape[:2])))
    with torch.inference_mode():
        text_features(model, token_rows(30, 4, 9, 5, 8), 2)
    assert seen == [(8, 8), (8, 8), (8, 16), (8, 32)]


def test_a_sentence_as_long_as_the_context_is_run_whole():
    model = small_model()
    tokens = token_rows(LONGEST, 4)
    with torch.inference_mode():
        assert_same(text_features(model, tokens, 2), model.encode_text(tokens))


@pytest.mark.parametrize("text_cfg", WHOLE.values(), ids=WHOLE)
def test_towers_that_look_behind_the_pooled_position_are_left_whole(text_cfg):
    model = small_model(**text_cfg)
    tokens = token_rows(7, 30, 4)
    assert causal_tower(model) is None
    with torch.inference_mode():
        assert_same(text_features(model, tokens, 2), model.encode_text(tokens))
