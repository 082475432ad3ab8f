"""Which contents kinds are measured of, and how what was measured reaches the image filters."""

from types import SimpleNamespace

import pytest

from corpus.config import Encode, Settings
from corpus.recipes.frames import image_decisions, image_kinds

FEATURES = "content_hash string, outcome string, embedding binary, n_dimensions int"
SCORES = "content_hash string, scores map<string, double>"
REFERENCE = (
    "array<struct<dom_index: int, image_url_id: string, url: string, dom_text_index: int, "
    "content_score: float>>"
)
TABLES = {
    "documents": (
        [("d", "c00000", "w", 0, [(n, f"u{n}", f"https://a.example/{n}", 0, 0.5) for n in range(3)])],
        "document_id string, chunk string, warc_filename string, warc_record_offset long, "
        f"image_references {REFERENCE}",
    ),
    "page_decisions": ([("d", "kept")], "document_id string, outcome string"),
    "images": (
        [(f"u{n}", "kept", f"h{n}", 300, 200, "image/png", None) for n in range(2)],
        "image_url_id string, outcome string, content_hash string, width_px int, height_px int, "
        "media_type string, perceptual_hash string",
    ),
    "image_contents": (
        [(f"h{n}", 1, "c00000") for n in range(2)],
        "content_hash string, n_documents long, chunk string",
    ),
    "image_features": (
        [("h0", "kept", b"v0", 2), ("h1", "undecodable", None, 2)],
        FEATURES,
    ),
    "image_signs": ([("h0", {"image_letters": 7.0}), ("h1", {})], SCORES),
    "image_neighbours": ([], "content_hash string, cosine float"),
    "image_kinds": ([("h0", {"image_map": 0.1})], SCORES),
    "image_safety": (
        [],
        "content_hash string, scores map<string, double>, faces array<struct<width: float, height: float>>",
    ),
}


@pytest.fixture
def build_with(spark):
    def build(encoder):
        return SimpleNamespace(
            read=lambda table, chunks=None: spark.createDataFrame(*TABLES[table]),
            settings=Settings(encode=Encode(encoder=encoder)),
            chunks=("c00000",),
            tasks=2,
        )

    return build


def test_kinds_are_measured_of_embedded_contents_where_the_encoder_has_the_words(build_with):
    found = image_kinds(build_with("ViT-L-14/openai"), "c00000").collect()
    assert [(row.content_hash, bytes(row.embedding)) for row in found] == [("h0", b"v0")]
    assert image_kinds(build_with("demo"), "c00000").collect() == []


def test_signs_of_pixels_and_kinds_reach_the_filters_together(build_with):
    rows = {row.image_url_id: row for row in image_decisions(build_with("demo"), "").collect()}
    assert rows["u0"].picture_signs == {"image_letters": 7.0, "image_map": 0.1}
    assert [rows[name].outcome for name in ("u0", "u1", "u2")] == ["kept", "undecodable", None]
    assert rows["u1"].picture_signs == rows["u2"].picture_signs == {}
