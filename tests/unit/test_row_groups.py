import threading
import time
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import fs

from corpus.release.abreast import N_THREADS, abreast
from corpus.release.row_groups import kept, open_file, row_groups

LOCAL = fs.LocalFileSystem()


def write(path, n_rows, row_group_size):
    numbers = [None if n % 5 == 4 else 2 * n for n in range(n_rows)]
    table = pa.table({"n": numbers, "heavy": [bytes([n % 256]) * 100 for n in range(n_rows)]})
    pq.write_table(table, path, row_group_size=row_group_size, compression="none", use_dictionary=False)


def read_row_groups(path, columns=None, where=None, numbers=None, single=False):
    return chain.from_iterable(row_groups(open_file(LOCAL, path), columns, where, numbers, single))


def rows(batches):
    return [row for batch in batches for row in batch.to_pylist()]


@given(
    n_rows=st.integers(1, 400),
    row_group_size=st.integers(1, 150),
    bound=st.integers(-1, 801),
    columns=st.none() | st.lists(st.sampled_from(["n", "heavy"]), min_size=1, unique=True),
    single=st.booleans(),
)
def test_the_rows_are_those_of_the_table_for_which_the_expression_is_true(
    tmp_path_factory, n_rows, row_group_size, bound, columns, single
):
    path = str(tmp_path_factory.mktemp("rows") / "file.parquet")
    write(path, n_rows, row_group_size)
    where = pc.field("n") >= bound
    found = list(read_row_groups(path, columns, where, single=single))
    assert rows(found) == pq.read_table(path, filters=where).select(columns or ["n", "heavy"]).to_pylist()
    assert all(0 < batch.num_rows <= 64 for batch in found)


def test_row_groups_are_read_by_their_number(tmp_path):
    path = str(tmp_path / "file.parquet")
    write(path, 100, 30)
    assert [row["n"] for row in rows(read_row_groups(path, ["n"], numbers=[0, 3]))] == [
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
    assert rows(read_row_groups(path, where=pc.field("n") == 21)) == []
    with pytest.raises(OSError, match=r"(?i)page|thrift"):
        rows(read_row_groups(path, where=pc.field("n") == 22))


def test_nothing_is_read_behind_the_last_row_that_fits():
    read = []
    batches = (read.append(n) or pa.record_batch({"n": [n, n]}) for n in range(9))
    found = kept(batches, pa.array([False] * 5 + [True] + [None] * 12))
    assert rows(found) == [{"n": 2}]
    assert read == [0, 1, 2]


@given(
    sources=st.lists(st.lists(st.integers(), max_size=6), max_size=8),
    n_begun=st.integers(1, 5),
    n_items=st.integers(1, 3),
)
def test_what_is_read_side_by_side_comes_in_order(sources, n_begun, n_items):
    assert list(abreast(map(iter, sources), n_begun, n_items)) == list(chain(*sources))


def failing():
    yield 1
    yield 2
    raise OSError("the disk is gone")


def test_an_error_comes_behind_what_was_read_before_it():
    found = abreast([iter([0]), failing(), iter([3])], 3, 4)
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(OSError, match="the disk is gone"):
        next(found)


def test_two_sources_are_read_at_the_same_time():
    together = threading.Barrier(N_THREADS, timeout=30)

    def source():
        together.wait()
        yield 1

    assert list(abreast([source(), source()], 2, 1)) == [1, 1]


def test_who_wants_no_more_leaves_no_thread_behind_and_little_is_read_in_vain():
    read = []
    n_threads = threading.active_count()
    found = abreast(((read.append(n) or n for n in range(100)) for _ in range(100)), 2, 3)
    assert [next(found), next(found)] == [0, 1]
    assert threading.active_count() == n_threads + N_THREADS
    found.close()
    assert threading.active_count() == n_threads
    # Of each source one more was read than there was room for, and of the first two were given.
    assert len(read) <= 2 + (3 + 1) + (3 + 1)
    assert max(read) < 6


def test_a_reader_that_waits_reads_no_further():
    read = []
    found = abreast([(read.append(n) or n for n in range(100))], 1, 3)
    assert next(found) == 0
    deadline = time.monotonic() + 30
    while len(read) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert read == [0, 1, 2, 3, 4]
    found.close()
    assert read == [0, 1, 2, 3, 4]
