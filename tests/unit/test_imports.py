import gzip
import json
import zipfile

import numpy as np
import pytest

from corpus.cli import main
from corpus.errors import InputError
from corpus.imports.files import folder_of, lines_of, pictures_in
from corpus.imports.mmc4 import Line, read_line
from corpus.imports.obelics import read_row
from corpus.release.manifest import read_release_manifest
from tests.unit.drawn_pages import drawn_picture
from tests.unit.exported import export_to, rows_of, sequence_of, write_release

N_DOCUMENTS = 20
MMC4_EXAMPLE = {  # the numbers of the example in MMC4's README
    "url": "http://cars.example/48.html",
    "text_list": ["When you lock the door.", "Press the switch in.", "When you unlock the door."],
    "image_info": [
        {
            "face_detections": None,
            "image_name": "b9040a0dbb22.jpg",
            "matched_sim": 0.27694183588027954,
            "matched_text_index": 2,
            "raw_url": "http://cars.example/90.jpg",
        },
        {
            "face_detections": None,
            "image_name": "db1c21bc8474.jpg",
            "matched_sim": 0.3234919607639313,
            "matched_text_index": 1,
            "raw_url": "http://cars.example/91.jpg",
        },
    ],
    "similarity_matrix": [
        [0.24363446235656738, 0.31758785247802734, 0.27694183588027954],
        [0.2233106791973114, 0.3234919607639313, 0.26118797063827515],
    ],
    "could_have_url_duplicate": 0,
}


def line_of(said, offset=0):
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    return Line(data, "docs_shard_7.jsonl", offset)


def changed(**parts):
    return {**MMC4_EXAMPLE, **parts}


def infos_with(**parts):
    first, second = MMC4_EXAMPLE["image_info"]
    return [{**first, **parts}, second]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("imports")


@pytest.fixture(scope="module")
def release(folder):
    return write_release(folder, N_DOCUMENTS)


@pytest.fixture(scope="module")
def lines(folder, release):
    out = export_to(folder / "mmc4", release, "mmc4")
    return sorted(map(str, out.glob("*.jsonl")))


def test_what_was_exported_as_mmc4_comes_back(lines, release, tmp_path):
    out = str(tmp_path / "back")
    assert len(lines) > 2
    assert main(["import", "mmc4", *lines, "--out", out]) == 0
    assert main(["validate", out, "--processes", "1"]) == 0
    computed = {"margin", "regret", "entropy", "perceptual_hash"}
    pages = {"page_matrix", "fused_text_index"}  # MMC4 has no place for what a page says
    for there, back in zip(rows_of(release), rows_of(out), strict=True):
        for name in there.keys() - {"image_info", "mean_matched_sim", *pages}:
            assert back[name] == there[name], name
        assert back["page_matrix"] is None
        for info, info_back in zip(there["image_info"], back["image_info"], strict=True):
            assert {k: v for k, v in info_back.items() if k not in computed | pages} == {
                k: v for k, v in info.items() if k not in computed | pages
            }
            assert info_back["fused_text_index"] is None
        sims = [info["matched_sim"] for info in there["image_info"]]
        assert back["mean_matched_sim"] == pytest.approx(np.mean(sims))


def test_a_line_of_mmc4_without_pictures_is_a_row_of_references():
    read = read_line(line_of(MMC4_EXAMPLE), None, None)
    assert (read.outcome, read.images) == ("kept", {"kept": 2})
    first, second = read.row["image_info"]
    assert (first["matched_text_index"], second["matched_text_index"]) == (1, 2)
    assert first["matched_sim"] == pytest.approx(0.32349196)
    assert first["margin"] == pytest.approx(0.32349196 - 0.26118797)
    assert (second["regret"], second["dom_index"]) == (pytest.approx(0.31758785 - 0.27694184), 0)
    assert "width_px" not in first
    assert [image["bytes"] for image in read.row["images"]] == [None, None]
    assert read.row["similarity_matrix"][0] == pytest.approx(MMC4_EXAMPLE["similarity_matrix"][1])
    assert (read.row["crawl"], read.row["n_words"]) == ("", 14)


def test_the_same_line_elsewhere_is_another_document():
    ids = {read_line(line_of(MMC4_EXAMPLE, offset), None, None).row["document_id"] for offset in (0, 0, 900)}
    assert len(ids) == 2


def test_with_a_bound_pictures_are_assigned_anew_and_others_fall():
    said = changed(image_info=infos_with(matched_text_index=0))
    kept = read_line(line_of(said), None, None).row["image_info"]
    assert [info["matched_text_index"] for info in kept] == [0, 1]
    anew = read_line(line_of(said), None, -1.0).row["image_info"]
    assert [info["matched_text_index"] for info in anew] == [1, 2]
    read = read_line(line_of(said), None, 0.32)
    assert read.images == {"kept": 1, "min_similarity": 1}
    assert read.row["image_info"][0]["image_name"] == "db1c21bc8474.jpg"
    assert read_line(line_of(said), None, 0.5).outcome == "no_image"


def test_a_picture_that_is_gone_frees_its_sentence():
    picture = drawn_picture("a", (40, 30))
    said = changed(similarity_matrix=[[0.1, 0.2, 0.4], [0.1, 0.2, 0.3]])
    gone, there = (info["image_name"] for info in said["image_info"])
    read = read_line(line_of(said), {there: picture}.get, None)
    assert read.images == {"kept": 1, "no_file": 1}
    (info,) = read.row["image_info"]
    assert (info["matched_text_index"], info["width_px"], info["media_type"]) == (2, 40, "image/png")
    assert read.row["images"] == [{"bytes": picture, "path": there}]
    broken = read_line(line_of(said), {there: picture, gone: picture[:40]}.get, None)
    assert broken.images == {"kept": 1, "undecodable": 1}
    assert read_line(line_of(said), lambda name: None, None).images == {"no_file": 2}


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"{", id="cut_short"),
        pytest.param(b"[1]", id="no_object"),
        pytest.param(b"\xff\xfe{}", id="no_utf8"),
        pytest.param(b"[" * 100_000, id="nested_too_deep"),
        pytest.param(changed(url=None), id="no_url"),
        pytest.param(changed(text_list=["a", 1, "c"]), id="text_that_is_a_number"),
        pytest.param(changed(similarity_matrix=[[0.1, 0.2, 0.3]]), id="matrix_with_a_row_too_few"),
        pytest.param(changed(similarity_matrix=[[0.1, 0.2], [0.1, 0.2]]), id="matrix_with_a_column_too_few"),
        pytest.param(changed(similarity_matrix=[[0.1], [0.2, 0.3]]), id="ragged_matrix"),
        pytest.param(changed(similarity_matrix=[[float("nan")] * 3] * 2), id="matrix_of_nan"),
        pytest.param(
            changed(image_info=infos_with(matched_text_index=3)), id="match_behind_the_last_sentence"
        ),
        pytest.param(
            changed(image_info=infos_with(matched_text_index=-1)), id="match_before_the_first_sentence"
        ),
        pytest.param(changed(image_info=infos_with(raw_url=7)), id="url_that_is_a_number"),
    ],
)
def test_a_malformed_line_is_dropped_by_name(said):
    read = read_line(line_of(said), None, None)
    assert (read.row, read.outcome, read.images) == (None, "malformed", {})


def test_fields_of_other_types_than_ours_are_left_out():
    said = changed(language=["en"], fetch_time="yesterday", image_info=infos_with(dom_text_index=99, alt=5))
    row = read_line(line_of(said), None, None).row
    assert not {"language", "fetch_time"} & row.keys()
    second = row["image_info"][1]
    assert (second["dom_text_index"], "alt" in second) == (2, False)


def test_what_was_dropped_is_counted_beside_the_release(tmp_path, capsys):
    path = tmp_path / "docs.jsonl"
    empty = changed(image_info=[], similarity_matrix=[])
    path.write_bytes(b"\n".join([json.dumps(MMC4_EXAMPLE).encode(), b"{", json.dumps(empty).encode()]))
    out = str(tmp_path / "out")
    assert main(["import", "mmc4", str(path), "--out", out]) == 0
    assert json.loads((tmp_path / "out" / "import.json").read_text())["counts"] == {
        "documents": {"kept": 1, "malformed": 1, "no_image": 1},
        "images": {"kept": 2},
    }
    assert read_release_manifest(out).choice["references"] is True
    assert main(["validate", out, "--processes", "1"]) == 0
    assert "malformed" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["zip", "gz", "plain"])
def test_lines_are_read_from_plain_and_compressed_files(tmp_path, form):
    data = b'{"a": 1}\n\n{"b": 2}\n'
    path = tmp_path / f"docs.jsonl.{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("docs.jsonl", data)
    else:
        path.write_bytes(gzip.compress(data) if form == "gz" else data)
    assert [(line.data, line.offset) for line in lines_of(str(path))] == [
        (b'{"a": 1}\n', 0),
        (b'{"b": 2}\n', 10),
    ]


def test_a_file_that_ends_early_is_one_clear_error(tmp_path):
    path = tmp_path / "docs.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 10_000)[:-20])
    with pytest.raises(InputError, match="cannot be read at byte"):
        list(lines_of(str(path)))


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "..", "", "a\0b", "folder/x.png"])
def test_a_name_that_leads_out_of_the_folder_is_no_picture(tmp_path, name):
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "in").mkdir()
    assert pictures_in(str(tmp_path / "in"))(name) is None


def test_pictures_lie_beside_the_file_in_a_folder_of_its_name():
    assert folder_of("data/docs_shard_3_v2.jsonl.zip") == "data/docs_shard_3_v2"


def test_the_same_file_twice_is_refused(lines, tmp_path, capsys):
    assert main(["import", "mmc4", lines[0], lines[0], "--out", str(tmp_path / "out")]) == 1
    assert "twice" in capsys.readouterr().err
    assert not (tmp_path / "out" / "manifest.json").exists()


def obelics_row(**parts):
    picture = drawn_picture("a", (40, 30))
    row = {
        "texts": [None, "A red house. It is old.\n\nNobody lives there.", None],
        "images": [{"bytes": picture, "path": "a.png"}, None, {"bytes": picture[:40], "path": "b.png"}],
        "metadata": json.dumps([{"src": "https://a.example/1.png", "alt_text": "house"}, None, {}]),
        "general_metadata": json.dumps({"url": "https://a.example/", "language": "en"}),
    }
    return {**row, **parts}


def likes_the_last(pictures, sentences):
    return np.tile(np.linspace(0.1, 0.4, len(sentences), dtype=np.float32), (len(pictures), 1))


def read_obelics(bound=-1.0, **parts):
    return read_row(obelics_row(**parts), ("train.parquet", 3), likes_the_last, bound)


def test_a_row_of_obelics_keeps_its_page_order_and_is_matched_by_the_encoder():
    read = read_obelics()
    assert read.images == {"kept": 1, "undecodable": 1}
    assert read.row["text_list"] == ["A red house.", "It is old.", "Nobody lives there."]
    (info,) = read.row["image_info"]
    assert (info["dom_text_index"], info["matched_text_index"]) == (0, 2)
    assert (info["matched_sim"], info["alt"], info["raw_url"]) == (
        pytest.approx(0.4),
        "house",
        "https://a.example/1.png",
    )
    assert read_obelics(0.5).outcome == "no_image"
    assert read_obelics(0.5).images == {"min_similarity": 1, "undecodable": 1}


def test_the_release_of_obelics_on_the_hub_has_urls_and_no_pictures():
    read = read_obelics(images=["https://a.example/1.png", None, "https://a.example/2.png"])
    assert (read.outcome, read.images) == ("no_image", {"no_file": 2})


@pytest.mark.parametrize(
    ("parts", "outcome"),
    [
        pytest.param({"texts": ["a"]}, "malformed", id="lists_of_two_lengths"),
        pytest.param({"texts": [None, None, None]}, "malformed", id="place_without_anything"),
        pytest.param({"metadata": "[]"}, "malformed", id="metadata_of_another_length"),
        pytest.param({"general_metadata": "{"}, "malformed", id="metadata_that_is_no_json"),
        pytest.param({"general_metadata": "{}"}, "malformed", id="no_url"),
        pytest.param({"texts": [None, "...", None]}, "no_text", id="text_without_a_word"),
    ],
)
def test_a_row_of_obelics_that_gives_no_document_is_dropped_by_name(parts, outcome):
    read = read_obelics(**parts)
    assert (read.row, read.outcome) == (None, outcome)


def test_obelics_is_imported_with_an_encoder_and_whole(folder, release, tmp_path, capsys):
    exported = export_to(tmp_path / "obelics", release, "obelics", placement="page")
    files = sorted(map(str, exported.glob("*.parquet")))
    out = str(tmp_path / "out")
    assert main(["import", "obelics", *files, "--out", out]) == 2
    assert "--encoder" in capsys.readouterr().err
    assert (
        main(["import", "obelics", *files, "--out", out, "--encoder", "demo", "--min-similarity", "-1"]) == 0
    )
    assert main(["validate", out, "--processes", "1"]) == 0
    for there, back in zip(rows_of(release), rows_of(out), strict=True):
        assert back["document_id"] == there["document_id"]
        assert back["text_list"] == there["text_list"]
        assert sequence_of(back, "page") == sequence_of(there, "page")


def test_of_a_file_with_nothing_to_import_it_is_told_what_is_in_it(tmp_path, capsys):
    shard = tmp_path / "shard.jsonl"
    shard.write_text(
        "[]\nnot json\n" + json.dumps(MMC4_EXAMPLE | {"image_info": [], "similarity_matrix": []}) + "\n"
    )
    assert main(["import", "mmc4", str(shard), "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.endswith(
        f"nothing to import from {shard}: 2 documents malformed; 1 documents no_image\n"
    )
