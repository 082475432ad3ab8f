"""Precision of the assignment: judged on small rows whose answer is plain to see."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from demo import precision as module
from demo.precision import Tally, main, precision, same_sentence, table

PAGE = "https://a.example/1"
CAT = "A red cat sits beside a tree."
BOAT = "Two boats are out at sea."
TALK = "The committee meets again."


def image(url, matched, dom):
    return {"raw_url": url, "matched_text_index": matched, "dom_text_index": dom}


def row(images, sentences=(TALK, CAT, TALK, BOAT), url=PAGE):
    return {"url": url, "text_list": list(sentences), "image_info": images}


def gold_page(url=PAGE, language="en"):
    images = [
        {"url": "https://a.example/cat.jpg", "also": ["https://a.example/cat-s.jpg"], "sentence": CAT},
        {"url": "https://a.example/boat.png", "also": [], "sentence": BOAT},
    ]
    return {"url": url, "language": language, "images": images}


def test_assignment_and_page_order_are_counted_apart():
    images = [image("https://a.example/cat.jpg", 1, 1), image("https://a.example/boat.png", 0, 4)]
    tally = precision([row(images)], [gold_page()])["all"]
    assert tally == Tally(n_images=2, n_matched=1, n_dom=1, n_random=0.5, n_other=0)


def test_page_order_takes_the_sentence_right_before_the_image():
    for dom, hit in ((0, 0), (1, 0), (2, 1), (3, 0), (4, 0)):
        tally = precision([row([image("https://a.example/cat.jpg", 0, dom)])], [gold_page()])["all"]
        assert tally.n_dom == hit, dom


def test_an_image_before_the_first_sentence_is_given_the_first():
    first = row([image("https://a.example/cat.jpg", 2, 0)], sentences=(CAT, TALK, TALK))
    assert precision([first], [gold_page()])["all"].n_dom == 1


def test_other_files_of_the_same_picture_count_as_the_picture():
    tally = precision([row([image("https://a.example/cat-s.jpg", 1, 0)])], [gold_page()])["all"]
    assert (tally.n_images, tally.n_matched) == (1, 1)


def test_kept_images_without_a_right_sentence_are_counted_but_not_judged():
    tally = precision([row([image("https://a.example/logo.png", 1, 2)])], [gold_page()])["all"]
    assert tally == Tally(n_other=1)


def test_random_expects_one_sentence_of_the_page():
    rows = [
        row(
            [image("https://a.example/cat.jpg", 0, 0)],
            sentences=[CAT] + [f"{TALK} {n}" for n in range(n_more)],
        )
        for n_more in (3, 7)
    ]
    assert precision(rows, [gold_page()])["all"].n_random == pytest.approx(1 / 4 + 1 / 8)


def test_each_language_has_its_own_tally_and_all_is_their_sum():
    other = "https://a.example/2"
    rows = [
        row([image("https://a.example/cat.jpg", 1, 0)]),
        row([image("https://a.example/cat.jpg", 0, 0)], url=other),
    ]
    tallies = precision(rows, [gold_page(), gold_page(other, "de")])
    assert list(tallies) == ["de", "en", "all"]
    assert [tally.n_matched for tally in tallies.values()] == [0, 1, 1]
    assert tallies["all"].n_images == 2


def test_pages_unknown_to_the_gold_are_left_out():
    stray = row([image("https://a.example/cat.jpg", 1, 0)], url="https://b.example/")
    assert precision([stray], [gold_page()]) == {"all": Tally()}


@pytest.mark.parametrize(
    ("found", "same"),
    [
        (CAT, True),
        ("A red  cat\nsits beside a tree. ", True),
        (f"{TALK} {CAT}", True),
        ("A red cat sits beside", True),
        ("A red cat", False),
        ("", False),
        (BOAT, False),
    ],
)
def test_joined_sentences_and_the_greater_part_of_a_cut_one_count(found, same):
    assert same_sentence(found, CAT) is same


def test_shares_of_no_image_are_shown_as_dashes():
    assert table({"all": Tally(n_other=3)}).splitlines()[-1].split() == ["all", "0", "-", "-", "-", "3"]


def test_the_command_reads_the_files_that_the_build_names(tmp_path, capsys, monkeypatch):
    images = [image("https://a.example/cat.jpg", 1, 1), image("https://a.example/boat.png", 3, 4)]
    (tmp_path / "interleaved").mkdir()
    pq.write_table(pa.Table.from_pylist([row(images)]), tmp_path / "interleaved" / "part-0.parquet")
    (tmp_path / "build.json").write_text(json.dumps({"interleaved": ["interleaved/part-0.parquet"]}))
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps(gold_page()) + "\n")
    monkeypatch.setattr(module, "GOLD", gold)
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["all", "2", "1.000", "0.500", "0.250", "0"]


def test_a_folder_without_a_build_is_refused_with_what_to_give(tmp_path, capsys):
    assert main([str(tmp_path)]) == 1
    assert "build.json" in capsys.readouterr().err
