from types import SimpleNamespace

from corpus.config import Safety, Settings
from corpus.recipes import rows_before
from corpus.recipes.judged_safe import judged_safe
from corpus.recipes.safety_frames import image_safety

DECISIONS = "document_id string, outcome string, scores map<string, double>"


def build_of(spark, settings, **tables):
    read = {name: spark.createDataFrame(rows, schema) for name, (rows, schema) in tables.items()}
    return SimpleNamespace(read=lambda name, chunks=None: read[name], settings=settings, tasks=2)


def test_a_document_counts_its_judged_unsafe_and_blocked_pictures(spark):
    rows = [
        ("d0", "kept", {"image_nsfw": 0.0}),
        ("d0", "image_nsfw", {"image_nsfw": 1.0, "image_nsfw_head": 0.9}),
        ("d0", "image_side_px", {"image_side_px": 10.0}),
        ("d0", "blocked", {}),
        ("d1", "image_nsfw_head", {"image_nsfw": 0.0, "image_nsfw_head": 0.9}),
        ("d2", "http_error", {}),
    ]
    found = judged_safe(build_of(spark, Settings(), image_decisions=(rows, DECISIONS))).collect()
    counts = {row[0]: (row.n_nsfw_judged_images, row.n_unsafe_images, row.n_blocked_images) for row in found}
    assert counts == {"d0": (2, 1, 1), "d1": (1, 1, 0), "d2": (0, 0, 0)}


def test_bytes_are_read_only_for_detectors_that_look_at_pixels_and_vectors_for_all(spark, monkeypatch):
    monkeypatch.setattr(rows_before, "earlier_rows", lambda *_: None)
    tables = {
        "image_features": (
            [("h0", "kept", b"v0", 2), ("h1", "kept", b"v1", 2), ("h2", "undecodable", None, 2)],
            "content_hash string, outcome string, embedding binary, n_dimensions int",
        ),
        "image_contents": (
            [("h0", "kept", "u0"), ("h1", "kept", "u1"), ("h2", "kept", "u2")],
            "content_hash string, outcome string, image_url_id string",
        ),
        "images": ([("u0", b"p0"), ("u1", b"p1"), ("u2", b"p2")], "image_url_id string, bytes binary"),
    }

    def rows(*detectors):
        settings = Settings(safety=Safety(detectors=detectors))
        found = image_safety(build_of(spark, settings, **tables), "c00000").collect()
        return {row.content_hash: (bytes(row.embedding), row.bytes and bytes(row.bytes)) for row in found}

    assert rows("nsfw_head") == {"h0": (b"v0", None), "h1": (b"v1", None)}
    assert rows("faces") == {"h0": (b"v0", b"p0"), "h1": (b"v1", b"p1")}
