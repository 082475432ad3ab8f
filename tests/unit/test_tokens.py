import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import SettingsError
from corpus.release.image_tokens import RULES, cells_28, tiles_512
from corpus.release.text_tokens import token_counter, tokenizer_name, tokenizers_identity

TEXTS = (
    "A photo of two dogs, playing in 2024's snow; it's 30 % off!",
    "Ein Bär läuft über die Straße. Größe: 12.345,67 €",
    "白猫坐着。日本語のテキスト。",
    "नमस्ते दुनिया، مرحبا بالعالم 🙂👍🏽",
    "e\u0301 A  B\n\tC",
    "",
)
SIDES = st.integers(1, 12_000)


@pytest.mark.parametrize("text", TEXTS)
def test_clip_counts_the_tokens_that_open_clip_makes(text):
    from corpus.encode.torchvision_ops import ensure_torchvision

    ensure_torchvision()
    from open_clip.tokenizer import SimpleTokenizer

    assert token_counter("clip")(text) == len(SimpleTokenizer().encode(text))


@pytest.fixture
def words(tmp_path):
    """A tokenizer.json that counts words, and would cut texts after three."""
    model = {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"}
    cut = {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
    path = tmp_path / "tokenizer.json"
    path.write_text(
        json.dumps(
            {
                "version": "1.0",
                "truncation": cut,
                "padding": None,
                "added_tokens": [],
                "normalizer": None,
                "pre_tokenizer": {"type": "WhitespaceSplit"},
                "post_processor": None,
                "decoder": None,
                "model": model,
            }
        )
    )
    return path


def test_a_tokenizer_of_ones_own_counts_whole_texts(words):
    assert token_counter(f"words={words}")("one two three four five") == 5
    assert tokenizer_name(f"words={words}") == "words"


def test_another_file_under_the_same_name_is_another_identity(words):
    before = tokenizers_identity([f"words={words}"])
    words.write_text(words.read_text().replace('"max_length": 3', '"max_length": 4'))
    assert tokenizers_identity([f"words={words}"]) != before


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        (["bert"], "neither clip nor NAME=PLACE"),
        (["a=/nowhere/tokenizer.json"], "there is no file /nowhere/tokenizer.json"),
        (["a={here}"], "is no tokenizer.json"),
        (["clip", "clip"], "names one twice"),
    ],
)
def test_a_tokenizer_that_cannot_be_had_is_named(given_, said, tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(SettingsError, match=said):
        tokenizers_identity([each.format(here=tmp_path / "tokenizer.json") for each in given_])


@pytest.mark.parametrize(
    ("size_px", "n"),
    [((1024, 1024), 765), ((2048, 4096), 1105), ((512, 512), 255), ((100, 600), 425), ((2048, 6144), 1445)],
)
def test_tiles_count_as_openai_counts_them(size_px, n):
    assert tiles_512(*size_px) == n


@pytest.mark.parametrize(("size_px", "n"), [((224, 224), 64), ((28, 28), 4), ((1092, 28), 39)])
def test_cells_count_as_qwen2_vl_counts_them(size_px, n):
    assert cells_28(*size_px) == n


@given(SIDES, SIDES)
def test_every_rule_gives_some_tokens_and_the_same_for_a_picture_on_its_side(width_px, height_px):
    for rule in RULES.values():
        assert rule(width_px, height_px) == rule(height_px, width_px) >= 1
    assert cells_28(width_px, height_px) <= 16_384
