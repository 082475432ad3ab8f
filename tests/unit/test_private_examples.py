from dataclasses import replace

from corpus.config import Settings
from corpus.look.examples import MAX_CHARACTERS, Example, Reason
from corpus.look.private_examples import without_personal_data
from corpus.overrides import settings_from

EXAMPLE = Example(
    url="https://shop.example.de/a@b.example", title="Tel. 030 901820", text="Mail a@b.example", language="xx"
)
REASON = Reason("page_decisions", "page_words", "", (EXAMPLE,))


def test_what_dropped_pages_said_has_placeholders_in_the_report():
    (example,) = without_personal_data(REASON, Settings()).examples
    assert (example.title, example.text, example.url) == ("Tel. <PHONE>", "Mail <EMAIL>", EXAMPLE.url)


def test_the_kinds_are_those_of_the_build():
    settings = settings_from({"privacy": {"replace": []}})
    assert without_personal_data(REASON, settings) == REASON


def test_an_address_that_would_be_cut_in_two_is_a_placeholder():
    text = "word " * 46 + "anna.maria@b.example and more"
    (example,) = without_personal_data(
        replace(REASON, examples=(replace(EXAMPLE, text=text),)), Settings()
    ).examples
    assert "anna" not in example.text
    assert len(example.text) <= MAX_CHARACTERS
