"""What people see of blocks that were dropped, and that everything else is counted in the sentences that are left."""

import pytest

from corpus.config import Settings
from corpus.look.block_examples import block_reasons, kept_blocks, kept_places
from corpus.look.documents_shown import show_documents
from corpus.look.funnel import SENTENCE, check_funnel
from corpus.look.image_examples import unmatched_reasons
from corpus.look.tallies import part_tallies
from tests.unit.drawn_build import draw_build, parts_of
from tests.unit.drawn_pages import LAKES, MOUNTAINS

WALK, BOOTS, SUN = LAKES.sentences[0], LAKES.sentences[4], LAKES.sentences[5]
DROPPED = {0: "block_host_boilerplate", 4: "block_special_characters"}


@pytest.fixture
def build():
    """A page whose heading and list item were dropped, and one that keeps all."""
    drawn = draw_build([LAKES, MOUNTAINS])
    decided, product = drawn.rows["block_decisions"][0], drawn.rows["interleaved"][0]
    decided["sentences"] = [{"outcome": DROPPED.get(place, "kept")} for place in range(6)]
    drawn.rows["documents"][0]["blocks"][2]["scores"] = [("block_special_characters", 0.75)]
    kept = [place for place in range(6) if place not in DROPPED]
    product["text_list"] = [LAKES.sentences[place] for place in kept]
    product["similarity_matrix"] = [[row[place] for place in kept] for row in product["similarity_matrix"]]
    for info in product["image_info"]:
        info["matched_text_index"] = kept.index(info["matched_text_index"])
    drawn.rows["document_decisions"][0]["n_sentences"] = len(kept)
    return drawn


def test_dropped_sentences_are_shown_by_reason_with_page_kind_and_score(build):
    boilerplate, special = block_reasons(build, Settings())
    assert [(each.table, each.outcome, each.bound) for each in (boilerplate, special)] == [
        ("block_decisions", "block_host_boilerplate", "0 or less passes"),
        ("block_decisions", "block_special_characters", "0.6 or less passes"),
    ]
    (example,) = special.examples
    assert (example.url, example.text, example.language) == (LAKES.url, BOOTS, "en")
    assert example.facts == (("score", "0.75"), ("block", "list_item"), ("language", "en"))
    assert [each.text for each in boilerplate.examples] == [WALK]


def test_a_document_is_shown_in_the_blocks_that_are_left(build):
    (document,) = show_documents(build, [f"{0:032x}"], Settings())
    assert [(block.kind, [each.text for each in block.sentences]) for block in document.blocks] == [
        ("paragraph", LAKES.sentences[1:4]),
        ("paragraph", [SUN]),
    ]
    pictures = {each.text: len(each.pictures) for block in document.blocks for each in block.sentences}
    assert (pictures[LAKES.sentences[2]], pictures[SUN]) == (1, 1)


def test_sentences_kept_and_dropped_by_their_block_add_up(build):
    tallies = list(part_tallies(parts_of(build)))
    check_funnel(tallies)
    counts = {
        (each.table, each.outcome): each.n_rows for each in tallies if each.unit == SENTENCE and each.n_rows
    }
    assert counts["page_decisions", "kept"] == 8
    assert [counts["block_decisions", outcome] for outcome in (*DROPPED.values(), "kept")] == [1, 1, 6]
    assert counts["interleaved", "kept"] == counts["document_decisions", "kept"] == 6


def test_the_closest_sentence_of_an_unmatched_picture_is_counted_among_the_kept(build):
    (item,) = [each for each in build.rows["alignments"][0]["images"] if each["outcome"] == "min_similarity"]
    item["best_text_index"] = 3
    (reason,) = unmatched_reasons(build, Settings())
    assert [each.text for each in reason.examples] == [SUN]
    item |= {"outcome": "no_sentence", "best_text_index": -1, "best_sim": None}
    (reason,) = unmatched_reasons(build, Settings())
    assert (reason.outcome, reason.bound) == ("no_sentence", "")
    assert [(each.text, dict(each.facts).get("highest similarity")) for each in reason.examples] == [
        ("", None)
    ]


def test_places_and_blocks_of_the_kept_sentences(build):
    places = kept_places(build, {f"{0:032x}"})
    assert places == {f"{0:032x}": [1, 2, 3, 5]}
    blocks = [
        {"kind": "p", "first_sentence": first, "n_sentences": n}
        for first, n in ((0, 1), (1, 3), (4, 1), (5, 1))
    ]
    found = kept_blocks(blocks, [1, 2, 3, 5])
    assert [(each["first_sentence"], each["n_sentences"]) for each in found] == [
        (0, 0),
        (0, 3),
        (3, 0),
        (3, 1),
    ]
