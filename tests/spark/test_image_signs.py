"""Which contents are measured, and which rows of an earlier build stand for them."""

from types import SimpleNamespace

from corpus.config import Encode, Settings
from corpus.recipes import rows_before
from corpus.recipes.frames import image_signs

TABLES = {
    "image_contents": (
        [("h0", "kept", "u0"), ("h1", "kept", "u1"), ("h2", "kept", "u2"), ("h3", "small", "u3")],
        "content_hash string, outcome string, image_url_id string",
    ),
    "images": ([(f"u{n}", b"p%d" % n) for n in range(4)], "image_url_id string, bytes binary"),
}
EARLIER = [
    ("h0", {"image_letters": 7.0}, "signs 1 with scipy 1.0"),
    ("h1", {"image_letters": 8.0}, "signs 0 with scipy 1.0"),
]


def test_signs_of_the_same_measures_are_taken_whatever_libraries_and_encoder_and_no_bytes_are_read(
    spark, monkeypatch, tmp_path
):
    columns = "content_hash string, scores map<string, double>, measured_by string"
    spark.createDataFrame(EARLIER, columns).write.parquet(str(tmp_path / "earlier"))
    monkeypatch.setattr(rows_before, "earlier_rows", lambda *_: spark.read.parquet(str(tmp_path / "earlier")))
    build = SimpleNamespace(
        read=lambda name, chunks=None: spark.createDataFrame(*TABLES[name]),
        settings=Settings(encode=Encode(encoder="./no-such-folder")),
        tasks=2,
    )
    found = {row.content_hash: row for row in image_signs(build, "c00000").collect()}
    assert found.keys() == {"h0", "h1", "h2"}
    assert found["h0"].before.scores == {"image_letters": 7.0}
    assert found["h0"].bytes is None
    assert [bytes(found[name].bytes) for name in ("h1", "h2")] == [b"p1", b"p2"]
    assert found["h1"].before is found["h2"].before is None
