"""In a store, too, a manifest has one stamp however it is asked for, so that segments are believed there."""

from corpus import catalog as catalogs
from corpus.catalog import Catalog
from corpus.config import Settings
from corpus.manifest import NAME, Count, Part, chunk_folder, new_manifest, table_folder
from corpus.storage import remove_file, stamp_of
from corpus.table_listing import list_table
from corpus.tables import TABLES

CHUNKS = ["c00000", "c00001", "c00002"]


def manifest(chunk):
    parts = [Part("images", chunk, "part-00000.parquet", 5, 100, "0" * 64, (Count("", "kept", 5, 50),))]
    return new_manifest(TABLES["images"], ("abc", chunk), Settings(), {"image_urls": "f"}, parts, 1.5)


def test_sealed_chunks_are_known_without_reading_a_manifest(place_for, monkeypatch):
    monkeypatch.setattr(catalogs, "BLOCK", len(CHUNKS))
    place = (place_for, "images", "abc")
    writer = Catalog()
    writer.commit(place, [manifest(chunk) for chunk in CHUNKS])
    writer.seal(place, CHUNKS)
    paths = [f"{chunk_folder(*place, chunk)}/{NAME}" for chunk in CHUNKS]
    asked = {number: stamp_of(path) for number, path in enumerate(paths)}
    found = list_table(table_folder(*place))
    told = zip(found.n_bytes, found.written_ns // 10**9, strict=True)
    assert dict(zip(found.manifests, told, strict=True)) == asked
    read, real = [], catalogs.read_manifest
    monkeypatch.setattr(catalogs, "read_manifest", lambda folder: read.append(folder) or real(folder))
    assert list(Catalog().entries(place, CHUNKS)) == CHUNKS
    assert read == []
    remove_file(f"{chunk_folder(*place, CHUNKS[1])}/{NAME}")
    assert list(Catalog().entries(place, CHUNKS)) == [CHUNKS[0], CHUNKS[2]]
