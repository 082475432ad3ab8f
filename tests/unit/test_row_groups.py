import threading

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import fs

from corpus.release.ahead import ahead
from corpus.release.row_groups import read_row_groups

LOCAL = fs.LocalFileSystem()


def write(path, n_rows, row_group_size):
    numbers = [None if n % 5 == 4 else 2 * n for n in range(n_rows)]
    table = pa.table({"n": numbers, "heavy": [bytes([n % 256]) * 100 for n in range(n_rows)]})
    pq.write_table(table, path, row_group_size=row_group_size, compression="none", use_dictionary=False)


def rows(batches):
    return [row for batch in batches for row in batch.to_pylist()]


@given(
    n_rows=st.integers(1, 400),
    row_group_size=st.integers(1, 150),
    bound=st.integers(-1, 801),
    columns=st.none() | st.lists(st.sampled_from(["n", "heavy"]), min_size=1, unique=True),
)
def test_the_rows_are_those_of_the_table_for_which_the_expression_is_true(
    tmp_path_factory, n_rows, row_group_size, bound, columns
):
    path = str(tmp_path_factory.mktemp("rows") / "file.parquet")
    write(path, n_rows, row_group_size)
    where = pc.field("n") >= bound
    found = list(read_row_groups(LOCAL, path, columns, where))
    assert rows(found) == pq.read_table(path, filters=where).select(columns or ["n", "heavy"]).to_pylist()
    assert all(0 < batch.num_rows <= 64 for batch in found)


def test_row_groups_are_read_by_their_number(tmp_path):
    path = str(tmp_path / "file.parquet")
    write(path, 100, 30)
    assert [row["n"] for row in rows(read_row_groups(LOCAL, path, ["n"], numbers=[0, 3]))] == [
        None if n % 5 == 4 else 2 * n for n in (*range(30), *range(90, 100))
    ]


def test_other_columns_are_not_read_where_no_row_fits_whatever_statistics_say(tmp_path):
    path = str(tmp_path / "file.parquet")
    write(path, 100, 30)
    data = bytearray((tmp_path / "file.parquet").read_bytes())
    for number in range(4):
        chunk = pq.read_metadata(path).row_group(number).column(1)
        assert chunk.path_in_schema == "heavy"
        data[chunk.data_page_offset : chunk.data_page_offset + chunk.total_compressed_size] = bytes(
            chunk.total_compressed_size
        )
    (tmp_path / "file.parquet").write_bytes(data)
    assert rows(read_row_groups(LOCAL, path, where=pc.field("n") == 21)) == []
    with pytest.raises(OSError, match=r"(?i)page|thrift"):
        rows(read_row_groups(LOCAL, path, where=pc.field("n") == 22))


@given(items=st.lists(st.integers(), max_size=20), n=st.integers(1, 5))
def test_what_is_made_ahead_comes_in_order(items, n):
    assert list(ahead(iter(items), n)) == items


def test_an_error_comes_behind_what_was_made_before_it():
    def items():
        yield 1
        yield 2
        raise OSError("the disk is gone")

    found = ahead(items(), 4)
    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(OSError, match="the disk is gone"):
        next(found)


def test_who_wants_no_more_leaves_no_thread_behind_and_little_is_made_in_vain():
    made = []
    found = ahead((made.append(n) or n for n in range(100)), 3)
    before = threading.active_count()
    assert [next(found), next(found)] == [0, 1]
    assert threading.active_count() == before + 1
    found.close()
    assert threading.active_count() == before
    assert made == list(range(len(made)))
    assert 2 <= len(made) <= 2 + 3
