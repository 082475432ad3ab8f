import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.columns import KEPT
from corpus.config import Settings
from corpus.dedup.evaluation import EvaluationIndex, write_index
from corpus.overrides import settings_from
from corpus.recipes.decisions import decide_documents, decide_images, decide_pages

SETTINGS = Settings()
UNSEEN = {"n_blocked_images": 0, "n_unsafe_images": 0, "n_nsfw_judged_images": None}
COPIES = {"url": "page_url_copies", "text": "page_text_copies", "near": "page_near_copies"}


def decided(step, rows):
    batches = (
        [pa.RecordBatch.from_pylist(rows[:2]), pa.RecordBatch.from_pylist(rows[2:])]
        if rows[2:]
        else [pa.RecordBatch.from_pylist(rows)]
    )
    return [row for _, batch in step(iter(batches), SETTINGS) for row in batch.to_pylist()]


def image(document, dom_index, **changes):
    return {
        "document_id": document,
        "dom_index": dom_index,
        "image_url_id": "i",
        "url": "https://a.example/p.jpg",
        "dom_text_index": 0,
        "outcome": KEPT,
        "content_hash": f"h{dom_index}",
        "content_chunk": "c00000",
        "width_px": 300,
        "height_px": 200,
        "media_type": "image/jpeg",
        "perceptual_hash": f"{0xFF << 8 * dom_index:016x}",
        "n_documents": 1,
        "neighbour_cosine": None,
        "content_score": 0.9,
        "chunk": "c00000",
    } | changes


def outcomes(rows):
    return [row["outcome"] for row in decided(decide_images, rows)]


def test_only_the_first_of_equal_images_on_a_page_is_kept():
    rows = [image("d", 0), image("d", 1, content_hash="h0"), image("e", 0)]
    assert outcomes(rows) == [KEPT, "image_copies", KEPT]


def test_a_picture_like_a_larger_one_of_the_corpus_is_dropped_with_its_cosine_and_without_one_has_no_score():
    first, second = decided(decide_images, [image("d", 0), image("d", 1, neighbour_cosine=0.97)])
    assert "image_semantic_copy" not in dict(first["scores"])
    assert (second["outcome"], dict(second["scores"])["image_semantic_copy"]) == ("image_semantic_copy", 0.97)


def test_a_near_copy_is_dropped_with_its_distance():
    rows = [image("d", 0, perceptual_hash="0" * 16), image("d", 1, perceptual_hash="0" * 15 + "f")]
    first, second = decided(decide_images, rows)
    assert second["outcome"] == "image_near_copy"
    assert dict(second["scores"])["image_near_copy"] == 4.0
    assert "image_near_copy" not in dict(first["scores"])


def test_an_image_that_is_dropped_itself_makes_no_copies():
    rows = [image("d", 0, width_px=100), image("d", 1, content_hash="h0")]
    assert outcomes(rows) == ["image_side_px", KEPT]


NOT_HAD = {
    "content_hash": None,
    "width_px": None,
    "height_px": None,
    "media_type": None,
    "perceptual_hash": None,
}


def test_the_outcome_of_fetching_stays_and_only_the_reference_is_scored():
    (found,) = decided(decide_images, [image("d", 0, outcome="http_error", **NOT_HAD)])
    assert found["outcome"] == "http_error"
    assert [name for name, _ in found["scores"]] == ["image_url_words", "image_content"]


def test_a_reference_whose_image_was_not_fetched_is_dropped_by_the_filter_that_spared_the_request():
    teaser = image("d", 0, outcome=None, content_score=0.05, **NOT_HAD)
    logo = image("d", 1, outcome=None, url="https://a.example/logo.png", **NOT_HAD)
    assert outcomes([teaser, logo]) == ["image_content", "image_url_words"]


def test_a_picture_on_a_block_list_is_named_so_wherever_it_stands():
    rows = [image("d", 0, outcome="blocked", **NOT_HAD)]
    rows += [image("d", 1, outcome="blocked", content_score=0.05, **NOT_HAD)]
    assert outcomes(rows) == ["blocked", "blocked"]


def test_a_reference_that_fails_by_itself_is_dropped_so_whatever_fetching_for_another_gave():
    assert outcomes([image("d", 0, outcome="http_error", content_score=0.05, **NOT_HAD)]) == ["image_content"]


@pytest.mark.parametrize("relation", ["url", "text", "near"])
def test_a_copied_page_names_the_page_that_stands_for_it(relation):
    row = {
        "document_id": "d",
        "chunk": "c00000",
        "outcome": KEPT,
        "relation": relation,
        "jaccard": 0.9 if relation == "near" else None,
        "robots": [],
        "tdm_reserved": False,
        "n_sentences": 3,
        "n_image_references": 2,
        "n_characters": 100,
        "n_host_boilerplate_characters": None,
        "host_boilerplate_blocks": [],
        "n_contaminated": None,
        "flagged_words": None,
        "evaluation_sets": [],
        "text_scores": {},
        "representative": "c",
    }
    (found,) = decided(decide_pages, [row])
    assert (found["outcome"], found["duplicate_of"]) == (COPIES[relation], "c")


def test_a_document_with_the_pictures_of_an_earlier_one_names_it():
    row = {
        "outcome": KEPT,
        "n_sentences": 2,
        "n_images": 3,
        "chunk": "c00000",
        "first_of_images": "c",
        "evaluation_sets": [],
        "pictures": [],
        "shuffle_z": None,
        **UNSEEN,
    }
    rows = [{**row, "document_id": name} for name in ("c", "d")] + [
        {**row, "document_id": "e", "n_images": 31}
    ]
    found = [(row["outcome"], row["duplicate_of"]) for row in decided(decide_documents, rows)]
    assert found == [(KEPT, None), ("document_image_set_copies", "c"), ("document_images", None)]


@given(st.lists(st.tuples(st.sampled_from([KEPT, "no_text"]), st.integers(0, 40)), min_size=1, max_size=20))
def test_every_document_in_is_kept_or_dropped_by_a_name(pages):
    rows = [
        {
            "document_id": f"d{i}",
            "outcome": outcome,
            "n_sentences": 2,
            "n_images": n_images,
            "chunk": "c00000",
            "first_of_images": None,
            "shuffle_z": None,
            **UNSEEN,
            "evaluation_sets": [],
            "pictures": [],
        }
        for i, (outcome, n_images) in enumerate(pages)
    ]
    found = decided(decide_documents, rows)
    assert [row["document_id"] for row in found] == [row["document_id"] for row in rows]
    for row, result in zip(rows, found, strict=True):
        passes = 1 <= row["n_images"] <= 30
        wanted = row["outcome"] if row["outcome"] != KEPT else (KEPT if passes else "document_images")
        assert result["outcome"] == wanted


def test_a_document_with_a_picture_of_an_evaluation_set_is_dropped_or_flagged_by_the_name_of_the_set(
    tmp_path,
):
    sets = {"flickr": np.array([0xFF], dtype=np.uint64), "coco": np.array([0xFF << 40], dtype=np.uint64)}
    known = {"evaluation_index": write_index(EvaluationIndex(images=sets), str(tmp_path))}
    known |= {"evaluation_images": ["flickr/", "coco/"], "evaluation_bits": 2}
    row = {"outcome": KEPT, "chunk": "c00000", "n_sentences": 2, "n_images": 2, "first_of_images": None}
    row |= {"shuffle_z": None, "pictures": [], **UNSEEN}
    rows = [
        {**row, "document_id": name, "evaluation_sets": sets, "perceptual_hashes": hashes}
        for name, sets, hashes in (
            ("near", [], [f"{0xFC:016x}", None]),
            ("far", ["quiz"], [f"{0xF8:016x}"]),
            ("both", ["quiz"], [f"{0xFF:016x}", f"{0xFF << 40:016x}"]),
            ("none", [], None),
        )
    ]
    schema = pa.schema([*pa.RecordBatch.from_pylist(rows).schema])

    def decide(**more):
        settings = settings_from({"dedup": {**known, **more}})
        batches = iter([pa.RecordBatch.from_pylist(rows, schema=schema)])
        return {
            each["document_id"]: (
                each["outcome"],
                each["evaluation_sets"],
                dict(each["scores"])["document_contaminated"],
            )
            for _, batch in decide_documents(batches, settings)
            for each in batch.to_pylist()
        }

    assert decide() == {
        "near": ("document_contaminated", ["flickr"], 1),
        "far": (KEPT, ["quiz"], 0),
        "both": ("document_contaminated", ["coco", "flickr", "quiz"], 2),
        "none": (KEPT, [], 0),
    }
    assert decide(flag_only=["flickr", "coco"])["both"] == (KEPT, ["coco", "flickr", "quiz"], 0)
