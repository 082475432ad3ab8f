"""The languages of lines and of blocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from corpus.extract.language import (
    MEMORY_BYTES,
    TEXTS_AT_ONCE,
    identify_language,
    identify_languages,
    label_probabilities,
    language_model,
)


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("en", "The weather in the city is fine and people walk along the river."),
        ("de", "Das Wetter in der Stadt ist schön und die Leute gehen am Fluss spazieren."),
        ("ru", "Погода в городе хорошая, и люди гуляют вдоль реки."),
        ("zh", "城市天气很好，人们沿着河边散步。"),
        ("ar", "الطقس في المدينة جميل والناس يمشون على طول النهر."),
        ("hi", "शहर में मौसम अच्छा है और लोग नदी के किनारे टहल रहे हैं।"),
    ],
)
def test_languages_are_told_apart(code, line):
    language, probability = identify_language([line])
    assert language == code
    assert 0.5 < probability <= 1.0001


def test_a_long_notice_in_english_does_not_outvote_a_story_in_short_lines():
    story = [
        "Seine Hacke war zu kurz.",
        "Sein Bett war zu kurz.",
        "Er kaufte ein Fahrrad.",
        "Er saß auf dem Stuhl.",
    ]
    notice = (
        "This story is brought to you by a project that translates stories into all the languages of the world. "
        * 3
    )
    assert identify_language([*story, notice])[0] == "de"


def test_languages_have_two_letters_and_shares_of_one():
    language, probability = identify_language(["xq", "zzz 123", "ok"])
    assert len(language) == 2
    assert 0 < probability < 1


GERMAN = (
    "Das Wetter in der Stadt ist schön, und die Leute gehen am Fluss und im Park bis in den Abend spazieren."
)


def blocks_told(texts):
    return identify_languages([GERMAN], texts)[1]


def test_a_block_has_a_language_from_eighty_characters_and_twenty_letters_on():
    language, probability = blocks_told([GERMAN])[0]
    assert language == "de"
    assert 0.9 < probability <= 1
    assert blocks_told([GERMAN[:79]]) == [None]
    assert blocks_told([GERMAN[:80]])[0][0] == "de"
    assert blocks_told(["12. 5. 1987 | 3 000 km | " * 5]) == [None]


@given(st.text(min_size=80, max_size=200))
def test_any_long_text_has_a_language_of_two_letters_or_none(text):
    (found,) = blocks_told([text])
    assert found is None or (len(found[0]) == 2 and 0 < found[1] <= 1)


@pytest.fixture(scope="module")
def identifier():
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.labels if len(code) == 2])
    return identifier


@given(texts=st.lists(st.text(max_size=150), min_size=1, max_size=12))
def test_texts_told_together_have_the_probabilities_of_py3langid_to_the_last_bit(identifier, texts):
    texts += [GERMAN, "", "Погода в городе хорошая, и люди гуляют вдоль реки." * 3]
    alone = np.array([identifier._decide(text) for text in texts])
    together = label_probabilities(texts * TEXTS_AT_ONCE)
    assert (together == np.tile(alone, (TEXTS_AT_ONCE, 1))).all()


def test_blocks_told_together_have_the_languages_that_py3langid_gives_each(identifier):
    blocks = [
        GERMAN,
        "too short",
        "The weather in the city is fine, and people walk along the river until it is dark.",
    ]
    expected = [identifier.classify(block[:80]) for block in blocks]
    assert blocks_told(blocks) == [expected[0], None, expected[2]]


def test_no_feature_of_the_model_is_longer_than_the_bytes_before_a_piece():
    model = language_model()
    reached, states, n_bytes = {0}, np.array([0]), 0
    while len(states):
        after = np.unique(model.moves[(model.rows[states][:, None] + np.arange(256)).ravel()])
        states = np.array([state for state in after.tolist() if state not in reached], dtype=np.int64)
        reached.update(states.tolist())
        n_bytes += len(states) > 0
    assert n_bytes == MEMORY_BYTES
    assert model.moves[model.rows[0]] == 0
