"""Lines become sentences, by the rules of their language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.extract.sentences import identify_block, identify_language, split_sentences


@pytest.mark.parametrize(
    ("language", "line", "sentences"),
    [
        (
            "en",
            'Dr. Smith paid 3.50 dollars. "Really?" she asked.',
            ["Dr. Smith paid 3.50 dollars.", '"Really?" she asked.'],
        ),
        ("de", "Er kam am 3. Mai an. Es regnete.", ["Er kam am 3. Mai an.", "Es regnete."]),
        ("zh", "这是第一句。这是第二句！好吗？", ["这是第一句。", "这是第二句！", "好吗？"]),
        ("ja", "「はい。そうです」と言った。終わり。", ["「はい。そうです」と言った。", "終わり。"]),
        ("hi", "यह है। वह है।", ["यह है।", "वह है।"]),
        ("ar", "هذا كتاب. أين القلم؟ هنا.", ["هذا كتاب.", "أين القلم؟", "هنا."]),
        ("xx", "One. Two.", ["One.", "Two."]),
    ],
)
def test_boundaries_are_those_of_the_language(language, line, sentences):
    assert split_sentences(line, language) == sentences


def test_white_space_is_folded():
    assert split_sentences("  one \t two\u00a0three \n", "en") == ["one two three"]


def test_a_number_alone_opens_the_next_sentence():
    assert split_sentences("6. The bronze head.", "en") == ["6. The bronze head."]
    assert split_sentences("1991. 12.", "en") == ["1991. 12."]


def test_punctuation_alone_is_no_sentence():
    assert split_sentences("* * *", "en") == []
    assert split_sentences("The end. ***", "en") == ["The end. ***"]


@given(st.text(max_size=200), st.sampled_from(["en", "zh", "ar", "xx"]))
def test_no_letter_or_digit_is_lost_or_made_up(line, language):
    joined = "".join(split_sentences(line, language))
    assert list(filter(str.isalnum, joined)) == list(filter(str.isalnum, line))


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


def test_a_block_has_a_language_from_eighty_characters_and_twenty_letters_on():
    language, probability = identify_block(GERMAN)
    assert language == "de"
    assert 0.9 < probability <= 1
    assert identify_block(GERMAN[:79]) is None
    assert identify_block(GERMAN[:80])[0] == "de"
    assert identify_block("12. 5. 1987 | 3 000 km | " * 5) is None


@given(st.text(min_size=80, max_size=200))
def test_any_long_text_has_a_language_of_two_letters_or_none(text):
    found = identify_block(text)
    assert found is None or (len(found[0]) == 2 and 0 < found[1] <= 1)
