import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.columns import KEPT
from corpus.config import Bound, Settings, Tiers
from corpus.encode.registry import high_similarity
from corpus.filters.tiers import document_tiers
from corpus.look.tiers import tier_counts, tier_text
from corpus.recipes.tier_matches import tier_matches
from corpus.release.order import sample_key
from tests.unit.drawn_build import draw_build
from tests.unit.drawn_pages import PAGES

BOUNDS = Tiers(high_similarity=0.25)
PICTURES = st.fixed_dictionaries(
    {
        "matched_sim": st.floats(0.1, 0.4),
        "image_near_copy": st.none() | st.integers(6, 40).map(float),
        "image_faces": st.none() | st.integers(0, 2).map(float),
    }
)


def picture(dom_index, **changes):
    return {
        "dom_index": dom_index,
        "matched_sim": 0.3,
        "image_near_copy": None,
        "image_faces": 0.0,
    } | changes


def document(pictures, n_sentences=10):
    return {"n_sentences": n_sentences, "pictures": pictures}


def tiers(*args, bounds=BOUNDS, **options):
    found, _ = document_tiers(document(*args, **options), bounds)
    return found["in_core"], found["in_ff"], found["in_core_ff"]


def test_a_document_at_the_bounds_of_mmc4_is_in_core_and_one_outside_of_each_is_not():
    two, fifteen = ([picture(at) for at in range(n)] for n in (2, 15))
    assert tiers(two, n_sentences=4)[0] is True
    assert tiers(fifteen, n_sentences=40)[0] is True
    assert tiers(two, n_sentences=3)[0] is False
    assert tiers(two, n_sentences=41)[0] is False
    assert tiers(two[:1])[0] is False
    assert tiers([*fifteen, picture(15)])[0] is False


def test_three_of_four_pairs_have_to_be_of_high_similarity():
    pictures = [picture(at, matched_sim=0.25) for at in range(3)]
    assert tiers([*pictures, picture(3, matched_sim=0.2)])[0] is True
    assert tiers([*pictures[:2], picture(3, matched_sim=0.2)])[0] is False


def test_a_near_copy_does_not_count_for_core():
    assert tiers([picture(0), picture(1, image_near_copy=10.0)])[0] is False
    assert tiers([picture(0), picture(1, image_near_copy=11.0)])[0] is True


def test_without_a_high_similarity_core_is_not_decided_but_for_what_other_bounds_keep_out():
    bounds = Tiers()
    assert tiers([picture(0), picture(1)], bounds=bounds) == (None, True, None)
    assert tiers([picture(0)], bounds=bounds) == (False, True, False)
    assert tiers([picture(0), picture(1)], bounds=Tiers(core_high_share=Bound()))[0] is True


def test_pictures_without_faces_make_a_document_one_of_ff():
    assert tiers([picture(0, image_faces=1.0), picture(1)])[1] is True
    assert tiers([picture(0, image_faces=1.0), picture(1, image_faces=2.0)])[1] is False


def test_where_no_faces_were_looked_for_ff_is_not_decided():
    unmeasured = [picture(0, image_faces=None), picture(1)]
    assert tiers(unmeasured) == (True, None, None)
    assert tiers(unmeasured[:1]) == (False, None, False)


def test_core_ff_asks_for_core_by_pictures_without_faces_alone():
    pictures = [picture(0), picture(1, image_faces=1.0), picture(2)]
    assert tiers(pictures) == (True, True, True)
    assert tiers(pictures[:2]) == (True, True, False)


def test_scores_of_tiers_stand_under_the_names_of_their_bounds():
    _, scores = document_tiers(document([picture(0), picture(1, matched_sim=0.1)]), BOUNDS)
    assert scores == {"core_sentences": 10.0, "core_images": 2.0, "core_high_share": 0.5, "ff_images": 2.0}
    assert set(scores) <= set(Tiers.model_fields)


@given(st.lists(PICTURES, min_size=1, max_size=20), st.integers(1, 50), st.none() | st.floats(0.1, 0.4))
def test_tiers_are_true_subsets(pictures, n_sentences, high):
    rows = [{**each, "dom_index": at} for at, each in enumerate(pictures)]
    in_core, in_ff, in_core_ff = tiers(rows, n_sentences=n_sentences, bounds=Tiers(high_similarity=high))
    if in_core_ff:
        assert in_core
        assert in_ff
    if in_core is False or in_ff is False:
        assert in_core_ff is False


@given(st.lists(PICTURES, min_size=1, max_size=16), st.floats(0, 1), st.floats(0, 1))
def test_a_stricter_bound_gives_a_subset(pictures, one, other):
    rows = [{**each, "dom_index": at} for at, each in enumerate(pictures)]
    loose, strict = sorted((one, other))
    in_loose, in_strict = (
        tiers(rows, bounds=Tiers(high_similarity=0.25, core_high_share=Bound(min=share)))[0]
        for share in (loose, strict)
    )
    assert in_loose or not in_strict


def product(chosen, in_ff=True):
    """A document with two pictures that want the first sentence; the second one would go without competition."""
    matrix = [[0.4, 0.1], [0.3, 0.2]]
    return {
        "aligned": [
            {"dom_index": at, "outcome": KEPT, "matched_text_index": at, "matched_sim": matrix[at][at]}
            for at in range(2)
        ],
        "similarity_matrix": matrix,
        "in_core": None,
        "in_ff": in_ff,
        "in_core_ff": False,
        "tier_pictures": [
            {"dom_index": at, "in_core": True, "in_ff": each} for at, each in enumerate(chosen)
        ],
    }


def test_a_picture_that_a_tier_leaves_out_frees_its_sentence_in_a_column_of_its_own():
    row = product([False, True])
    found = tier_matches(row, 1)
    assert [found[at]["ff_text_index"] for at in (0, 1)] == [None, 0]
    assert [image["matched_text_index"] for image in row["aligned"]] == [0, 1]


def test_a_tier_that_leaves_no_picture_out_has_the_matching_of_the_whole():
    found = tier_matches(product([True, True]), 1)
    assert [found[at]["ff_text_index"] for at in (0, 1)] == [0, 1]
    assert [found[at]["core_text_index"] for at in (0, 1)] == [None, None]


@pytest.mark.parametrize("in_ff", [False, None])
def test_a_document_outside_of_a_tier_has_no_matching_in_it(in_ff):
    found = tier_matches(product([True, True], in_ff), 1)
    assert [found[at]["ff_text_index"] for at in (0, 1)] == [None, None]


def test_samples_are_nested_and_of_about_the_size_they_say():
    keys = {f"d{number}": sample_key(f"d{number}") for number in range(20_000)}
    assert all(0 <= key < 1 for key in keys.values())
    for share in (0.01, 0.03, 0.1, 0.3):
        n = sum(key < share for key in keys.values())
        assert abs(n - 20_000 * share) < 5 * (20_000 * share * (1 - share)) ** 0.5


def test_the_sample_key_of_a_document_is_the_same_in_every_version():
    assert sample_key("d0") == 0.9961985887950573


def test_the_report_counts_tiers_and_says_what_is_not_decided_and_why():
    build = draw_build(PAGES)
    kept = [row for row in build.rows["document_decisions"] if row["outcome"] == KEPT]
    kept[0] |= {"in_core": True}
    kept[1] |= {"in_core": False, "in_core_ff": False}
    lines = [tier_text(each, Settings()) for each in tier_counts(build)]
    assert lines[0].startswith(f"core: 1 documents, {len(kept) - 2} not decided: this encoder has no bound")
    assert lines[1] == (
        f"ff: 0 documents, {len(kept)} not decided: faces were not looked for on all pictures"
    )
    assert lines[2].startswith(f"core-ff: 0 documents, {len(kept) - 1} not decided: this encoder")
    (core, _, _) = tier_counts(build)
    decided = Settings(tiers=Tiers(high_similarity=0.25))
    assert "this encoder" not in tier_text(core, decided)


def test_vit_l_14_has_the_high_similarity_of_mmc4_and_others_have_none():
    assert high_similarity("ViT-L-14/openai") == 0.25
    assert high_similarity("ViT-B-32/openai") is None
