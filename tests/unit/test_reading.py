import subprocess
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus
from corpus.errors import DataError, InputError
from corpus.storage import write_json

NAMES = [f"data/train-0000{n}-of-00002.parquet" for n in range(2)]


def write_files(folder, n_rows=100):
    (folder / "data").mkdir()
    for number, name in enumerate(NAMES):
        numbers = range(number * n_rows, (number + 1) * n_rows)
        table = pa.table({"n": list(numbers), "mean_matched_sim": [n / 1000 for n in numbers]})
        pq.write_table(table, folder / name, row_group_size=30)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    write_files(folder)
    write_release(folder, NAMES)
    return folder


def write_release(folder, names):
    files = [{"path": name, "rows": 100, "bytes": (folder / name).stat().st_size} for name in names]
    write_json(str(folder / "manifest.json"), {"files": files})


def numbers(batches):
    return [n for batch in batches for n in batch.column("n").to_pylist()]


def test_a_release_is_read_in_the_order_of_its_manifest(release):
    batches = list(corpus.open(str(release)))
    assert numbers(batches) == list(range(200))
    assert max(batch.num_rows for batch in batches) <= 64
    assert numbers(corpus.open(f"file://{release}")) == list(range(200))


def test_a_build_is_read_by_the_files_it_names_and_no_others(tmp_path):
    write_files(tmp_path)
    write_json(str(tmp_path / "build.json"), {"interleaved": NAMES[1:]})
    assert numbers(corpus.open(str(tmp_path))) == list(range(100, 200))


@given(st.integers(-1, 201))
def test_the_expression_keeps_the_rows_for_which_it_is_true(release, bound):
    where = pc.field("mean_matched_sim") >= bound / 1000
    assert numbers(corpus.open(str(release), ["n"], where)) == list(range(max(bound, 0), 200))


def test_columns_come_in_the_order_asked_for(release):
    batch = next(corpus.open(str(release), ["mean_matched_sim", "n"]))
    assert batch.schema.names == ["mean_matched_sim", "n"]


def test_a_build_without_product_has_no_batches(tmp_path):
    write_json(str(tmp_path / "build.json"), {"interleaved": []})
    assert list(corpus.open(str(tmp_path))) == []


def test_an_unfinished_build_is_refused(tmp_path):
    write_files(tmp_path)
    with pytest.raises(InputError, match=r"neither build\.json nor manifest\.json"):
        corpus.open(str(tmp_path))


def test_an_unknown_column_is_named(release):
    with pytest.raises(InputError, match="wrods"):
        corpus.open(str(release), ["n", "wrods"])


@pytest.mark.parametrize("name", ["../data.parquet", "data/../../data.parquet", "/etc/passwd"])
def test_a_file_outside_the_folder_is_refused(tmp_path, name):
    write_json(str(tmp_path / "build.json"), {"interleaved": [name]})
    with pytest.raises(DataError, match="outside"):
        corpus.open(str(tmp_path))


def test_a_missing_file_is_an_error(tmp_path):
    write_json(str(tmp_path / "build.json"), {"interleaved": NAMES})
    with pytest.raises(DataError, match=r"train-00000-of-00002\.parquet, which is not there; get it anew"):
        corpus.open(str(tmp_path))


def test_a_truncated_file_of_a_release_is_an_error(tmp_path):
    write_files(tmp_path)
    write_release(tmp_path, NAMES)
    path = tmp_path / NAMES[1]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(
        DataError, match=r"train-00001-of-00002\.parquet with \d+ bytes, but it has \d+; get it anew"
    ):
        corpus.open(str(tmp_path))


def test_importing_the_package_imports_nothing_heavy():
    code = (
        "import sys, corpus; print([n for n in ('torch', 'pyspark', 'pyarrow', 'numpy') if n in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
