"""Sentences that no picture of their document is like, and what is left when they are left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.align.noise import least_share_above
from corpus.columns import KEPT
from corpus.overrides import settings_from
from corpus.recipes.far_sentences import without_far_sentences

BOUND = settings_from({"filters": {"sentence_above": {"max": 0.1}}}).filters


def document(shares, matched=(1,), outcome=KEPT, dom_text_index=2):
    return {
        "sentences": [f"S{at}." for at in range(len(shares))],
        "sentence_above": shares,
        "aligned": [
            {
                "outcome": outcome,
                "matched_text_index": at,
                "best_text_index": 0,
                "dom_text_index": dom_text_index,
            }
            for at in matched
        ],
        "similarity_matrix": [[at / 10 for at in range(len(shares))] for _ in matched],
        "page_matrix": [[at / 100 for at in range(len(shares))] for _ in matched],
    }


def test_a_sentence_is_far_when_others_do_better_for_every_picture():
    to_sentences = np.array([[0.5, 0.1], [0.0, 0.3]])
    to_negatives = np.array([[0.2] * 6 + [0.6] * 2, [0.25] * 4 + [0.4] * 4])
    assert least_share_above(to_sentences, to_negatives).tolist() == [2 / 8, 4 / 8]
    assert np.isnan(least_share_above(to_sentences, to_negatives[:, :7])).all()


def test_a_negative_as_good_is_not_above():
    assert least_share_above(np.array([[0.5]]), np.full((1, 8), 0.5)).tolist() == [0]


def test_far_sentences_go_and_all_places_are_counted_anew():
    left = without_far_sentences(document([0.5, 0.0, 0.4, 0.1], matched=(1, 3), dom_text_index=3), BOUND)
    assert left["sentences"] == ["S1.", "S3."]
    assert left["far_sentences"] == [0, 2]
    assert [image["matched_text_index"] for image in left["aligned"]] == [0, 1]
    assert [image["best_text_index"] for image in left["aligned"]] == [-1, -1]
    assert [image["dom_text_index"] for image in left["aligned"]] == [1, 1]
    assert left["similarity_matrix"] == [[0.1, 0.3]] * 2
    assert left["page_matrix"] == [[0.01, 0.03]] * 2


def test_the_sentence_of_a_kept_picture_stays_and_that_of_a_dropped_one_goes():
    assert without_far_sentences(document([0.0, 0.9]), BOUND)["far_sentences"] == []
    dropped = without_far_sentences(document([0.0, 0.9], outcome="pair_regret"), BOUND)
    assert dropped["far_sentences"] == [1]
    assert dropped["aligned"][0]["matched_text_index"] == -1


@pytest.mark.parametrize("shares", [[None, None], [0.9, 0.9]])
def test_what_is_not_measured_stays_and_without_a_bound_everything_does(shares):
    bounds = settings_from({}).filters if shares[0] else BOUND
    row = document(shares)
    assert without_far_sentences(row, bounds) == {**row, "far_sentences": []}


@given(st.lists(st.floats(0, 1, width=16), min_size=1, max_size=20), st.data())
def test_every_sentence_is_left_in_its_order_or_is_named_as_left_out(shares, data):
    matched = data.draw(st.sets(st.integers(0, len(shares) - 1), min_size=1))
    left = without_far_sentences(document(shares, sorted(matched)), BOUND)
    kept = [at for at in range(len(shares)) if at not in left["far_sentences"]]
    assert left["sentences"] == [f"S{at}." for at in kept]
    assert set(left["far_sentences"]) == {
        at for at, share in enumerate(shares) if share > 0.1 and at not in matched
    }
    texts = [left["sentences"][image["matched_text_index"]] for image in left["aligned"]]
    assert texts == [f"S{at}." for at in sorted(matched)]
