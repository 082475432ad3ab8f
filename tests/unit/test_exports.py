import base64
import json
import tarfile
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import webdataset

from corpus.cli import main
from corpus.errors import InputError, OutputError, SettingsError
from corpus.exports import export as exporting
from corpus.exports.documents import Wanted, documents_of
from corpus.exports.export import export
from corpus.exports.formats import formats
from corpus.exports.mmc4 import mmc4_record, without_markers
from corpus.exports.places import UNFINISHED
from corpus.exports.shared_urls import shared_urls, url_hash
from corpus.verbs.export import FORMATS
from tests.unit.exported import KEYS, export_to, rows_of, sequence_of, write_release

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)

N_DOCUMENTS = 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module")
def release(folder):
    return write_release(folder, N_DOCUMENTS)


@pytest.fixture(scope="module")
def rows(release):
    return rows_of(release)


@pytest.fixture
def exported(release, tmp_path):
    def make(name, **wanted):
        return export_to(tmp_path / name, release, name, **wanted)

    return make


def joined(sequence):
    """The same with sentences between pictures as one text."""
    found = []
    for item in sequence:
        if isinstance(item, str) and found and isinstance(found[-1], str):
            found[-1] += " " + item
        else:
            found.append(item)
    return found


def lines_of(out):
    return [
        (json.loads(line), path.with_suffix(""))
        for path in sorted(out.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]


def told(out):
    return json.loads((out / "export.json").read_text())


def test_the_command_knows_every_format():
    assert tuple(formats(False)) == FORMATS


def test_mmc4_has_each_picture_at_its_sentence_with_its_bytes_and_similarities(exported, rows):
    out = exported("mmc4")
    lines = lines_of(out)
    assert len(list(out.glob("*.jsonl"))) > 2
    assert len(lines) == len(rows)
    for (said, pictures), row in zip(lines, rows, strict=True):
        assert said["url"] == row["url"]
        assert said["text_list"] == row["text_list"]
        assert said["similarity_matrix"] == row["similarity_matrix"]
        assert said["could_have_url_duplicate"] == 0
        for said_info, info, image in zip(said["image_info"], row["image_info"], row["images"], strict=True):
            assert (pictures / said_info["image_name"]).read_bytes() == image["bytes"]
            assert {name: said_info[name] for name in info} == info
            assert said_info["face_detections"] is None


def test_mmc4_of_references_has_no_folder_of_pictures(exported, rows):
    out = exported("mmc4", references=True)
    assert [path for path in out.iterdir() if path.is_dir()] == []
    urls = [[info["raw_url"] for info in said["image_info"]] for said, _ in lines_of(out)]
    assert urls == [[info["raw_url"] for info in row["image_info"]] for row in rows]


def test_a_url_that_two_documents_have_is_told_of(release):
    shared = shared_urls(["https://a.example/1", "HTTPS://a.example:443/1", "https://a.example/2"])
    assert shared == {url_hash("https://a.example/1")}
    document = next(documents_of(release, Wanted()))
    assert mmc4_record(document, True)["could_have_url_duplicate"] == 1


def test_pictures_that_are_not_wanted_free_their_sentences(exported, rows):
    crowded = [
        row
        for row in rows
        if len(row["image_info"]) > len({i["matched_text_index"] for i in row["image_info"]})
    ]
    assert crowded
    out = exported("mmc4", images_where="dom_index > 0")
    by_id = {row["document_id"]: row for row in rows}
    n_pictures = 0
    for said, _ in lines_of(out):
        row = by_id[said["document_id"]]
        n_pictures += len(said["image_info"])
        assert all(info["dom_index"] > 0 for info in said["image_info"])
        rows_of = dict(
            zip((i["dom_index"] for i in row["image_info"]), row["similarity_matrix"], strict=True)
        )
        for info, similarities in zip(said["image_info"], said["similarity_matrix"], strict=True):
            assert similarities == rows_of[info["dom_index"]]
            assert info["matched_sim"] == pytest.approx(similarities[info["matched_text_index"]])
    facts = told(out)
    assert facts["images"] == n_pictures < sum(len(row["image_info"]) for row in rows)
    assert facts["documents"] == N_DOCUMENTS
    assert facts["documents_without_images"] == sum(
        len(row["image_info"]) == 1 for row in rows if row["image_info"][0]["dom_index"] == 0
    )


def samples_of(out):
    urls = sorted(str(path) for path in out.glob("*.tar"))
    return list(webdataset.WebDataset(urls, shardshuffle=False))


def test_open_flamingo_finds_the_match_by_the_highest_similarity(exported, rows):
    for sample, row in zip(samples_of(exported("open-flamingo")), rows, strict=True):
        said = json.loads(sample["json"])
        found = [values.index(max(values)) for values in said["similarity_matrix"]]
        assert found == [info["matched_text_index"] for info in row["image_info"]] == sorted(found)
        assert [base64.b64decode(info["image_base64"]) for info in said["image_info"]] == [
            image["bytes"] for image in row["images"]
        ]
        assert said["cosine_matrix"] == row["similarity_matrix"]


def test_a_marker_in_a_text_takes_no_picture():
    assert without_markers("see <image> and <|endofchunk|> <img>") == "see <IMAGE> and <|ENDOFCHUNK|> <img>"


@pytest.mark.parametrize("placement", KEYS)
def test_webdataset_reads_texts_and_pictures_in_order(exported, rows, placement):
    out = exported("webdataset", placement=placement)
    assert len(list(out.glob("*.tar"))) > 2
    for sample, row in zip(samples_of(out), rows, strict=True):
        said = json.loads(sample["json"])
        assert sample["__key__"] == said["document_id"] == row["document_id"]
        items = [
            sample[image] if text is None else text
            for text, image in zip(said["texts"], said["images"], strict=True)
        ]
        assert items == sequence_of(row, placement)
        assert [info["raw_url"] for info in said["image_info"]] == [
            info["raw_url"] for info in sorted(row["image_info"], key=lambda info: order_of(info, placement))
        ]


def order_of(info, placement):
    key = KEYS[placement]
    return info[key], info["dom_index"]


@pytest.mark.parametrize("placement", KEYS)
def test_datasets_reads_obelics_as_lists_of_texts_and_pictures(exported, rows, placement, tmp_path):
    out = exported("obelics", placement=placement)
    files = sorted(map(str, out.glob("*.parquet")))
    assert len(files) > 1
    found = datasets.load_dataset(
        "parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache")
    )
    assert found[0]["images"][[text is None for text in found[0]["texts"]].index(True)].size == (40, 30)
    raw = [row for file in files for row in pq.read_table(file).to_pylist()]
    for said, row in zip(raw, rows, strict=True):
        assert all(
            (text is None) != (image is None)
            for text, image in zip(said["texts"], said["images"], strict=True)
        )
        items = [
            text if image is None else image["bytes"]
            for text, image in zip(said["texts"], said["images"], strict=True)
        ]
        assert items == joined(sequence_of(row, placement))
        metadata = json.loads(said["metadata"])
        assert [each is None for each in metadata] == [image is None for image in said["images"]]
        assert {each["src"] for each in metadata if each} == {info["raw_url"] for info in row["image_info"]}
        assert json.loads(said["general_metadata"])["url"] == row["url"]


def test_obelics_of_references_has_urls(exported, rows):
    out = exported("obelics", references=True)
    found = pq.read_table(out / "train-00000.parquet")
    assert found.schema.field("images").type == pa.list_(pa.string())
    assert [url for url in found["images"][0].as_py() if url] == [
        info["raw_url"] for info in rows[0]["image_info"]
    ]


def test_a_picture_can_stand_behind_its_sentence(exported, rows):
    for sample, row in zip(samples_of(exported("webdataset", side="after")), rows, strict=True):
        said = json.loads(sample["json"])
        matched = [info["matched_text_index"] for info in row["image_info"]]
        before = [
            sum(text is not None for text in said["texts"][:at])
            for at, image in enumerate(said["images"])
            if image
        ]
        assert [n - 1 for n in before] == matched


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_release_makes_the_same_bytes(exported, name, tmp_path):
    first = exported(name).rename(tmp_path / "first")
    second = exported(name)
    assert bytes_of(first) == bytes_of(second)


def bytes_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", FORMATS)
def test_a_killed_export_leaves_nothing_under_its_name_and_can_be_run_again(
    exported, name, tmp_path, monkeypatch
):
    write_json = exporting.write_json

    def killed(uri, value):
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "write_json", killed)
    with pytest.raises(KeyboardInterrupt):
        exported(name)
    assert [path.name for path in tmp_path.iterdir()] == [name + UNFINISHED]
    monkeypatch.setattr(exporting, "write_json", write_json)
    assert told(exported(name))["documents"] == N_DOCUMENTS
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_manifest_counts_every_document(exported):
    facts = told(exported("webdataset"))
    assert sum(file["documents"] for file in facts["files"]) == facts["documents"] == N_DOCUMENTS
    assert facts["files"][0]["name"] == "000000.tar"


def test_an_export_that_fails_leaves_the_disk_as_it_was(exported, tmp_path, monkeypatch):
    def full(uri, value):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "write_json", full)
    with pytest.raises(OSError, match="No space left"):
        exported("webdataset")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_of_no_document_is_none(exported, name, tmp_path):
    with pytest.raises(
        InputError, match="has no document that fits 'mean_matched_sim > 5'; nothing was exported"
    ):
        exported(name, where="mean_matched_sim > 5")
    assert list(tmp_path.iterdir()) == []


def test_a_finished_export_in_the_way_is_told_from_other_things(exported):
    exported("webdataset")
    with pytest.raises(OutputError, match="webdataset holds a finished export; choose"):
        exported("webdataset")


def test_a_folder_that_holds_other_things_is_left_alone(release, tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(OutputError, match="other things"):
        export(release, str(tmp_path), "mmc4", Wanted(), None, print)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("name", "wanted", "message"),
    [
        ("webdataset", Wanted(references=True), "mmc4, obelics"),
        ("mmc4", Wanted(placement="page"), "--placement"),
        ("open-flamingo", Wanted(placement="fused"), "--placement"),
        ("open-flamingo", Wanted(side="after"), "--side"),
    ],
)
def test_what_a_format_cannot_carry_is_refused_before_anything_is_written(
    release, tmp_path, name, wanted, message
):
    with pytest.raises(SettingsError, match=message):
        export(release, str(tmp_path / "out"), name, wanted, None, print)
    assert list(tmp_path.iterdir()) == []


def test_a_release_of_references_has_no_bytes_to_export(folder, tmp_path):
    out = str(tmp_path / "references")
    assert main(["publish", str(folder / "build"), "--to", out, "--references"]) == 0
    with pytest.raises(InputError, match="--references"):
        export(out, str(tmp_path / "tars"), "webdataset", Wanted(), None, lambda text: None)
    assert not (tmp_path / "tars").exists()


def test_a_tar_tells_nothing_of_the_machine(exported):
    with tarfile.open(exported("webdataset") / "000000.tar") as tar:
        assert {(member.mtime, member.uid, member.uname) for member in tar} == {(0, 0, "")}


def test_the_command_exports(release, tmp_path, capsys):
    assert (
        main(["export", "webdataset", release, str(tmp_path / "out"), "--where", "mean_matched_sim > 0.3"])
        == 0
    )
    n_documents = len(samples_of(tmp_path / "out"))
    assert 0 < n_documents < N_DOCUMENTS
    assert f"{n_documents} documents" in capsys.readouterr().out
    assert Path(tmp_path / "out" / "export.json").exists()
