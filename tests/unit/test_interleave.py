import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from corpus.columns import KEPT, NOISE
from corpus.recipes.interleaved import found_on
from corpus.release.interleave import count_words, interleave
from corpus.tables.product import INTERLEAVED

PROVENANCE = {
    "document_id": "d",
    "url": "https://a.example/",
    "crawl": "",
    "warc_filename": "a.warc",
    "warc_record_offset": 0,
    "fetch_time": None,
    "language": "en",
    "title": None,
    "license_url": None,
}


def row(matches, n_sentences=4):
    """A document whose k-th image, in page order, is matched with sentence matches[k], or dropped when that is -1."""
    return PROVENANCE | {
        "sentences": [f"Sentence {j}." for j in range(n_sentences)],
        "evaluation_sets": ["flickr"],
        "replaced": [{"kind": "email", "n": 2}],
        "image_references": [
            {"dom_index": k, "url": f"https://a.example/{k}.jpg", "alt": f"alt {k}", "caption": None}
            for k in range(len(matches))
        ],
        "aligned": [
            {
                "dom_index": k,
                "outcome": KEPT if match >= 0 else "min_similarity",
                "matched_text_index": match,
                "matched_sim": 0.5 + k / 100,
                "margin": 0.1,
                "dom_text_index": 0,
                **{field.name: 0.2 for field in NOISE},
            }
            for k, match in enumerate(matches)
        ],
        "similarity_matrix": [[k + j / 10 for j in range(n_sentences)] for k in range(len(matches))],
        "page_matrix": [[k / 10 + j for j in range(n_sentences)] for k in range(len(matches))],
        "shuffle_z": None,
        "sampling_bias": 0.5,
        "far_sentences": [],
        "in_core": True,
        "in_ff": None,
        "in_core_ff": None,
        "tier_matches": {
            k: {"core_text_index": match, "ff_text_index": None, "core_ff_text_index": None}
            for k, match in enumerate(matches)
        },
        "fused_matches": {k: 3 - match for k, match in enumerate(matches)},
        "pictures": [
            {
                "dom_index": k,
                "content_hash": f"h{k}",
                "perceptual_hash": None,
                "width_px": 300,
                "height_px": 200,
                "media_type": "image/png",
                "nsfw": 0.25,
                "n_faces": 1,
                "bytes": b"%d" % k,
            }
            for k in reversed(range(len(matches)))
        ],
    }


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=6).filter(lambda matches: max(matches) >= 0))
def test_pictures_stand_in_order_of_their_sentences_with_their_own_bytes_and_matrix_row(matches):
    result = interleave(row(matches))
    kept = sorted((match, k) for k, match in enumerate(matches) if match >= 0)
    assert [info["matched_text_index"] for info in result["image_info"]] == [match for match, _ in kept]
    assert [picture["bytes"] for picture in result["images"]] == [b"%d" % k for _, k in kept]
    assert [info["raw_url"] for info in result["image_info"]] == [
        f"https://a.example/{k}.jpg" for _, k in kept
    ]
    assert [cells[0] for cells in result["similarity_matrix"]] == [k for _, k in kept]
    assert [cells[0] for cells in result["page_matrix"]] == [k / 10 for _, k in kept]
    assert [info["core_text_index"] for info in result["image_info"]] == [match for match, _ in kept]
    assert [info["fused_text_index"] for info in result["image_info"]] == [3 - match for match, _ in kept]
    assert result["sampling_bias"] == 0.5
    assert (result["n_sentences"], result["n_images"]) == (len(result["text_list"]), len(kept))
    result |= {"n_text_tokens": [], "n_image_tokens": []}
    assert pa.RecordBatch.from_pylist([result], schema=INTERLEAVED.schema).num_rows == 1


def test_names_of_pictures_say_content_and_type():
    assert interleave(row([0]))["images"][0]["path"] == "h0.png"


def test_mean_similarity_is_that_of_the_kept_pictures():
    assert interleave(row([0, -1, 1]))["mean_matched_sim"] == (0.5 + 0.52) / 2


def test_words_are_counted_between_spaces_and_characters_where_there_are_none():
    assert count_words(["Two words.", "One"], "en") == 3
    assert count_words(["白猫 坐着。"], "zh") == 5


def test_a_picture_tells_its_faces_and_its_worst_score_and_nothing_where_nobody_looked():
    faces = [{"score": 0.9}, {"score": 0.6}, {"score": 0.59}]
    scores = [("nsfw_head", 0.02), ("nsfw_classifier", 0.3)]
    looked = found_on({"faces": faces, "safety_scores": scores}, 0.6)
    assert (looked["n_faces"], looked["nsfw"]) == (2, 0.3)
    assert found_on({"faces": [], "safety_scores": []}, 0.6)["n_faces"] == 0
    unseen = found_on({"faces": None, "safety_scores": None}, 0.6)
    assert (unseen["n_faces"], unseen["nsfw"]) == (None, None)
