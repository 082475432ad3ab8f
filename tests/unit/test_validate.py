import hashlib
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus import cli
from corpus.errors import InputError
from corpus.publish.publication import Sizes, prepare
from corpus.publish.publish import How, publish
from corpus.publish.rows import Choice
from corpus.validate.validate import validate
from tests.unit.stored_build import write_build


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("validate")
    build = write_build(folder / "build")
    publish(
        prepare(build, str(folder / "release"), Choice(), Sizes(40_000, 20_000)), How(), lambda text: None
    )
    return folder / "release"


@pytest.fixture
def release(whole, tmp_path):
    """A copy to plant a fault in."""
    return Path(shutil.copytree(whole, tmp_path / "release"))


def faults(release):
    return [str(fault) for fault in validate(str(release), lambda text: None)]


def manifest_of(release):
    return json.loads((release / "manifest.json").read_text())


def first_path(release):
    return manifest_of(release)["files"][0]["path"]


def sign(release, **changes):
    """Write the manifest anew, so that it tells the truth about bytes and hashes; `changes` are of the first file."""
    manifest = manifest_of(release)
    for file in manifest["files"]:
        data = (release / file["path"]).read_bytes()
        file |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        parquet = pq.read_metadata(release / file["path"])
        row_groups = [parquet.row_group(at).num_rows for at in range(parquet.num_row_groups)]
        file |= {"rows": parquet.num_rows, "row_groups": row_groups}
    manifest["files"][0] |= changes
    for name in ("rows", "bytes", "images"):
        manifest[name] = sum(file[name] for file in manifest["files"])
    (release / "manifest.json").write_text(json.dumps(manifest))


def plant(release, change, row=2):
    """Let `change` alter one row, as a dict, of the first file; the path of the file."""
    path = first_path(release)
    table = pq.read_table(release / path)
    rows = table.to_pylist()
    change(rows[row])
    n_images = sum(len(each["images"]) for each in rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), release / path)
    sign(release, images=n_images)
    return path


def with_two_pictures(release):
    """A row of the first file in which two pictures stand at different sentences."""
    rows = pq.read_table(release / first_path(release)).to_pylist()
    return next(
        at
        for at, row in enumerate(rows)
        if len({info["matched_text_index"] for info in row["image_info"]}) > 1
    )


def test_a_whole_release_has_no_fault(release):
    assert faults(release) == []


def test_a_missing_file_is_found(release):
    path = first_path(release)
    (release / path).unlink()
    assert faults(release) == [
        f"{path}: is named by manifest.json, but is not there; get this file anew, or remove it and publish again"
    ]


def test_a_truncated_file_is_found(release):
    path = first_path(release)
    data = (release / path).read_bytes()
    (release / path).write_bytes(data[:-9])
    (fault,) = faults(release)
    assert fault.startswith(f"{path}: has {len(data) - 9} bytes, but manifest.json says {len(data)};")


def test_a_flipped_byte_is_found(release):
    path = first_path(release)
    data = bytearray((release / path).read_bytes())
    data[len(data) // 3] ^= 1
    (release / path).write_bytes(data)
    (fault,) = faults(release)
    assert fault.startswith(f"{path}: has sha256 ")


def test_a_flipped_byte_in_a_paper_is_found(release):
    data = bytearray((release / "README.md").read_bytes())
    data[50] ^= 1
    (release / "README.md").write_bytes(data)
    (fault,) = faults(release)
    assert fault.startswith("README.md: has sha256 ")


def test_a_wrong_number_of_rows_is_found(release):
    sign(release, rows=99)
    path = first_path(release)
    n_rows = pq.read_metadata(release / path).num_rows
    assert faults(release) == [
        f"{path}: has {n_rows} rows, but manifest.json says 99; get this file anew, or remove it and publish again"
    ]


def test_totals_that_do_not_add_up_are_found(release):
    manifest = manifest_of(release)
    (release / "manifest.json").write_text(json.dumps({**manifest, "rows": 61}))
    (fault,) = faults(release)
    assert fault.startswith("manifest.json: says 61 rows, but its files have 60;")


def test_a_foreign_file_is_found(release):
    foreign = Path(first_path(release)).parent / "train-00009-of-00009.parquet"
    shutil.copy(release / first_path(release), release / foreign)
    assert faults(release) == [
        f"{foreign}: is not named by manifest.json, but readers may take it in; remove it"
    ]


def test_what_a_killed_publication_left_is_found(release):
    (release / "_publish" / "0123456789ab").mkdir(parents=True)
    (release / "_publish" / "0123456789ab" / "000000.json").write_text("{}")
    (fault,) = faults(release)
    assert fault.endswith("was left by a publication that did not end; run it again")


def test_a_wrong_schema_is_found(release):
    path = first_path(release)
    table = pq.read_table(release / path)
    at = table.schema.get_field_index("n_words")
    pq.write_table(table.set_column(at, "n_words", table["n_words"].cast(pa.int64())), release / path)
    sign(release)
    (fault,) = faults(release)
    assert fault.startswith(
        f"{path}: column n_words is of type int64, but manifest.json says int32 not null;"
    )


def test_a_missing_column_is_found(release):
    path = first_path(release)
    pq.write_table(pq.read_table(release / path).drop_columns(["title"]), release / path)
    sign(release)
    (fault,) = faults(release)
    assert fault.startswith(f"{path}: has no column title;")


@pytest.mark.parametrize("index", [-1, 100])
def test_an_index_out_of_range_is_found(release, index):
    def change(row):
        row["image_info"] = [{**row["image_info"][0], "matched_text_index": index}]
        row["n_images"] = 1
        for name in ("images", "similarity_matrix", "page_matrix"):
            row[name] = row[name][:1]

    path = plant(release, change)
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: matched_text_index is {index}, but there are ")


def test_a_place_behind_the_end_of_the_page_is_found(release):
    path = plant(release, lambda row: row["image_info"][0].update(dom_text_index=77))
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: dom_text_index is 77, but there are ")


@pytest.mark.parametrize("index", [-1, 100])
def test_a_fused_index_out_of_range_is_found(release, index):
    path = plant(release, lambda row: row["image_info"][0].update(fused_text_index=index))
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: fused_text_index is {index}, but there are ")


@pytest.mark.parametrize("change", [lambda page: page.pop(), lambda page: page[0].pop()])
def test_what_the_page_says_of_other_pairs_than_there_are_is_found(release, change):
    path = plant(release, lambda row: change(row["page_matrix"]))
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: page_matrix is not of ")


def test_a_release_that_does_not_know_its_pages_is_whole(release):
    def change(row):
        row["page_matrix"] = None
        for info in row["image_info"]:
            info["fused_text_index"] = None

    plant(release, change)
    assert faults(release) == []


@pytest.mark.parametrize("name", ["n_sentences", "n_images"])
def test_a_wrong_count_is_found(release, name):
    path = plant(release, lambda row: row.update({name: row[name] + 1}))
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: {name} is ")


def test_images_and_image_info_of_different_lengths_are_found(release):
    path = plant(release, lambda row: row["images"].append(row["images"][0]))
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: ")
    assert "entries in image_info; build and publish again" in fault


def test_a_picture_that_cannot_be_decoded_is_found(release):
    def change(row):
        row["images"][0]["bytes"] = row["images"][0]["bytes"][:200]

    path = plant(release, change)
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: picture ")
    assert "cannot be decoded (truncated" in fault


def test_a_picture_of_another_type_than_told_is_found(release):
    path = plant(release, lambda row: row["image_info"][0].update(media_type="image/jpeg"))
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: picture ")
    assert "is image/png of 40 x 30 px, but image_info says image/jpeg of 40 x 30 px" in fault


def test_a_picture_without_bytes_is_found(release):
    path = plant(release, lambda row: row["images"][0].update(bytes=None))
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: picture ")
    assert "has no bytes" in fault


def test_a_picture_of_another_name_is_found(release):
    path = plant(release, lambda row: row["images"][0].update(path="other.png"))
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: images has path other.png where image_info has image_name ")


def test_a_matrix_with_too_few_columns_is_found(release):
    path = plant(release, lambda row: row["similarity_matrix"][0].pop())
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: similarity_matrix has ")
    assert "columns, but text_list" in fault


def test_a_matrix_with_too_many_rows_is_found(release):
    path = plant(release, lambda row: row["similarity_matrix"].append(row["similarity_matrix"][0]))
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: similarity_matrix has ")
    assert "rows, but image_info" in fault


def test_a_similarity_that_is_not_that_of_the_matrix_is_found(release):
    path = plant(release, lambda row: row["image_info"][0].update(matched_sim=0.9))
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row 2: matched_sim is 0.900000, but similarity_matrix has 0.310000;")


def test_a_document_twice_in_one_file_is_found(release):
    path = first_path(release)
    table = pq.read_table(release / path)
    pq.write_table(pa.concat_tables([table, table.slice(1, 1)]), release / path)
    n_images = sum(len(each) for each in table["images"].to_pylist())
    sign(release, images=n_images + len(table["images"][1]))
    (fault,) = faults(release)
    document_id = table["document_id"][1].as_py()
    assert fault == (
        f"{path}, row {table.num_rows}: document_id {document_id} stands in row 1 too; build and publish again"
    )


def test_a_document_in_two_files_is_found(release):
    path, other = (file["path"] for file in manifest_of(release)["files"][:2])
    table, row = pq.read_table(release / path), pq.read_table(release / other).slice(3, 1)
    pq.write_table(pa.concat_tables([table, row]), release / path)
    sign(release, images=sum(len(each) for each in table["images"].to_pylist()) + len(row["images"][0]))
    (fault,) = faults(release)
    document_id = row["document_id"][0].as_py()
    assert fault.startswith(f"{path}, row {table.num_rows}: document_id {document_id} stands in {other} too;")


def test_documents_out_of_order_are_found(release):
    path = first_path(release)
    table = pq.read_table(release / path)
    n = table.num_rows
    pq.write_table(table.take([*range(n - 2), n - 1, n - 2]), release / path)
    sign(release)
    (fault,) = faults(release)
    assert fault.startswith(f"{path}, row {n - 1}: document_id ")
    assert "is not in the order of seed 0" in fault


def test_unsorted_image_info_is_found(release):
    def change(row):
        for name in ("image_info", "images", "similarity_matrix"):
            row[name].reverse()

    row = with_two_pictures(release)
    path = plant(release, change, row)
    assert faults(release) == [
        f"{path}, row {row}: image_info is not sorted by matched_text_index, then dom_index; "
        "build and publish again"
    ]


def test_a_release_of_references_is_whole_without_bytes(tmp_path):
    build = write_build(tmp_path / "build", 9)
    out = str(tmp_path / "release")
    publish(prepare(build, out, Choice(references=True), Sizes()), How(), lambda text: None)
    assert faults(tmp_path / "release") == []


def test_what_is_no_release_is_one_clear_error(tmp_path):
    with pytest.raises(InputError, match=r"no manifest\.json"):
        faults(tmp_path)


def test_the_command_publishes_validates_and_fails_on_a_fault(tmp_path, capsys):
    build, out = write_build(tmp_path / "build", 9), str(tmp_path / "release")
    assert cli.main(["publish", build, "--to", out]) == 0
    assert cli.main(["validate", out, "--processes", "1"]) == 0
    found = capsys.readouterr()
    assert "is whole: 9 documents" in found.out
    assert found.err.endswith("1 of 1 files looked at\n")
    Path(out, "settings.json").unlink()
    assert cli.main(["validate", out, "--processes", "1"]) == 1
    found = capsys.readouterr()
    assert "settings.json: is named by manifest.json, but is not there" in found.out
    assert "has 1 fault(s)" in found.err
