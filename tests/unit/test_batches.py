import pyarrow as pa
import pytest

from corpus.errors import DataError
from corpus.spark.batches import check_batch, split_by_chunk
from corpus.tables.pages import WARC_FILES
from corpus.tables.product import ALIGNMENTS


def warc_file(**changes):
    row = {
        "warc_filename": "a",
        "outcome": "kept",
        "file_bytes": 1,
        "n_records": 1,
        "n_pages": 1,
        "n_captures": 0,
        "n_revisits": 0,
        "n_faults": 0,
        "fault": None,
        "fault_offset": None,
        "elapsed_s": 0.1,
    }
    return pa.RecordBatch.from_pylist([row | changes], schema=WARC_FILES.schema)


def test_a_good_batch_passes():
    assert check_batch(WARC_FILES, warc_file()).num_rows == 1


def test_swapped_columns_are_refused_though_their_types_agree():
    batch = warc_file()
    swapped = batch.select(["outcome", "warc_filename", *batch.schema.names[2:]])
    with pytest.raises(DataError, match="warc_files: columns are"):
        check_batch(WARC_FILES, swapped)


def test_a_wrong_type_is_refused_by_column():
    batch = warc_file()
    wrong = batch.set_column(2, "file_bytes", batch.column(2).cast(pa.int32()))
    with pytest.raises(DataError, match=r"warc_files\.file_bytes: type is int32, should be int64"):
        check_batch(WARC_FILES, wrong)


def test_a_null_where_none_is_promised_is_refused_by_row():
    with pytest.raises(DataError, match=r"warc_files\.outcome: null in row 0"):
        check_batch(WARC_FILES, warc_file(outcome=None))


def test_a_null_inside_a_list_of_structs_is_refused():
    image = {
        "dom_index": None,
        "outcome": "kept",
        "matched_text_index": 0,
        "matched_sim": 0.5,
        "best_text_index": 0,
        "best_sim": 0.5,
        "margin": None,
        "dom_text_index": 0,
    }
    row = {"document_id": "d", "images": [image], "similarity_matrix": [[0.5]]}
    with pytest.raises(DataError, match=r"alignments\.images\.dom_index: null"):
        check_batch(ALIGNMENTS, pa.RecordBatch.from_pylist([row], schema=ALIGNMENTS.schema))


def test_rows_are_split_into_runs_of_their_chunk():
    batch = pa.RecordBatch.from_pydict({"n": [1, 2, 3], "chunk": ["c0", "c0", "c1"]})
    assert [(chunk, rows.to_pydict()) for chunk, rows in split_by_chunk(batch)] == [
        ("c0", {"n": [1, 2]}),
        ("c1", {"n": [3]}),
    ]
