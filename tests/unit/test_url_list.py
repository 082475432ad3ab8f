"""`corpus export-urls` writes the image URLs of a build as img2dataset reads them."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.cli import main
from corpus.config import Settings
from corpus.manifest import Part, chunk_folder, new_manifest, write_manifest
from corpus.storage import write_json
from corpus.tables import TABLES

ROWS = {
    "b": ("http://b.example/1.jpg", "kept"),
    "a": ("https://a.example/2.jpg", "http_error"),
    "c": ("http://10.0.0.1/3.jpg", "address_refused"),
    "d": ("data:image/png;hash=/4", "data_uri"),
    "e": ("http://out.example/5.jpg", "opted_out"),
    "g": ("http://b.example/7.jpg", "blocked"),
    "f": ("ftp://f.example/6.jpg", "unsupported_scheme"),
}


def write_table(out, name, rows):
    folder = chunk_folder(str(out), name, "d1", "c00000")
    table = pa.Table.from_pylist(rows, schema=TABLES[name].schema)
    (out / folder).mkdir(parents=True)
    pq.write_table(table, f"{folder}/part-00000.parquet")
    part = Part(name, "c00000", "part-00000.parquet", len(rows), 0, "", ())
    write_manifest(folder, new_manifest(TABLES[name], ("d1", "c00000"), Settings(), {}, [part], 0.0))


@pytest.fixture
def build(tmp_path):
    """A finished build with the two tables that name URLs."""
    out, opt_outs = tmp_path / "out", tmp_path / "opt-outs.txt"
    opt_outs.write_text("out.example")
    named = [{"image_url_id": id_, "url": url} for id_, (url, _) in ROWS.items()]
    write_table(out, "image_urls", named)
    numbers = {"source": "web", "attempts": 1, "elapsed_s": 0.0, "content_bytes": 0}
    write_table(out, "images", [{**row, **numbers, "outcome": ROWS[row["image_url_id"]][1]} for row in named])
    digests = {"image_urls": "d1", "images": "d1"}
    settings = {"fetch.opt_outs": str(opt_outs)}
    write_json(f"{out}/build.json", {"digests": digests, "chunks": ["c00000"], "settings": settings})
    return out


def test_urls_that_may_be_asked_for_are_listed_by_their_ids(build, tmp_path, capsys):
    list_ = tmp_path / "lists" / "urls.parquet"
    assert main(["export-urls", str(build), str(list_)]) == 0
    assert pq.read_table(list_).to_pylist() == [
        {"url": "https://a.example/2.jpg", "image_url_id": "a"},
        {"url": "http://b.example/1.jpg", "image_url_id": "b"},
    ]
    assert capsys.readouterr().out.startswith(
        f"2 URLs in {list_}; 5 left out: refused by their form, opted out, or blocked"
    )


def test_what_the_build_has_kept_is_not_missing(build, tmp_path):
    assert main(["export-urls", str(build), f"{tmp_path}/urls.parquet", "--missing"]) == 0
    assert pq.read_table(f"{tmp_path}/urls.parquet").column("image_url_id").to_pylist() == ["a"]


def test_a_folder_without_a_finished_build_is_refused(tmp_path, capsys):
    assert main(["export-urls", str(tmp_path), f"{tmp_path}/urls.parquet"]) == 1
    assert "has no build.json" in capsys.readouterr().err


def test_img2dataset_reads_the_list(build, tmp_path):
    reader = pytest.importorskip("img2dataset.reader", exc_type=ImportError)
    assert main(["export-urls", str(build), f"{tmp_path}/urls.parquet"]) == 0
    (tmp_path / "shards").mkdir()
    read = reader.Reader(
        f"{tmp_path}/urls.parquet", "parquet", "url", None, None, None, ["image_url_id"], 10, set(),
        f"{tmp_path}/shards",
    )  # fmt: skip
    ((number, shard),) = read
    rows = pa.ipc.open_file(shard).read_all().to_pylist()
    assert (number, [row["image_url_id"] for row in rows]) == (0, ["a", "b"])
