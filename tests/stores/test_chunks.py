"""Chunks of a build in each store: committed by their manifest, found by listings, made anew."""

from corpus.catalog import Catalog
from corpus.manifest import Manifest, Part, chunk_folder
from corpus.storage import files_under, join, write_bytes

TABLE = ("documents", "abc")
CHUNKS = ["c00000", "c00001"]


def parts_written(folder, *names):
    for name in names:
        write_bytes(join(folder, name), b"rows")


def manifest(chunk):
    part = Part("documents", chunk, "part-00000-1.parquet", 3, 4, "sha", ())
    return Manifest("documents", chunk, "abc", "0", {}, {}, 1.0, (part,))


def test_a_chunk_is_finished_by_its_manifest_and_a_killed_one_is_made_anew(place_for):
    place = (place_for, *TABLE)
    folders = [chunk_folder(*place, chunk) for chunk in CHUNKS]
    parts_written(folders[0], "part-00000-0.parquet", "part-00000-1.parquet", "_0f.unfinished")
    parts_written(folders[1], "part-00000-0.parquet")
    Catalog().commit(place, [manifest("c00000")])
    later = Catalog()
    assert later.digests(place_for, "documents") == ["abc"]
    assert later.finished(place) == ["c00000"]
    assert {chunk: entry.n_rows for chunk, entry in later.entries(place).items()} == {"c00000": 3}
    assert sorted(files_under(folders[0])) == ["_manifest.json", "part-00000-1.parquet"]
    later.clear(place, CHUNKS)
    assert files_under(place_for) == {}
    assert Catalog().finished(place) == []
