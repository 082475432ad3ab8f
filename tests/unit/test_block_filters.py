"""Scores of single blocks, and which of their sentences are kept."""

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.config import Settings
from corpus.filters.block_text import EDGES, block_texts
from corpus.filters.blocks import BLOCK_FILTERS, block_scores
from corpus.overrides import settings_from
from corpus.recipes.decisions import decide_blocks

PROSE = "We set out before sunrise, and the path climbed through birches to a ridge from where the lake could be seen."
REFRAIN = "Nozibele, where are you? I am here, under the bed. "


def block(text, kind="paragraph", language=None, probability=None):
    """Scores of a block that is its page."""
    return scored([(text, kind, language, probability)])[0]


def scored(blocks, page_language="en"):
    rows = [
        {"kind": kind, "first_sentence": n, "n_sentences": 1, "language": code, "language_probability": sure}
        for n, (_, kind, code, sure) in enumerate(blocks)
    ]
    places, measured = block_scores([text for text, *_ in blocks], rows, page_language)
    return [measured[place][1] for place in places]


@pytest.mark.parametrize(
    ("name", "text", "score"),
    [
        ("block_words", "He's here, -- he said.", 4),
        ("block_special_characters", "ab 12", 3 / 5),
        ("block_special_characters", "हिन्दी", 0),
        ("block_special_characters", "8-12", 1),
        ("block_stop_words", "the cat " * 25, 0.5),
        ("block_punctuation", "a b c d e f g h i j k l.", 1 / 13),
        ("block_end_mark", "He said so.”", 1),
        ("block_end_mark", "他走了。", 1),
        ("block_end_mark", "वह गया।", 1),
        ("block_end_mark", "هل ذهب؟", 1),
        ("block_end_mark", "Read more...", 0),
        ("block_end_mark", "Read more", 0),
        ("block_repeated_characters", PROSE, 0),
        ("block_repeated_words", "one two three four five " * 3, 1),
        ("block_notices", "This site uses cookies; see our Privacy Policy.", 2),
        ("block_notices", PROSE, 0),
    ],
)
def test_scores_of_a_block_are_those_of_its_text(name, text, score):
    assert block(text)[name] == pytest.approx(score)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("block_words", "A walk", "heading"),
        ("block_words", "秋日湖畔漫步", "paragraph"),
        ("block_special_characters", "1 | 2", "table_row"),
        ("block_special_characters", "Fig. 12", "caption"),
        ("block_stop_words", "the cat " * 24, "paragraph"),
        ("block_punctuation", "a b c d e f g h i j k.", "paragraph"),
        ("block_end_mark", "A walk", "heading"),
        ("block_repeated_characters", "ha" * 49, "paragraph"),
        ("block_repeated_characters", "x = 1\n" * 40, "code"),
        ("block_repeated_words", "la " * 11, "paragraph"),
        ("block_notices", "terms of use " * 11, "paragraph"),
        ("block_notices", "<a href='javascript:x()'>", "code"),
    ],
)
def test_what_would_mean_nothing_is_not_measured(name, text, kind):
    assert name not in block(text, kind)


def test_stop_words_are_those_of_the_block_where_its_language_is_sure_and_else_of_the_page():
    german = "der Hund " * 25
    assert block(german)["block_stop_words"] == 0
    assert block(german, language="de", probability=0.95)["block_stop_words"] == 0.5
    assert block(german, language="de", probability=0.5)["block_stop_words"] == 0
    assert "block_stop_words" not in block(german, language="ka", probability=0.95)


def test_a_block_is_measured_alone_whatever_stands_around_it():
    texts = ["93", PROSE, REFRAIN * 9, "第一千零一夜" * 20, "Ende", "😀" * 30]
    together = scored([(text, "paragraph", None, None) for text in texts])
    assert together == [block(text) for text in texts]


@given(st.lists(st.text(min_size=1, max_size=150).map(lambda text: text.replace("\n", " ")), max_size=5))
def test_every_score_of_any_text_is_a_share_or_a_count(texts):
    for scores in scored([(text, "paragraph", None, None) for text in texts]):
        for name, score in scores.items():
            assert score >= 0
            assert name in ("block_words", "block_notices") or score <= 1


WORDS = st.lists(
    st.sampled_from(["la", "La!", "“la”", "le", "ΟΔΟΣ", "οδος.", "--", "İ", "a,b", "ab"]),
    min_size=1,
    max_size=60,
)


@given(st.lists(WORDS, min_size=1, max_size=3))
def test_words_are_told_apart_by_what_is_between_their_punctuation_whatever_their_case(blocks):
    for text, scores in zip(
        map(" ".join, blocks),
        scored([(" ".join(each), "paragraph", None, None) for each in blocks]),
        strict=True,
    ):
        words = [word for word in (piece.strip(EDGES).lower() for piece in text.split()) if word]
        assert scores["block_words"] == len(words)
        if len(words) >= 12:
            runs = Counter(tuple(words[start : start + 5]) for start in range(len(words) - 4))
            repeated = sum(n for n in runs.values() if n > 1)
            assert scores["block_repeated_words"] == repeated / (len(words) - 4)


def test_blocks_that_are_equal_are_measured_once():
    sentences = ["93", PROSE, "93", "93"]
    known = {"n_sentences": 1, "language": None, "language_probability": None}
    kinds = ["paragraph", "paragraph", "paragraph", "heading"]
    rows = [{**known, "first_sentence": n, "kind": kind} for n, kind in enumerate(kinds)]
    places, measured = block_scores(sentences, rows, "en")
    assert places == [0, 1, 0, 2]
    assert [text for text, _ in measured] == ["93", PROSE, "93"]


def test_the_text_of_a_block_is_that_of_its_sentences():
    sentences = ["One.", "Two.", "Three."]
    known = {"kind": "paragraph", "language": None, "language_probability": None}
    rows = [{**known, "first_sentence": first, "n_sentences": n} for first, n in ((0, 1), (1, 2))]
    assert block_texts(sentences, rows, "en")[1].texts == ["One.", "Two. Three."]


TEXT = "Tel. 030 901820 or a@b.example."


def decided_row(blocks, boilerplate=(), settings=None):
    """The row of a page from (n_sentences, scores) of its blocks; each sentence is TEXT."""
    row = {
        "document_id": "d",
        "url": "https://a.example/",
        "language": "de",
        "sentences": [TEXT] * sum(n for n, _ in blocks),
        "blocks": [
            {"kind": "paragraph", "n_sentences": n, "scores": list(scores.items())} for n, scores in blocks
        ],
        "host_boilerplate_blocks": list(boilerplate),
    }
    scores = pa.map_(pa.string(), pa.float64())
    fields = [("kind", pa.string()), ("n_sentences", pa.int32()), ("scores", scores)]
    schema = pa.schema([
        *((name, pa.string()) for name in ("document_id", "url", "language")),
        ("sentences", pa.list_(pa.string())),
        ("blocks", pa.list_(pa.struct(fields))),
        ("host_boilerplate_blocks", pa.list_(pa.int32())),
    ])  # fmt: skip
    batch = pa.RecordBatch.from_pylist([row], schema=schema)
    ((name, found),) = decide_blocks(iter([batch]), settings or Settings())
    assert name == "block_decisions"
    return found.to_pylist()[0]


def decided(blocks, boilerplate=(), settings=None):
    """Outcomes of the sentences of a page from (n_sentences, scores) of its blocks."""
    return [each["outcome"] for each in decided_row(blocks, boilerplate, settings)["sentences"]]


def test_all_sentences_of_a_block_share_its_fate():
    assert decided([(2, {}), (3, {"block_special_characters": 0.61}), (1, {"block_words": 1.0})], [2]) == [
        "kept",
        "kept",
        *["block_special_characters"] * 3,
        "block_host_boilerplate",
    ]


def test_kept_sentences_have_placeholders_and_dropped_ones_are_not_searched():
    row = decided_row([(1, {}), (1, {"block_notices": 1.0}), (1, {})])
    assert [each["text"] for each in row["sentences"]] == [
        "Tel. <PHONE> or <EMAIL>.",
        None,
        "Tel. <PHONE> or <EMAIL>.",
    ]
    assert row["replaced"] == [{"kind": "email", "n": 2}, {"kind": "phone", "n": 2}]


def test_without_kinds_to_replace_sentences_stay_as_they_were_read():
    row = decided_row([(1, {})], settings=settings_from({"privacy": {"replace": []}}))
    assert (row["sentences"], row["replaced"]) == ([{"outcome": "kept", "text": None}], [])


def test_a_page_may_lose_every_sentence_and_have_none():
    assert decided([(1, {"block_notices": 1.0})]) == ["block_notices"]
    assert decided([]) == []


@pytest.mark.parametrize(
    ("name", "kept", "dropped"),
    [
        ("block_special_characters", 0.6, 0.61),
        ("block_stop_words", 0.01, 0.009),
        ("block_repeated_characters", 0.4, 0.41),
        ("block_repeated_words", 0.4, 0.41),
        ("block_notices", 0, 1),
    ],
)
def test_a_block_at_a_bound_is_kept_and_one_beyond_it_is_dropped_by_name(name, kept, dropped):
    assert decided([(1, {name: float(kept)}), (1, {name: float(dropped)})]) == ["kept", name]


def test_published_bounds_can_be_set():
    settings = settings_from({"filters": {"block_words": {"min": 4}, "block_end_mark": {"min": 1}}})
    scores = [{"block_words": 3.0}, {"block_words": 4.0, "block_end_mark": 0.0}, {"block_words": 4.0}]
    assert decided([(1, each) for each in scores], settings=settings) == [
        "block_words",
        "block_end_mark",
        "kept",
    ]


def test_short_lines_refrains_captions_and_other_scripts_pass_the_default_bounds():
    texts = [
        ("Hij roept.", "paragraph"), ("Espanya", "list_item"), ("第一章", "heading"), ("Fig. 3.14", "caption"),
        ("12 | 13 | 14", "table_row"), (REFRAIN * 2 + PROSE, "paragraph"), ("他走了。", "paragraph"),
        ("बच्चों ने कहा", "quote"), ("x = 1", "code"), ("E = mc2", "paragraph"),
    ]  # fmt: skip
    scores = scored([(text, kind, None, None) for text, kind in texts])
    assert decided([(1, each) for each in scores]) == ["kept"] * len(texts)


def test_counters_dates_names_and_notices_fall():
    names = (
        "Aaron Parkening Aaron Stewart Abagail Adam Tuttle Adrian Scott Alan Rath Alan Wen Alexis Rossi " * 4
    )
    texts = ["93", "2020-02-10", "November 16, 2006 06:38:13pm", names, "This website uses cookies."]
    scores = scored([(text, "paragraph", None, None) for text in texts])
    assert decided([(1, each) for each in scores]) == [
        *["block_special_characters"] * 3,
        "block_stop_words",
        "block_notices",
    ]


def test_every_text_score_of_a_block_is_listed_once():
    names = [each.name for each in BLOCK_FILTERS]
    assert set(block("the cat sat on the mat, and the dog lay by the door. " * 6)) < set(names)
    assert len(set(names)) == len(names) == 9
