"""Texts and pictures of evaluation sets are found in pages, and nothing else is."""

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from corpus.dedup.evaluation import alike, build_index, load_index, shared_runs, write_index
from corpus.dedup.evaluation_files import name_of, pictures_in, texts_in
from corpus.dedup.shingles import run_hashes, shingle_hashes
from corpus.errors import DataError, SettingsError
from corpus.overrides import settings_from

QUESTION = "A train leaves the old town at nine, and another at ten: when do the two of them meet?"
WORDS = st.lists(st.sampled_from(["ab", "bc", "c", "d", "e", "f", "g", "h"]), min_size=1, max_size=30)


def index_of(**dedup):
    return build_index(settings_from({"dedup": dedup}))


@pytest.fixture
def quiz(tmp_path):
    path = tmp_path / "quiz.jsonl"
    rows = [{"id": 1, "question": QUESTION, "choices": [{"text": "at noon"}]}, {"question": "Why?"}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(path)


def test_a_page_that_holds_a_question_shares_its_runs_whatever_sentences_case_and_punctuation(quiz):
    index = index_of(evaluation_texts=[quiz])
    n_runs = len(QUESTION.replace(":", "").split()) - 12
    page = [
        "Try this.",
        "a TRAIN leaves the old town; at nine -- and another",
        "at ten, when do the two of them meet",
    ]
    assert shared_runs(page, index.texts, 13) == {"quiz": n_runs}
    assert shared_runs(page[1:2], index.texts, 13) == {}
    assert index.notes == ("evaluation set quiz: 2 of 3 texts have under 13 words",)


def test_fewer_words_can_be_asked_for_and_scripts_without_spaces_are_told_by_characters(tmp_path):
    path = tmp_path / "kanji.txt"
    path.write_text("東京都の人口は何人ですか教えて。\n", encoding="utf-8")
    assert shared_runs(
        ["では、東京都の人口は何人ですか、教えて"], index_of(evaluation_texts=[str(path)]).texts, 13
    ) == {"kanji": 3}
    index = index_of(evaluation_texts=[str(path)], evaluation_words=5)
    assert shared_runs(["東京都の人口は"], index.texts, 5) == {"kanji": 3}


@given(WORDS, WORDS, st.integers(1, 6))
def test_shared_runs_are_those_that_comparing_them_as_words_finds(one, other, n):
    def runs(words):
        return {tuple(words[start : start + n]) for start in range(len(words) - n + 1)}

    sets = {"s": np.unique(run_hashes([" ".join(other)], n))}
    assert shared_runs([" ".join(one)], sets, n).get("s", 0) == len(runs(one) & runs(other))


@given(WORDS, st.integers(1, 6))
def test_a_shingle_is_the_upper_half_of_a_run(words, n):
    if len(words) >= n:
        halves = (run_hashes(words, n) >> np.uint64(32)).astype(np.uint32)
        assert halves.tolist() == shingle_hashes(words, n).tolist()


def test_texts_are_read_from_lines_json_and_parquet_compressed_or_not(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress("\ufeffone\n\ntwo\n".encode()))
    pq.write_table(pa.table({"q": ["one"], "n": [1], "more": [[{"x": "two"}]]}), tmp_path / "b.parquet")
    (tmp_path / "c.jsonl").write_text('"one"\n{"x": ["two", null, 3]}\n', encoding="utf-8")
    for name in ("a.txt.gz", "b.parquet", "c.jsonl"):
        assert list(texts_in(str(tmp_path / name))) == ["one", "two"]
        assert name_of(str(tmp_path / name)) == name[0]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", b"{"),
        ("a.txt", b"\xff"),
        ("a.txt.gz", b"no gzip"),
        ("a.parquet", b"PAR1"),
        ("a.csv", b"x,y"),
    ],
)
def test_a_set_that_cannot_be_read_is_told_with_its_path(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SettingsError, match=name):
        index_of(evaluation_texts=[str(tmp_path / name)])


def test_sets_that_are_missing_empty_or_named_alike_are_refused(tmp_path, quiz):
    with pytest.raises(SettingsError, match="there is no evaluation set"):
        index_of(evaluation_texts=[str(tmp_path / "none.txt")])
    with pytest.raises(SettingsError, match="holds no file"):
        index_of(evaluation_images=[str(tmp_path / "none")])
    with pytest.raises(SettingsError, match="same name"):
        index_of(evaluation_texts=[quiz, quiz])
    with pytest.raises(SettingsError, match="flag_only names quizz"):
        index_of(evaluation_texts=[quiz], flag_only=["quizz"])


def picture(seed, side_px=96, **options):
    pixels = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).resize((side_px, side_px), Image.Resampling.BICUBIC).save(stream, **options)
    return stream.getvalue()


def test_a_picture_is_found_when_it_was_scaled_and_compressed_anew_and_others_are_not(tmp_path):
    folder = tmp_path / "photos"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "1.png").write_bytes(picture(1, format="PNG"))
    (folder / "readme.txt").write_bytes(b"no picture")
    pq.write_table(
        pa.table({"image": [{"bytes": picture(2, format="PNG"), "path": "x"}]}), tmp_path / "more.parquet"
    )
    index = index_of(evaluation_images=[str(folder), str(tmp_path / "more.parquet")])
    (folder / "readme.txt").unlink()
    (folder / "a" / "1.png").write_bytes(picture(1, 64, format="JPEG", quality=80))
    small = index_of(evaluation_images=[str(folder)]).images["photos"]
    hashes = [f"{int(number):016x}" for number in (*small, *index.images["more"])]
    assert alike([*hashes, None, "f0" * 8], index.images, 5) == [{"photos"}, {"more"}]
    assert index.notes == ("evaluation set photos: 1 pictures cannot be read",)
    assert len(list(pictures_in(str(tmp_path / "more.parquet")))) == 1


def test_the_index_is_the_same_when_it_was_written_and_its_identity_changes_with_the_sets(tmp_path, quiz):
    index = index_of(evaluation_texts=[quiz])
    uri = write_index(index, str(tmp_path))
    written = Path(uri).stat().st_mtime_ns
    assert write_index(index, str(tmp_path)) == uri
    assert Path(uri).stat().st_mtime_ns == written
    read = load_index(uri)
    assert (read.text_identity, read.image_identity) == (index.text_identity, "")
    assert read.texts["quiz"].tolist() == index.texts["quiz"].tolist()
    assert index_of(evaluation_texts=[quiz], evaluation_words=12).text_identity != index.text_identity
    with pytest.raises(DataError, match="not at None"):
        load_index(None)
