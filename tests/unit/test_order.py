import math
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus
from corpus.errors import SettingsError
from corpus.publish.publication import Sizes, prepare
from corpus.publish.publish import How, publish
from corpus.publish.rows import Choice
from corpus.release.manifest import read_release_manifest
from corpus.release.order import LAST, cuts, order_of, range_of, rank
from corpus.validate.validate import validate
from tests.unit.stored_build import write_build

SMALL = Sizes(shard_bytes=15_000, row_group_bytes=2_000)
FLOATS = st.floats(width=32, allow_nan=False)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return write_build(tmp_path_factory.mktemp("order") / "build")


def release(build, out, order_by, **options):
    publish(prepare(build, str(out), Choice(order_by=order_by, **options), SMALL), How(), lambda text: None)
    return str(out)


def values(uri, column):
    return [value for batch in corpus.open(uri, [column]) for value in batch[0].to_pylist()]


@given(FLOATS, FLOATS)
def test_ranks_are_in_the_order_of_the_values(a, b):
    assert (rank(a, False) < rank(b, False)) == (a < b)
    assert (rank(a, True) < rank(b, True)) == (a > b)
    assert max(rank(a, False), rank(a, True)) < LAST == rank(None, False) == rank(math.nan, True)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=200), st.integers(1, 9))
def test_every_place_is_in_the_one_range_that_begins_before_it(found, n_shards):
    begins = cuts(found, n_shards)
    assert len(begins) == n_shards
    for place in found:
        number = range_of(place, begins)
        assert begins[number] <= place
        assert all(begin > place for begin in begins[number + 1 :])


@pytest.mark.parametrize(
    ("order_by", "descending"),
    [
        ("mean_matched_sim", False),
        ("mean_matched_sim desc", True),
        ("shuffle_z desc", True),
        ("in_ff desc", True),
    ],
)
def test_rows_stand_in_the_order_of_a_score_of_noise_or_a_tier_over_all_files(
    build, tmp_path, order_by, descending
):
    out, column = release(build, tmp_path / "release", order_by), order_by.split()[0]
    found = values(out, column)
    assert found == sorted(values(build, column), reverse=descending)
    assert sorted(values(out, "document_id")) == sorted(values(build, "document_id"))
    manifest = read_release_manifest(out)
    assert len(manifest.files) > 2
    assert manifest.choice["order_by"] == order_by
    assert max(file.rows for file in manifest.files) <= 2 * 60 / len(manifest.files)
    assert (
        f"in the order of `{order_by}`, equal ones shuffled" in (tmp_path / "release/README.md").read_text()
    )
    assert list(validate(out, lambda text: None)) == []


def test_files_are_of_one_size_although_all_values_are_equal(build, tmp_path):
    out = release(build, tmp_path / "release", "in_core")
    manifest = read_release_manifest(out)
    assert min(file.rows for file in manifest.files) >= 60 // len(manifest.files) - 1
    assert list(validate(out, lambda text: None)) == []


def test_each_licence_has_an_order_of_its_own(build, tmp_path):
    out = release(build, tmp_path / "release", "sample_key", per_license=True)
    manifest = read_release_manifest(out)
    for group in {file.group for file in manifest.files}:
        paths = [file.path for file in manifest.files if file.group == group]
        found = [
            value for path in paths for value in pq.read_table(f"{out}/{path}")["sample_key"].to_pylist()
        ]
        assert found == sorted(found)
    assert list(validate(out, lambda text: None)) == []


def test_a_row_out_of_the_order_of_its_column_is_found(build, tmp_path):
    out = release(build, tmp_path / "release", "mean_matched_sim")
    first, last = (read_release_manifest(out).files[at] for at in (0, -1))
    shutil.copy(f"{out}/{last.path}", tmp_path / "last.parquet")
    rows = pq.read_table(f"{out}/{first.path}")
    reader = validate_rows(out, first, rows.take(list(range(rows.num_rows - 1, -1, -1))))
    assert "is not in the order of mean_matched_sim" in reader
    assert "belongs into file" in validate_rows(out, first, pq.read_table(tmp_path / "last.parquet"))


def validate_rows(out, file, table):
    from corpus.validate.order import OrderOfFile

    order = OrderOfFile(read_release_manifest(out), file, lambda other: ())
    return "; ".join(what for batch in table.to_batches() for _, what in order.check(batch))


@pytest.mark.parametrize("order_by", ["nothing", "language", "image_info", "mean_matched_sim up", ""])
def test_an_order_that_is_none_is_refused_beside_the_columns_that_make_one(order_by):
    schema = pa.schema([("mean_matched_sim", pa.float32()), ("language", pa.string())])
    with pytest.raises(SettingsError, match=r"columns are \['mean_matched_sim'\]"):
        order_of(0, order_by, schema)
