from datetime import UTC, datetime
from types import SimpleNamespace

from corpus.columns import KEPT
from corpus.recipes.matched_frames import documents

COLUMNS = {
    "alignments": "document_id string, images array<struct<dom_index int, outcome string, matched_sim float>>, "
    "shuffle_z float",
    "image_decisions": "document_id string, dom_index int, content_hash string, perceptual_hash string, "
    "outcome string, scores map<string, double>",
    "page_signatures": "document_id string, fetch_time timestamp",
    "document_groups": "document_id string, language_bias double, region_bias double, topic_bias double",
    "page_decisions": "document_id string, chunk string, outcome string, evaluation_sets array<string>",
    "block_decisions": "document_id string, sentences array<struct<outcome string>>",
}


def told(spark, pages):
    """(n_images, first_of_images) by document, of (document, year, hashes of its placed images, of others)."""
    rows = {name: [] for name in COLUMNS}
    for name, year, placed, others in pages:
        hashes = [*placed, *others]
        if hashes:
            fates = [KEPT if n < len(placed) else "min_similarity" for n in range(len(hashes))]
            images = [(n, fate, 0.3) for n, fate in enumerate(fates)]
            rows["alignments"].append((name, images, None))
        rows["image_decisions"] += [(name, n, hash_, None, KEPT, {}) for n, hash_ in enumerate(hashes)]
        rows["page_signatures"].append((name, year and datetime(year, 1, 1, tzinfo=UTC)))
        rows["page_decisions"].append((name, "c00000", KEPT, []))
        rows["block_decisions"].append((name, [(KEPT,), (KEPT,)]))
    frames = {name: spark.createDataFrame(some, COLUMNS[name]) for name, some in rows.items()}
    build = SimpleNamespace(read=frames.get, chunks=("c00000",), tasks=2)
    return {row.document_id: (row.n_images, row.first_of_images) for row in documents(build, "").collect()}


def test_documents_with_the_same_set_of_placed_pictures_are_told_the_first_captured(spark):
    pages = [
        ("d0", 2024, ["a", "b"], []),
        ("d1", 2020, ["b", "a"], ["c"]),
        ("d2", None, ["a", "b", "b"], []),
        ("d3", 2019, ["a"], ["b"]),
        ("d4", 2019, [], ["a", "b"]),
        ("d5", 2019, [], []),
    ]
    assert told(spark, pages) == {
        "d0": (2, "d1"),
        "d1": (2, "d1"),
        "d2": (3, "d1"),
        "d3": (1, "d3"),
        "d4": (0, None),
        "d5": (0, None),
    }
