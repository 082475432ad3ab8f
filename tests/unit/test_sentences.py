"""Lines become sentences, by the rules of their language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.extract import sentences
from corpus.extract.sentences import split_sentences


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


MARKS = [*".!?:;,()[]{}\"'’“”«»-–—…@#*+=%$€|<>~/&©°。।։؟", "\u00a0"]
PIECES = st.lists(
    st.sampled_from(
        [
            *MARKS,
            " ",
            " ",
            " ",
            "The",
            "word",
            "iPhone",
            "Dr",
            "12",
            "30",
            "はい",
            "ไทย ไทย",
            "Αθήνα",
            "Երևան",
        ]
    ),
    max_size=20,
)


@given(
    PIECES.map("".join),
    st.sampled_from(["en", "de", "el", "hy", "fr", "ja", "th", "hi", "ar", "am", "my", "xx"]),
)
def test_lines_that_are_seen_to_be_whole_are_those_that_the_rules_leave_whole(line, language):
    whole = sentences.is_whole
    expected = split_sentences(line, language)
    sentences.is_whole = lambda text, language: False
    try:
        assert split_sentences(line, language) == expected
    finally:
        sentences.is_whole = whole
