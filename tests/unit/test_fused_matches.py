"""Where pictures stand when their page has a say beside the cosine."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from bench.kernels import matched
from corpus.align.assignment import assign
from corpus.columns import KEPT
from corpus.config import Evidence
from corpus.overrides import settings_from
from corpus.recipes.fused_matches import fused_matches, page_matrix
from corpus.recipes.interleaved import interleave_documents
from tests.unit.drawn_build import draw_build
from tests.unit.stored_build import drawn_page

SENTENCES = ["Two boats.", "Cookies (Figure 1).", "A mill (Figure 1)."]
PAGE = {
    "page_sentences": SENTENCES,
    "is_kept": [True, False, True],
    "blocks": [{"kind": "paragraph", "first_sentence": at, "n_sentences": 1} for at in range(3)],
    "image_references": [
        {"dom_index": at, "dom_text_index": at, "url": "m.jpg", "alt": None, "title": None, "caption": None}
        for at in range(4)
    ],
}
FIGURES = Evidence(near=0, distance=0, other_side=0, heading=0, words=0, sentence_words=0, reference=9)


def product(**release):
    pages = [drawn_page(number) for number in range(20)]
    alone = [replace(page, blocks=[("paragraph", [each]) for each in page.sentences]) for page in pages]
    drawn = draw_build(alone)
    documents = pa.RecordBatch.from_pylist(matched(drawn))
    settings = settings_from({"release": release})
    return [
        row for _, batch in interleave_documents(iter([documents]), settings) for row in batch.to_pylist()
    ]


def test_what_a_page_says_is_weighted_and_of_its_kept_sentences_alone():
    said = page_matrix(PAGE, [{"dom_index": 0}, {"dom_index": 3}], 0.01, FIGURES)
    np.testing.assert_allclose(said, [[0, 0.09], [0, 0]], atol=1e-6)


def test_a_kept_picture_goes_where_cosine_and_page_together_put_it():
    row = {
        "aligned": [
            {"dom_index": 5, "outcome": KEPT},
            {"dom_index": 6, "outcome": "min_similarity"},
            {"dom_index": 7, "outcome": KEPT},
        ],
        "similarity_matrix": [[0.3, 0.25], [0.9, 0.9], [0.31, 0.1]],
        "page_matrix": [[0.0, 0.1], [0.0, 0.0], [0.0, 0.2]],
    }
    assert fused_matches(row, 1) == {5: 1, 7: 0}
    assert fused_matches({**row, "page_matrix": [[0.0, 0.0]] * 3}, 1) == {5: 1, 7: 0}
    assert fused_matches(row, 2) == {5: 1, 7: 0}


def test_the_product_tells_of_each_picture_what_both_matrices_assign():
    n_moved = 0
    for row in product(page_weight=0.1):
        scores = np.float32(row["similarity_matrix"]) + np.float32(row["page_matrix"])
        fused = [info["fused_text_index"] for info in row["image_info"]]
        assert fused == assign(scores, -1).tolist()
        n_moved += fused != assign(np.float32(row["similarity_matrix"]), -1).tolist()
    assert n_moved > 0


def test_a_page_of_more_weight_moves_pictures_and_the_matching_stays():
    light, heavy = product(), product(page_weight=0.2)
    places = [
        [(info["matched_text_index"], info["fused_text_index"]) for row in rows for info in row["image_info"]]
        for rows in (light, heavy)
    ]
    assert [one for one, _ in places[0]] == [one for one, _ in places[1]]
    assert [fused for _, fused in places[0]] != [fused for _, fused in places[1]]
    for one, other in zip(light, heavy, strict=True):
        assert other["page_matrix"] == pytest.approx(20 * np.array(one["page_matrix"]), rel=1e-5)


def test_a_page_of_no_weight_leaves_the_matching_as_it_is():
    for row in product(page_weight=0):
        assert not np.any(row["page_matrix"])
        found = [info["fused_text_index"] for info in row["image_info"]]
        assert found == assign(np.float32(row["similarity_matrix"]), -1).tolist()
