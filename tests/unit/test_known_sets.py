"""Evaluation sets are hashed once, in bounded memory, and again when they change."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.dedup import evaluation
from corpus.dedup.evaluation import build_index, gathered
from corpus.dedup.evaluation_files import texts_in
from corpus.dedup.known_sets import known_index
from corpus.errors import SettingsError
from corpus.overrides import settings_from
from corpus.prepare import with_evaluation_index

TEXT = "a train leaves the old town at nine and another at ten when do they meet"


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "quiz.txt").write_text(f"{TEXT}\ntoo short\n")
    texts = [str(tmp_path / "quiz.txt")]
    return settings_from({"dedup": {"evaluation_texts": texts}, "places": {"out": str(tmp_path / "out")}})


def not_again(monkeypatch):
    def build_again(settings):
        raise AssertionError("hashed anew")

    monkeypatch.setattr("corpus.prepare.build_index", build_again)


def test_sets_that_are_as_they_were_are_not_hashed_again_and_tell_the_same(settings, monkeypatch, capsys):
    first, index = with_evaluation_index(settings)
    not_again(monkeypatch)
    again, known = with_evaluation_index(settings)
    assert again == first
    assert (known.text_identity, known.notes) == (index.text_identity, index.notes)
    assert index.notes == ("evaluation set quiz: 1 of 2 texts have under 13 words",)


@pytest.mark.parametrize("change", ["text", "time", "words", "index lost"])
def test_they_are_hashed_again_when_they_or_how_they_are_hashed_changed(settings, tmp_path, change):
    with_evaluation_index(settings)
    if change == "text":
        (tmp_path / "quiz.txt").write_text(f"{TEXT} again\n")
    elif change == "time":
        os.utime(tmp_path / "quiz.txt", (1_700_000_000,) * 2)
    elif change == "words":
        dedup = settings.dedup.model_copy(update={"evaluation_words": 5})
        settings = settings.model_copy(update={"dedup": dedup})
    else:
        for path in Path(settings.places.out, "evaluation").glob("*.npz"):
            path.unlink()
    assert known_index(settings) is None
    assert with_evaluation_index(settings)[1].text_identity == build_index(settings).text_identity


def test_pictures_that_came_or_went_make_another_set(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.txt").write_bytes(b"no picture")
    out = str(tmp_path / "out")
    settings = settings_from(
        {"dedup": {"evaluation_images": [str(tmp_path / "photos")]}, "places": {"out": out}}
    )
    with_evaluation_index(settings)
    assert known_index(settings).notes == ("evaluation set photos: 1 pictures cannot be read",)
    (tmp_path / "photos" / "b.txt").write_bytes(b"no picture")
    assert known_index(settings) is None


def test_without_sets_nothing_is_looked_up_or_written(tmp_path):
    settings = settings_from({"places": {"out": str(tmp_path / "out")}})
    assert known_index(settings) is None
    assert with_evaluation_index(settings)[0] == settings
    assert not (tmp_path / "out").exists()


@given(st.lists(st.lists(st.integers(0, 40), max_size=8), max_size=20), st.integers(1, 9))
def test_hashes_gathered_bit_by_bit_are_those_of_all_texts_at_once(runs, waiting):
    arrays = [np.array(each, dtype=np.uint64) for each in runs]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "WAITING", waiting)
        assert gathered(arrays, "quiz").tolist() == sorted({number for each in runs for number in each})


def test_more_than_tasks_can_hold_is_one_error_that_names_the_set(settings, monkeypatch):
    monkeypatch.setattr(evaluation, "MOST_BYTES", 8)
    with pytest.raises(SettingsError, match=r"evaluation sets \(quiz\): more than 1 different runs"):
        build_index(settings)
    monkeypatch.setattr(evaluation, "WAITING", 1)
    with pytest.raises(SettingsError, match="give fewer texts"):
        build_index(settings)


def test_a_line_is_what_ends_in_a_line_feed_whatever_else_is_in_it(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"q": "one\u2028two"}\r\n"three"', encoding="utf-8")
    assert list(texts_in(str(tmp_path / "a.jsonl"))) == ["one\u2028two", "three"]
