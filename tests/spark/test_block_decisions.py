"""Which sentences the blocks leave, and that places are counted in these."""

from types import SimpleNamespace

import pytest

from corpus.config import Settings
from corpus.overrides import settings_from
from corpus.recipes.frames import blocks, kept_sentences
from corpus.recipes.matched_frames import alignments, documents, page

SENTENCES = [f"Sentence {n}." for n in range(5)]
DECIDED = {
    "d": ["kept", "block_words", "kept", "block_words", "kept"],
    "none": ["block_words"],
}
PAGE = ("https://a.example/", "en")
SCHEMAS = {
    "documents": "document_id string, url string, language string, sentences array<string>, "
    "blocks array<struct<kind: string, first_sentence: int, n_sentences: int, text_hash: bigint, "
    "scores: map<string, double>>>, image_references array<struct<dom_index: int, url: string>>",
    "page_decisions": "document_id string, chunk string, outcome string, host_boilerplate_blocks array<int>, "
    "evaluation_sets array<string>",
    "block_decisions": "document_id string, sentences array<struct<outcome: string, text: string>>, "
    "replaced array<struct<kind: string, n: int>>",
    "image_decisions": "document_id string, outcome string, content_hash string, content_chunk string, "
    "dom_index int, dom_text_index int, perceptual_hash string, scores map<string, double>",
    "image_features": "content_hash string, embedding binary",
    "sentence_embeddings": "document_id string, sentences_hash bigint, n_sentences int, n_dimensions int, "
    "embeddings binary",
    "alignments": "document_id string, images array<struct<dom_index: int, outcome: string, matched_sim: float>>, "
    "shuffle_z float",
    "page_signatures": "document_id string, fetch_time timestamp",
    "document_groups": "document_id string, language_bias double, region_bias double, topic_bias double",
}


@pytest.fixture
def build(spark):
    block = ("quote", 0, 2, 7, {"block_words": 3.0})
    shown = [(0, "https://a.example/0.jpg")]
    rows = {
        "documents": [
            ("d", *PAGE, SENTENCES, [block], shown),
            ("none", *PAGE, ["A."], [block], []),
            ("out", *PAGE, ["B.", "C."], [], []),
        ],
        "page_decisions": [
            ("d", "c00000", "kept", [0], ["quiz"]),
            ("none", "c00000", "kept", [], []),
            ("out", "c00000", "no_text", [], []),
        ],
        "block_decisions": [
            (
                name,
                [(outcome, None) for outcome in found[:-1]] + [(found[-1], "Mail <EMAIL>.")],
                [("email", 1)],
            )
            for name, found in DECIDED.items()
        ],
        "image_decisions": [
            ("d", "kept", "x", "c00000", n, place, f"{n:016x}", {}) for n, place in enumerate((0, 1, 2, 5))
        ]
        + [("none", "kept", "x", "c00000", 0, 1, None, {})],
        "image_features": [("x", b"..")],
        "sentence_embeddings": [("d", 1, 3, 1, b"......")],
        "alignments": [
            ("d", [(0, "kept", 0.3), (1, "min_similarity", None)], None),
            ("none", [(0, "no_sentence", None)], None),
        ],
        "page_signatures": [("d", None), ("none", None)],
        "document_groups": [("d", 0.5, None, 0.0)],
    }

    def read(table, chunks=None):
        return spark.createDataFrame(rows[table], SCHEMAS[table])

    return SimpleNamespace(read=read, tasks=2, spark=spark, chunks=("c00000",), settings=Settings())


def by_document(frame):
    return {row.document_id: row for row in frame.collect()}


def test_blocks_of_kept_pages_come_with_their_scores_and_what_their_host_repeats(build):
    found = by_document(blocks(build, "c00000"))
    assert sorted(found) == ["d", "none"]
    assert found["d"].host_boilerplate_blocks == [0]
    (block,) = found["d"].blocks
    assert found["d"].sentences == SENTENCES
    assert block.asDict() == {"kind": "quote", "n_sentences": 2, "scores": {"block_words": 3.0}}


def test_kept_sentences_are_those_whose_block_is_kept_in_their_order_with_placeholders(build):
    found = by_document(kept_sentences(build, "c00000"))
    assert {name: row.sentences for name, row in found.items()} == {
        "d": ["Sentence 0.", "Sentence 2.", "Mail <EMAIL>."],
        "none": [],
    }
    assert [each.asDict() for each in found["d"].replaced] == [{"kind": "email", "n": 1}]


def test_a_page_comes_with_all_its_sentences_and_which_of_them_are_kept(build):
    found = by_document(page(build, "c00000", "url"))["d"].asDict(recursive=True)
    assert found == {
        "document_id": "d",
        "url": PAGE[0],
        "page_sentences": SENTENCES,
        "is_kept": [True, False, True, False, True],
        "blocks": [{"kind": "quote", "first_sentence": 0, "n_sentences": 2}],
        "image_references": [{"dom_index": 0, "url": "https://a.example/0.jpg"}],
    }


def test_places_of_pictures_count_the_kept_sentences_before_them(build):
    found = by_document(alignments(build, "c00000"))
    assert [image.dom_text_index for image in found["d"].images] == [0, 1, 1, 3]
    assert found["d"].n_sentences == 3
    assert [image.dom_text_index for image in found["none"].images] == [0]
    assert (found["none"].n_sentences, found["none"].embeddings) == (None, None)


def test_the_matching_is_given_the_page_where_it_has_a_say(build):
    assert "page_sentences" not in alignments(build, "c00000").columns
    build.settings = settings_from({"align": {"page_weight": 0.01}})
    found = by_document(alignments(build, "c00000"))["d"]
    assert (found.page_sentences, found.is_kept) == (SENTENCES, [True, False, True, False, True])
    assert found.n_sentences == 3


def test_documents_count_kept_sentences_and_pictures_and_dropped_pages_none(build):
    found = by_document(documents(build, "c00000"))
    counts = {name: (row.outcome, row.n_sentences, row.n_images) for name, row in found.items()}
    assert counts == {"d": ("kept", 3, 1), "none": ("kept", 0, 0), "out": ("no_text", 0, 0)}
    assert (found["d"].evaluation_sets, found["d"].perceptual_hashes) == (["quiz"], ["0" * 16])
