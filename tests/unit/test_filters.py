import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from corpus.columns import KEPT, NOISE
from corpus.config import Bound, Filters
from corpus.errors import SettingsError
from corpus.filters.blocks import BLOCK_FILTERS
from corpus.filters.documents import DOCUMENT_FILTERS
from corpus.filters.filter import judge
from corpus.filters.images import IMAGE_FILTERS
from corpus.filters.pages import PAGE_FILTERS
from corpus.filters.pairs import PAIR_FILTERS
from corpus.filters.references import REFERENCE_FILTERS
from corpus.filters.sentences import SENTENCE_FILTERS
from corpus.overrides import settings_from

REGISTRY = {
    "page": PAGE_FILTERS,
    "block": BLOCK_FILTERS,
    "image": (*REFERENCE_FILTERS, *IMAGE_FILTERS),
    "pair": PAIR_FILTERS,
    "document": DOCUMENT_FILTERS,
    "sentence": SENTENCE_FILTERS,
}
PAGE = {
    "relation": None,
    "jaccard": None,
    "robots": ["noindex"],
    "tdm_reserved": False,
    "n_sentences": 3,
    "n_characters": 100,
    "n_host_boilerplate_characters": 95,
    "n_contaminated": 0,
    "flagged_words": None,
    "text_scores": {"page_words": 20.0},
}
IMAGE = {
    "url": "https://a.example/p.jpg",
    "media_type": "image/jpeg",
    "width_px": 300,
    "height_px": 200,
    "n_documents": 1,
    "is_copy": False,
    "nearest_earlier_bits": None,
    "neighbour_cosine": None,
    "content_score": 0.9,
    "safety_scores": {"nsfw_head": 0.05, "nsfw_classifier": 0.3, "nsfw_zero_shot": 0.2},
    "nsfw_vote": 0.0,
    "faces": [],
    "has_face": None,
}
BLOCK = {"kind": "paragraph", "scores": {"block_words": 3.0}, "is_host_boilerplate": False}
PAIR = {field.name: 0.5 for field in NOISE}
DOCUMENT = {
    "document_id": "d",
    "n_sentences": 3,
    "n_images": 2,
    "n_contaminated": None,
    "first_of_images": "d",
    "shuffle_z": 2.5,
    "n_blocked_images": 0,
    "n_unsafe_images": 0,
    "n_nsfw_judged_images": 2,
}
ROWS = {
    "page": PAGE,
    "block": BLOCK,
    "image": IMAGE,
    "pair": PAIR,
    "document": DOCUMENT,
    "sentence": {"sentence_above": 0.5},
}


def judged(unit, **changes):
    return judge(REGISTRY[unit], Filters(), ROWS[unit] | changes)[0]


def test_every_filter_has_its_bound_in_the_settings_and_every_bound_its_filter():
    names = [each.name for filters in REGISTRY.values() for each in filters]
    assert sorted(names) == sorted(Filters.model_fields)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("unit", REGISTRY)
def test_every_filter_is_named_by_its_unit_and_function_and_has_a_source(unit):
    for each in REGISTRY[unit]:
        assert each.name == each.score.__name__
        assert each.name.startswith(f"{unit}_")
        assert each.source
        assert each.score.__doc__


@pytest.mark.parametrize("unit", REGISTRY)
def test_an_ordinary_row_is_kept_and_all_its_scores_are_told(unit):
    outcome, scores = judge(REGISTRY[unit], Filters(), ROWS[unit])
    assert outcome == KEPT
    assert list(scores) == [each.name for each in REGISTRY[unit]]


@pytest.mark.parametrize(
    ("unit", "changes", "reason"),
    [
        ("page", {"relation": "url"}, "page_url_copies"),
        ("page", {"relation": "text"}, "page_text_copies"),
        ("page", {"relation": "near", "jaccard": 0.8}, "page_near_copies"),
        ("page", {"robots": ["nofollow", "noai"]}, "page_opt_out"),
        ("page", {"robots": ["noimageai"]}, "page_opt_out"),
        ("page", {"robots": ["noimageindex"]}, "page_opt_out"),
        ("page", {"robots": ["ccbot: noai"]}, "page_opt_out"),
        ("page", {"tdm_reserved": True}, "page_opt_out"),
        ("page", {"n_sentences": 0}, "page_sentences"),
        ("page", {"n_host_boilerplate_characters": 96}, "page_host_boilerplate"),
        ("page", {"text_scores": {"page_words": 3.0}}, "page_words"),
        ("page", {"text_scores": [("page_words", 4.0), ("page_top_2_gram", 0.21)]}, "page_top_2_gram"),
        ("block", {"is_host_boilerplate": True}, "block_host_boilerplate"),
        ("block", {"scores": {"block_notices": 1.0}}, "block_notices"),
        ("image", {"media_type": "image/gif"}, "image_media_type"),
        ("image", {"url": "https://a.example/Brand-LOGO.png"}, "image_url_words"),
        ("image", {"width_px": 149}, "image_side_px"),
        ("image", {"width_px": 401}, "image_aspect"),
        ("image", {"width_px": 150, "height_px": 301}, "image_aspect"),
        ("image", {"n_documents": 11}, "image_documents"),
        ("image", {"is_copy": True}, "image_copies"),
        ("image", {"nearest_earlier_bits": 5}, "image_near_copy"),
        ("image", {"neighbour_cosine": 0.951}, "image_semantic_copy"),
        ("image", {"content_score": 0.09}, "image_content"),
        ("image", {"content_score": 0.09, "n_documents": 11}, "image_content"),
        ("image", {"nsfw_vote": 0.51}, "image_nsfw"),
        ("document", {"n_blocked_images": 1}, "document_blocked_images"),
        ("document", {"n_unsafe_images": 1}, "document_unsafe_images"),
        ("document", {"n_sentences": 0}, "document_sentences"),
        ("document", {"n_images": 0}, "document_images"),
        ("document", {"n_images": 31}, "document_images"),
        ("document", {"first_of_images": "c"}, "document_image_set_copies"),
    ],
)
def test_a_row_just_beyond_a_bound_is_dropped_by_the_name_of_the_filter(unit, changes, reason):
    assert judged(unit, **changes) == reason


@pytest.mark.parametrize(
    ("unit", "changes"),
    [
        ("page", {"robots": ["max-image-preview: none", "noindex", "none"]}),
        ("page", {"robots": ["otherbot: noai", "otherbot: noimageindex"]}),
        ("page", {"text_scores": {}}),
        ("page", {"text_scores": [("page_words", 4.0), ("page_top_2_gram", 0.2)]}),
        ("block", {"kind": "heading", "is_host_boilerplate": True}),
        ("block", {"scores": {"block_special_characters": 0.6}}),
        ("image", {"width_px": 150, "height_px": 150}),
        ("image", {"width_px": 300, "height_px": 150}),
        ("image", {"n_documents": 10}),
        ("image", {"nearest_earlier_bits": 6}),
        ("image", {"neighbour_cosine": 0.95}),
        ("image", {"content_score": 0.1}),
        ("document", {"n_images": 30}),
    ],
)
def test_a_row_at_a_bound_is_kept(unit, changes):
    assert judged(unit, **changes) == KEPT


@given(st.floats(-10, 10), st.none() | st.floats(-10, 10), st.none() | st.floats(-10, 10))
def test_a_bound_passes_exactly_the_scores_between_its_ends(score, low, high):
    assume(low is None or high is None or low <= high)
    inside = (low is None or low <= score) and (high is None or score <= high)
    assert Bound(min=low, max=high).passes(score) is inside
    assert Bound(min=low, max=high).passes(None) is True


def test_a_bound_that_nothing_passes_is_refused():
    with pytest.raises(SettingsError, match=r"filters\.image_aspect: .*no score is from 3\.0 to 2\.0"):
        settings_from({"filters": {"image_aspect": {"min": 3, "max": 2}}})


def test_the_bias_of_sampling_is_the_sum_of_those_that_were_measured():
    measured = {"language_bias": 0.7, "region_bias": None, "topic_bias": -0.2}
    scores = judge(DOCUMENT_FILTERS, Filters(), DOCUMENT | measured)[1]
    assert scores["document_sampling_bias"] == pytest.approx(0.5)
    assert scores["document_region_bias"] is None
    assert judge(DOCUMENT_FILTERS, Filters(), DOCUMENT)[1]["document_sampling_bias"] is None
