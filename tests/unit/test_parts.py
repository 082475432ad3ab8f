import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.columns import filed_schema
from corpus.manifest import Count
from corpus.spark.parts import Target, write_parts
from corpus.tables.images import IMAGES
from corpus.tables.pages import WARC_FILES
from corpus.tables.product import ALIGNMENTS, DOCUMENT_DECISIONS


def file_row(name, outcome):
    return {
        "warc_filename": name,
        "outcome": outcome,
        "file_bytes": 10,
        "n_records": 1,
        "n_pages": 1,
        "n_captures": 0,
        "n_revisits": 0,
        "n_faults": 0,
        "fault": None,
        "fault_offset": None,
        "elapsed_s": 0.1,
    }


def target(tmp_path, table, chunk="c00000"):
    return Target({table.name: str(tmp_path)}, chunk, 3, 2**20)


def test_counts_are_read_back_per_outcome_with_their_bytes(tmp_path):
    rows = [file_row("a", "kept"), file_row("b", "empty"), file_row("c", "kept")]
    batch = pa.RecordBatch.from_pylist(rows, schema=WARC_FILES.schema)
    (part,) = write_parts([("warc_files", batch)], target(tmp_path, WARC_FILES))
    assert part.name == "part-00003.parquet"
    assert part.n_rows == 3
    assert part.counts[:2] == (Count("", "empty", 1, 10), Count("", "kept", 2, 20))


def test_columns_of_counts_are_added_up_per_outcome(tmp_path):
    rows = [file_row("a", "kept"), file_row("b", "empty"), file_row("c", "kept") | {"n_pages": 5}]
    batch = pa.RecordBatch.from_pylist(rows, schema=WARC_FILES.schema)
    (part,) = write_parts([("warc_files", batch)], target(tmp_path, WARC_FILES))
    assert part.counts[2:] == (Count("n_pages", "empty", 1, 0), Count("n_pages", "kept", 6, 0))


def test_pictures_and_their_bytes_are_counted_by_where_they_are_from(tmp_path):
    plain = dict.fromkeys(IMAGES.schema.names) | {"attempts": 0, "elapsed_s": 0.0}
    rows = [
        plain
        | {"image_url_id": f"{at}", "url": "u", "source": source, "outcome": outcome, "content_bytes": n}
        for at, (source, outcome, n) in enumerate(
            [("web", "kept", 70), ("archive", "kept", 20), ("web", "corrupt", 5), ("cache", "kept", 9)]
        )
    ]
    batch = pa.RecordBatch.from_pylist(rows, schema=IMAGES.schema)
    (part,) = write_parts([("images", batch)], target(tmp_path, IMAGES))
    assert part.counts == (
        Count("", "corrupt", 1, 5),
        Count("", "kept", 3, 99),
        Count("source", "archive", 1, 20),
        Count("source", "cache", 1, 9),
        Count("source", "web", 2, 75),
    )


def decision(number, outcome, sets):
    lists = {"scores": [], "pictures": [], "evaluation_sets": sets}
    plain = dict.fromkeys(DOCUMENT_DECISIONS.schema.names) | {"n_sentences": 1, "n_images": 0}
    return plain | lists | {"document_id": f"{number}", "outcome": outcome}


def decisions_part(tmp_path, *rows):
    numbered = [decision(number, *row) for number, row in enumerate(rows)]
    batch = pa.RecordBatch.from_pylist(numbered, schema=DOCUMENT_DECISIONS.schema)
    (part,) = write_parts([("document_decisions", batch)], target(tmp_path, DOCUMENT_DECISIONS))
    return part


def test_documents_are_counted_by_the_evaluation_sets_that_are_in_them(tmp_path):
    rows = [("kept", ["quiz"]), ("page_contaminated", ["photos", "quiz"]), ("kept", []), ("kept", ["quiz"])]
    counts = [each for each in decisions_part(tmp_path, *rows).counts if each.item.startswith("evaluation")]
    assert counts == [
        Count("evaluation_sets", "kept", 3, 0),
        Count("evaluation_sets", "page_contaminated", 1, 0),
        Count("evaluation_sets=photos", "page_contaminated", 1, 0),
        Count("evaluation_sets=quiz", "kept", 2, 0),
        Count("evaluation_sets=quiz", "page_contaminated", 1, 0),
    ]
    assert [each.n for each in decisions_part(tmp_path, ("kept", [])).counts if "eval" in each.item] == [1]


def test_items_are_counted_by_their_own_outcome(tmp_path):
    image = {
        "dom_index": 0,
        "outcome": "kept",
        "matched_text_index": 0,
        "matched_sim": 0.5,
        "best_text_index": 0,
        "best_sim": 0.5,
        "margin": None,
        "dom_text_index": 0,
    }
    images = [image, image | {"dom_index": 1, "outcome": "min_similarity"}]
    row = {"document_id": "d", "images": images, "similarity_matrix": [[0.5], [0.1]]}
    batch = pa.RecordBatch.from_pylist([row], schema=ALIGNMENTS.schema)
    (part,) = write_parts([("alignments", batch)], target(tmp_path, ALIGNMENTS))
    assert part.counts == (
        Count("", "kept", 1, 0),
        Count("images", "kept", 1, 0),
        Count("images", "min_similarity", 1, 0),
    )


def test_the_same_rows_make_the_same_bytes(tmp_path):
    batch = pa.RecordBatch.from_pylist([file_row("a", "kept")], schema=WARC_FILES.schema)
    (first,) = write_parts([("warc_files", batch)], target(tmp_path / "1", WARC_FILES))
    (second,) = write_parts([("warc_files", batch)], target(tmp_path / "2", WARC_FILES))
    assert first.sha256 == second.sha256


def test_a_step_that_raises_leaves_no_part(tmp_path):
    def step():
        yield "warc_files", pa.RecordBatch.from_pylist([file_row("a", "kept")], schema=WARC_FILES.schema)
        raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        list(write_parts(step(), target(tmp_path, WARC_FILES)))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_rows_that_name_their_chunk_are_filed_under_it(tmp_path):
    rows = [file_row("a", "kept") | {"chunk": "c00000"}, file_row("b", "kept") | {"chunk": "c00001"}]
    batch = pa.RecordBatch.from_pylist(rows, schema=filed_schema(WARC_FILES))
    parts = list(write_parts([("warc_files", batch)], target(tmp_path, WARC_FILES, None)))
    assert [(part.chunk, part.n_rows) for part in parts] == [("c00000", 1), ("c00001", 1)]
    assert (tmp_path / "chunk=c00001" / "part-00003.parquet").exists()


def test_picture_bytes_are_stored_uncompressed_and_text_is_not(tmp_path):
    row = {field.name: None for field in IMAGES.schema} | {
        "image_url_id": "i",
        "url": "http://a/",
        "source": "archive",
        "outcome": "kept",
        "attempts": 1,
        "elapsed_s": 0.0,
        "content_bytes": 3,
        "bytes": b"abc",
    }
    batch = pa.RecordBatch.from_pylist([row], schema=IMAGES.schema)
    (part,) = write_parts([("images", batch)], target(tmp_path, IMAGES))
    group = pq.ParquetFile(tmp_path / "chunk=c00000" / part.name).metadata.row_group(0)
    codecs = {group.column(i).path_in_schema: group.column(i).compression for i in range(group.num_columns)}
    assert codecs["bytes"] == "UNCOMPRESSED"
    assert codecs["url"] == "ZSTD"
