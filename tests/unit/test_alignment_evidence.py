import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.align.evidence import FACTS, evidence, file_words, page_facts, pictures_lead
from corpus.align.figures import cited, labels
from corpus.align.words import grams, shares
from corpus.config import Evidence


def image(dom_text_index, **said):
    return {"url": "http://e.org/p.jpg", "alt": None, "title": None, "caption": None, **said} | {
        "dom_text_index": dom_text_index
    }


def blocks(*kinds_and_sizes):
    first = 0
    found = []
    for kind, n_sentences in kinds_and_sizes:
        found.append({"kind": kind, "first_sentence": first, "n_sentences": n_sentences})
        first += n_sentences
    return found


def fact(facts, name):
    return facts[..., FACTS.index(name)].tolist()


PAGE = blocks(("heading", 1), ("paragraph", 2), ("heading", 1), ("paragraph", 1), ("paragraph", 1))
SENTENCES = ["Mills", "A mill stands here.", "It grinds.", "Boats", "A boat sails.", "It is red."]


def test_the_block_before_a_picture_is_near_and_headings_are_passed_over():
    facts = page_facts(SENTENCES, PAGE, [image(4)])
    assert fact(facts, "near") == [[0, 1, 1, 0, 0, 0]]
    assert fact(facts, "other_side") == [[0, 0, 0, 0, 1, 1]]
    assert fact(facts, "heading") == [[1, 0, 0, 1, 0, 0]]
    np.testing.assert_allclose(fact(facts, "distance"), np.log1p([[1, 0, 0, 0, 0, 1]]), atol=1e-6)


def test_a_picture_within_a_block_has_it_on_both_sides():
    facts = page_facts(SENTENCES, PAGE, [image(2)])
    assert fact(facts, "near") == [[0, 1, 1, 0, 0, 0]]
    assert fact(facts, "other_side") == [[0, 0, 0, 1, 1, 1]]


def test_where_pictures_lead_the_block_after_a_picture_is_near():
    facts = page_facts(SENTENCES, PAGE, [image(0), image(3)])
    assert fact(facts, "near") == [[0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0]]
    assert pictures_lead([0, 3], 6)
    assert not pictures_lead([0, 6], 6)
    assert not pictures_lead([3], 6)


def test_words_about_a_picture_count_in_their_block_and_once_per_field():
    facts = page_facts(
        SENTENCES, PAGE, [image(6, alt="grinding"), image(6, alt="grinding", title="grinding")]
    )
    in_sentence = fact(facts, "sentence_words")[0]
    assert in_sentence[2] == max(in_sentence) > 0
    assert in_sentence[1] == 0
    once, twice = fact(facts, "words")
    assert once[1] == once[2] > 0
    assert once[0] == once[3] == once[4] == 0
    assert twice == pytest.approx([2 * value for value in once])


def test_a_sentence_that_names_the_number_of_a_picture_is_known():
    sentences = ["See Figure 2.", "In Fig. 1 and 3."]
    facts = page_facts(sentences, blocks(("paragraph", 2)), [image(2), image(2), image(2)])
    assert fact(facts, "reference") == [[0, 1], [1, 0], [0, 1]]
    labelled = page_facts(
        sentences, blocks(("paragraph", 2)), [image(2, caption="Figure 2: a mill"), image(2)]
    )
    assert fact(labelled, "reference") == [[1, 0], [0, 0]]


def test_evidence_is_the_weighted_sum_of_the_facts():
    facts = page_facts(SENTENCES, PAGE, [image(4)])
    weights = Evidence(near=2, distance=0, other_side=-1, heading=-3, words=0, sentence_words=0, reference=0)
    assert evidence(facts, weights).tolist() == [[-3, 2, 2, -3, -1, -1]]


@given(st.data())
def test_every_place_of_a_picture_has_facts_that_are_numbers(data):
    n_sentences = sum(block["n_sentences"] for block in PAGE)
    places = sorted(data.draw(st.lists(st.integers(0, n_sentences), min_size=1, max_size=4)))
    facts = page_facts(SENTENCES, PAGE, [image(place) for place in places])
    assert facts.shape == (len(places), n_sentences, len(FACTS))
    assert np.isfinite(facts).all()
    assert (facts >= 0).all()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("as (Figure 2) shows", {"2"}),
        ("Figures 2, 3 and 4", {"2", "3", "4"}),
        ("see Fig.3", {"3"}),
        ("Abbildung 3.2 zeigt", {"3.2"}),
        ("voir figure 12-3", {"12-3"}),
        ("на рис. 5", {"5"}),
        ("この図3を", {"3"}),
        ("如图3所示", {"3"}),
        ("a 3. ábra", {"3"}),
        ("prefigure 3", set()),
        ("a photo of 12 men", set()),
        ("Figure 20245678", set()),
    ],
)
def test_figures_are_named_in_many_languages(text, numbers):
    assert cited(text) == numbers


def test_pictures_are_counted_where_no_caption_begins_with_a_number():
    assert labels(["A mill", ""]) == ["1", "2"]
    assert labels(["Abb. 7: Mühle", "a boat in Fig. 3"]) == ["7", ""]


def test_a_word_is_found_again_with_another_ending_and_in_scripts_without_spaces():
    found = shares(["windmills", "水车", "", "🙂"], ["the windmill", "河边有水车", "a boat"])
    assert found[0, 0] > 0.5
    assert found[0, 1:].tolist() == [0, 0]
    assert found[1].tolist() == [0, 1, 0]
    assert found[2:].tolist() == [[0, 0, 0], [0, 0, 0]]


def test_words_that_every_text_has_count_less():
    texts = ["blue boat", "red boat", "green boat"]
    (found,) = shares(["red boat"], texts)
    assert found[1] == pytest.approx(1)
    assert found[0] < 0.2


@given(st.text(), st.lists(st.text(), max_size=4))
def test_shares_are_shares_of_any_text(query, texts):
    found = shares([query], texts)
    assert ((found >= 0) & (found <= 1.0001)).all()
    assert all(
        found[0, place] == pytest.approx(1, abs=1e-4)
        for place, t in enumerate(texts)
        if grams(t) == grams(query) != set()
    )


def test_a_file_name_gives_its_words():
    assert file_words("http://e.org/a/RadarMap-of_venus%20NASA12.jpg?x=1") == "Radar Map of venus NASA"
    assert file_words("data:image/png;base64,AAAA") == ""
    assert file_words("http://e.org/") == ""
