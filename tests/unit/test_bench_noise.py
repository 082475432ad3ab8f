"""What the measurement of noise makes wrong, and how it counts."""

import numpy as np
import pytest
from PIL import Image

from bench.noise import ANEW, SHUFFLED, SWAPPED, Pairs, corrupted, signs_of
from bench.noise_pictures import Copies, copy_signs
from bench.sampling_bias import topic_bias
from bench.separation import separation
from bench.spoiled import COPIED, SPOILT


def pairs(n_documents=4, n=3):
    """Documents whose pictures equal their sentences, all of one language, all different."""
    vectors = np.eye(n_documents * n, dtype=np.float32)
    return [
        Pairs("en", own, own, np.arange(n, dtype=np.int32), np.zeros(n, bool))
        for own in np.split(vectors, n_documents)
    ]


def chosen(n_documents, n, is_chosen=True):
    return [np.full(n, is_chosen) for _ in range(n_documents)]


def test_swapped_pictures_come_from_elsewhere_and_none_is_lost():
    before = pairs()
    made = corrupted(before, SWAPPED, chosen(4, 3), np.random.default_rng(0))
    for old, new in zip(before, made, strict=True):
        moved = (new.pictures != old.pictures).any(axis=1)
        np.testing.assert_array_equal(new.is_wrong, moved)
    gathered = np.concatenate([each.pictures for each in made])
    np.testing.assert_array_equal(gathered.sum(axis=0), np.ones(12))


def test_shuffled_pictures_stay_and_change_sentences():
    made = corrupted(pairs(), SHUFFLED, chosen(4, 3), np.random.default_rng(0))
    assert [each.matched.tolist() for each in made] == [[2, 0, 1]] * 4
    assert all(each.is_wrong.all() for each in made)
    alone = [np.array([True, False, False])] * 4
    assert not any(
        each.is_wrong.any() for each in corrupted(pairs(), SHUFFLED, alone, np.random.default_rng(0))
    )


def test_matched_anew_a_picture_moved_within_its_page_is_right_again():
    for each in corrupted(pairs(), ANEW, chosen(4, 3), np.random.default_rng(0)):
        own = each.pictures @ each.sentences.T
        at_home = own.max(axis=1) == 1
        np.testing.assert_array_equal(each.is_wrong, ~at_home)


def test_nothing_chosen_is_nothing_wrong():
    made = corrupted(pairs(), SWAPPED, chosen(4, 3, is_chosen=False), np.random.default_rng(0))
    assert not np.concatenate([each.is_wrong for each in made]).any()


def test_separation_is_one_when_all_that_is_wrong_lies_below():
    wrong = np.array([True, False, True, False])
    assert separation(np.array([0.1, 0.9, 0.2, 0.3]), wrong) == 1
    assert separation(np.array([0.1, 0.9, 0.5, 0.3]), wrong) == 3 / 4
    assert separation(np.array([np.nan, 0.9, 0.5, 0.3]), wrong) == 1 / 2
    assert np.isnan(separation(np.ones(4), np.zeros(4, bool)))


def test_signs_are_of_every_picture_and_of_every_document_and_high_where_clean():
    of_pictures, of_documents = signs_of(pairs(), np.random.default_rng(0))
    assert {len(values) for values in of_pictures.values()} == {12}
    assert {len(values) for values in of_documents.values()} == {4}
    assert of_pictures["sentences_above"].tolist() == [0] * 12
    assert of_pictures["regret"].tolist() == pytest.approx([0] * 12)


def drawn_copies(n=3):
    """A document of unlike pictures, and near-copies of them."""
    vectors = np.eye(n, dtype=np.float32)
    hashes = ["0f" * 8, "f0" * 8, "cc" * 8][:n]
    return Copies(vectors, hashes, vectors, hashes)


def test_a_near_copy_and_its_original_are_as_near_as_can_be_and_the_others_are_not():
    signs = copy_signs(drawn_copies(), np.array([False, True, False]))
    assert signs["nearest_image_sim"].tolist() == [0, -1, 0, -1]
    assert signs["bits to the nearest perceptual hash"].tolist() == [32, 0, 32, 0]


@pytest.mark.parametrize(("name", "spoil"), [*SPOILT.items(), *COPIED.items()])
def test_a_spoilt_picture_is_another_one_and_the_same_each_time(name, spoil):
    values = np.random.default_rng(1).integers(0, 256, (150, 200, 3), dtype=np.uint8)
    picture = Image.fromarray(values)
    one, other = (spoil(picture, np.random.default_rng(2)) for _ in range(2))
    assert one.tobytes() == other.tobytes() != picture.tobytes()
    assert (one.size == picture.size) == (name not in ("cropped", "scaled"))


def test_a_crowd_of_documents_that_show_the_same_is_told_by_the_bias_of_their_topic():
    random = np.random.default_rng(0)
    apart = [np.eye(64, dtype=np.float32)[n : n + 1] for n in range(24)]
    crowd = [np.eye(64, dtype=np.float32)[40:41]] * 24
    means = np.concatenate([*apart, *crowd])[random.permutation(48)]
    bias = topic_bias(means)
    is_crowd = means[:, 40] == 1
    assert bias[is_crowd].min() > 0 > bias[~is_crowd].min()
    assert separation(-bias, is_crowd) > 0.9
