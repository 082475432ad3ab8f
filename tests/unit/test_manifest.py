from dataclasses import replace

import pytest

from corpus import manifest as manifests
from corpus import storage
from corpus.config import Settings
from corpus.manifest import (
    Count,
    Part,
    clear_chunk,
    new_manifest,
    read_manifest,
    table_digests,
    write_manifest,
)
from corpus.overrides import settings_from
from corpus.tables import TABLES

SETTINGS = Settings()
PARTS = [
    Part("images", "c00000", f"part-0000{n}.parquet", 2, 10, f"{n}" * 64, (Count("", "kept", 2, 7),))
    for n in (1, 0)
]


def changed(**sections):
    before, after = table_digests(SETTINGS, {}), table_digests(settings_from(sections), {})
    return {name for name in TABLES if before[name] != after[name]}


def test_a_manifest_comes_back_as_it_was_written(tmp_path):
    written = new_manifest(TABLES["images"], ("abc", "c00000"), SETTINGS, {"image_urls": "f"}, PARTS, 1.5)
    write_manifest(str(tmp_path), written)
    assert read_manifest(str(tmp_path)) == written
    assert [part.name for part in written.parts] == ["part-00000.parquet", "part-00001.parquet"]
    assert written.n_rows == 4


def test_fingerprints_differ_when_any_part_does():
    whole = new_manifest(TABLES["images"], ("abc", "c00000"), SETTINGS, {}, PARTS, 1.5)
    other = replace(whole, parts=(whole.parts[0], replace(whole.parts[1], sha256="9" * 64)))
    assert whole.fingerprint != other.fingerprint


def test_a_bound_changes_the_digests_behind_it_and_no_others():
    assert changed(filters={"document_images": {"max": 20}}) == {
        "document_decisions",
        "interleaved",
        "funnel",
    }
    assert changed(align={"min_similarity": 0.3}) == {
        "alignments",
        "document_groups",
        "document_decisions",
        "interleaved",
        "funnel",
    }
    behind_documents = {"document_decisions", "interleaved", "funnel"}
    assert changed(tiers={"core_high_share": {"min": 0.9}}) == behind_documents
    assert changed(tiers={"high_similarity": 0.25}) == behind_documents
    assert changed(release={"image_tokens": ["patches_576"]}) == {"interleaved", "funnel"}
    assert changed(filters={"sentence_above": {"max": 0.1}}) == {"interleaved", "funnel"}
    assert "images" not in changed(filters={"image_side_px": {"min": 200}})


def test_places_and_sizes_change_no_digest():
    assert changed(places={"out": "elsewhere"}, spark={"tasks": 7, "files_per_chunk": 3}) == set()


def test_other_weights_change_what_they_shape():
    weights = {"image_features": "demo@1", "sentence_embeddings": "demo@1"}
    before, after = table_digests(SETTINGS, {}), table_digests(SETTINGS, weights)
    assert before["image_contents"] == after["image_contents"]
    assert before["alignments"] != after["alignments"]


def test_clearing_a_chunk_takes_its_manifest_first(tmp_path, monkeypatch):
    storage.write_bytes(str(tmp_path / "part-00000.parquet"), b"x")
    storage.write_json(str(tmp_path / manifests.NAME), {})

    def killed(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(manifests, "remove_folder", killed)
    with pytest.raises(KeyboardInterrupt):
        clear_chunk(str(tmp_path))
    assert storage.names_in(str(tmp_path)) == ["part-00000.parquet"]
