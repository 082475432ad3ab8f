import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.duplicates import runs as runs_of
from bench.duplicates import similarities
from bench.generated_pages import generated
from corpus.config import Dedup, Settings
from corpus.dedup.minhash import BLOCK, equal_share, jaccard, signature
from corpus.dedup.shingles import N_CODES, shingle_hashes
from corpus.recipes.page_signatures import sign_pages

WORDS = st.lists(st.text("abcdé", min_size=1, max_size=3), max_size=30)


def runs(words, n):
    """What is hashed, by the plain way: every run of n words as a tuple."""
    n = min(n, len(words))
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)] if words else []


@given(WORDS, WORDS, st.integers(1, 6))
def test_two_runs_have_one_hash_exactly_when_they_are_the_same_words(one, other, n):
    expected = [*runs(one, n), *runs(other, n)]
    hashes = [*shingle_hashes([" ".join(one)], n), *shingle_hashes([" ".join(other)], n)]
    assert len(hashes) == len(expected)
    assert len(set(hashes)) == len(set(expected))
    assert len(set(zip(hashes, expected, strict=True))) == len(set(expected))


@pytest.mark.parametrize(
    "same",
    [
        "the CAT sat on the mat today",
        "The cat, sat; on the — mat (today).",
        "The ｃａｔ sat on the\nmat today",
    ],
)
def test_case_punctuation_and_compatibility_forms_do_not_count(same):
    expected = shingle_hashes(["The cat sat on", "the mat today."], 5)
    assert shingle_hashes([same], 5).tolist() == expected.tolist()
    assert len(expected) == 3


@pytest.mark.parametrize("text", ["你好世界今天", "ช่วยด้วย", "ひらがなカタ"])
def test_where_a_script_sets_no_spaces_characters_are_words(text):
    assert len(shingle_hashes([text], 5)) == sum(c.isalnum() for c in text) - 4


def test_vowel_signs_are_part_of_their_word_and_other_scripts_words_stand_among_characters():
    assert len(shingle_hashes(["हिन्दी में"], 1)) == 2
    assert len(shingle_hashes(["我用 Python 写"], 1)) == 4


@pytest.mark.parametrize("text", ["", "...", "\ud800", "\x00", chr(N_CODES), "\U0010ffff"])
def test_text_without_words_has_no_shingles(text):
    assert len(shingle_hashes([text], 5)) == 0


def test_hashes_and_signatures_are_the_same_in_every_process():
    hashes = shingle_hashes(["one two three four five six"], 5)
    assert hashes.tolist() == [2678101068, 4000479937]
    assert signature(hashes, 3).tolist() == [1323284349, 1093702478, 714433867]


def test_a_signature_is_of_the_set_whatever_its_order_and_however_long():
    hashes = np.random.default_rng(0).integers(0, 2**32, 3 * BLOCK + 1, dtype=np.uint32)
    whole = signature(hashes, 16)
    parts = [signature(part, 16).view(np.uint32) for part in np.array_split(hashes, 7)]
    assert np.min(parts, axis=0).tolist() == whole.view(np.uint32).tolist()
    assert signature(np.repeat(hashes[::-1], 2), 16).tolist() == whole.tolist()


def test_equal_places_of_signatures_estimate_the_jaccard_similarity():
    """The error of a mean of 112 trials is sqrt(j (1 - j) / 112); over 300 pairs its square adds up to that of all."""
    random_ = random.Random(0)
    errors, expected = [], []
    for _ in range(300):
        n_shared = random_.randint(50, 300)
        words = [str(n) for n in range(1_000)]
        random_.shuffle(words)
        one = shingle_hashes([" ".join(words[:300])], 1)
        other = shingle_hashes([" ".join(words[300 - n_shared : 600 - n_shared])], 1)
        true = n_shared / (600 - n_shared)
        errors.append(equal_share(signature(one, 112), signature(other, 112)) - true)
        expected.append(true * (1 - true) / 112)
    assert np.mean(np.square(errors)) == pytest.approx(np.mean(expected), rel=0.2)
    assert abs(np.mean(errors)) < 3 * np.sqrt(np.mean(expected) / 300)


def test_a_page_is_signed_band_by_band_and_one_without_words_has_an_empty_signature():
    facts = {
        "url": "https://a.example/",
        "fetch_time": None,
        "text_hash": "t",
        "n_image_references": 1,
        "n_characters": 5,
    }
    rows = [
        {"document_id": "d", "sentences": ["one two", "three"], **facts},
        {"document_id": "e", "sentences": ["..."], **facts},
    ]
    settings = Settings(dedup=Dedup(bands=3, rows_per_band=2))
    ((name, batch),) = sign_pages(iter([pa.RecordBatch.from_pylist(rows)]), settings)
    first, second = batch.column("signature").to_pylist()
    assert name == "page_signatures"
    assert first == signature(shingle_hashes(["one two three"], 5), 6).tolist()
    assert second == []


def test_what_is_known_of_generated_pages_is_what_sets_of_strings_say():
    pages = generated(120)
    exact = similarities(pages)
    for (one, other), value in exact.items():
        first, second = set(runs_of(pages[one])), set(runs_of(pages[other]))
        assert value == len(first & second) / len(first | second)
    assert sum(value >= 0.8 for value in exact.values()) >= 10


@given(st.sets(st.integers(-20, 20), min_size=1), st.sets(st.integers(-20, 20)))
def test_the_jaccard_similarity_is_that_of_the_sets(one, other):
    arrays = (np.array(sorted(each), np.int32) for each in (one, other))
    assert jaccard(*arrays) == len(one & other) / len(one | other)
