"""Releases in each store, published, killed, forgotten in and exported."""

import signal
import subprocess
import sys

import pyarrow as pa
import pytest

import corpus
from corpus.cli import main
from corpus.errors import InputError, OutputError
from corpus.exports import export as exporting
from corpus.exports.documents import Wanted
from corpus.exports.export import export
from corpus.exports.places import BEGUN
from corpus.publish.publication import Sizes, prepare
from corpus.publish.publish import How, publish
from corpus.publish.rows import Choice
from corpus.release.manifest import read_release_manifest
from corpus.release.order import place
from corpus.storage import files_under, join, read_bytes, remove_file, write_bytes
from corpus.validate.validate import validate
from tests.jobs.built import ROOT
from tests.unit.stored_build import write_build

SIZES = Sizes(60_000, 20_000)
KILLED = """
import os, shutil, signal, sys
from corpus.publish.publication import Sizes, prepare
from corpus.publish.publish import How, publish
from corpus.publish.rows import Choice
from corpus import storage

calls = []

def copy(source, sink, length):
    data = source.read()
    calls.append(data)
    if len(calls) == 2:
        sink.write(data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    sink.write(data)

storage.shutil.copyfileobj = copy
publication = prepare(sys.argv[1], sys.argv[2], Choice(seed=int(sys.argv[3])), Sizes(60_000, 20_000))
publish(publication, How(replaces=True), lambda text: None)
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return write_build(tmp_path_factory.mktemp("build-of-stores") / "build", 30)


def publish_to(build, uri, seed=0):
    return publish(prepare(build, uri, Choice(seed=seed), SIZES), How(replaces=True), lambda text: None)


def publish_and_die(build, uri, seed=0):
    command = [sys.executable, "-c", KILLED, build, uri, str(seed)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL


def ids(uri):
    return [row for batch in corpus.open(uri, ["document_id"]) for row in batch[0].to_pylist()]


def in_order(build, seed):
    return sorted(ids(build), key=lambda document_id: place(seed, document_id))


def faults(uri):
    return [str(fault) for fault in validate(uri, lambda text: None)]


def test_a_release_in_the_store_is_that_on_disk(build, place_for, tmp_path):
    stored, local = publish_to(build, place_for), publish_to(build, str(tmp_path / "release"))
    assert stored.files == local.files
    assert faults(place_for) == []
    assert pa.Table.from_batches(corpus.open(place_for)).equals(
        pa.Table.from_batches(corpus.open(str(tmp_path / "release")))
    )
    found = [sample["document_id"] for sample in corpus.torch_dataset(place_for, seed=None, decode=False)]
    assert found == ids(place_for) == in_order(build, 0)


def test_killed_within_a_file_nothing_is_seen_and_the_rerun_completes(build, place_for):
    publish_and_die(build, place_for)
    with pytest.raises(InputError):
        corpus.open(place_for)
    written = [name for name in files_under(join(place_for, "data")) if name.endswith(".parquet")]
    assert len(written) == 1
    publish_to(build, place_for)
    assert faults(place_for) == []
    assert ids(place_for) == in_order(build, 0)


def test_killed_while_it_takes_the_place_of_an_old_release_the_old_one_stays_whole(build, place_for):
    publish_to(build, place_for, seed=1)
    publish_and_die(build, place_for, seed=2)
    assert ids(place_for) == in_order(build, 1)
    publish_to(build, place_for, seed=2)
    assert ids(place_for) == in_order(build, 2)
    manifest = read_release_manifest(place_for)
    assert {name for name in files_under(place_for) if name.startswith("data/")} == {
        file.path for file in manifest.files
    }


def test_a_missing_file_is_found(build, place_for):
    manifest = publish_to(build, place_for)
    remove_file(join(place_for, manifest.files[0].path))
    assert faults(place_for) == [
        f"{manifest.files[0].path}: is named by manifest.json, but is not there; "
        "get this file anew, or remove it and publish again"
    ]


def test_a_page_is_forgotten_in_a_release(build, place_for, tmp_path):
    publish_to(build, place_for)
    url = "https://site-3.example/3"
    (tmp_path / "urls.txt").write_text(url)
    assert main(["forget", place_for, "--url", str(tmp_path / "urls.txt")]) == 0
    urls = [row["url"] for batch in corpus.open(place_for, ["url"]) for row in batch.to_pylist()]
    assert len(urls) == 29
    assert url not in urls
    assert list(validate(place_for, lambda text: None)) == []


def exported(build, to, name):
    return export(build, to, name, Wanted(where="sample_key < 0.2"), 4_000, lambda text: None)


@pytest.mark.parametrize("name", ["mmc4", "energon", "mds", "obelics"])
def test_an_export_in_the_store_is_that_on_disk(build, place_for, tmp_path, name):
    stored, local = exported(build, place_for, name), exported(build, str(tmp_path / "local"), name)
    assert stored == local
    assert len(stored["files"]) > 1
    found = files_under(place_for)
    assert found == files_under(str(tmp_path / "local"))
    for path in found:
        assert read_bytes(join(place_for, path)) == (tmp_path / "local" / path).read_bytes()


def test_an_export_is_imported_from_where_it_lies(build, place_for, tmp_path):
    told = exported(build, join(place_for, "mmc4"), "mmc4")
    shard = join(place_for, "mmc4", "docs_shard_00000.jsonl")
    assert main(["import", "mmc4", shard, "--out", str(tmp_path / "imported")]) == 0
    documents = next(file["documents"] for file in told["files"] if file["name"] == "docs_shard_00000.jsonl")
    assert len(ids(str(tmp_path / "imported"))) == documents
    assert faults(str(tmp_path / "imported")) == []


def test_an_export_that_ended_early_is_told_as_such_and_made_anew(build, place_for, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(exporting, "write_bytes", lambda uri, data: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            exported(build, place_for, "energon")
    begun = files_under(place_for)
    assert BEGUN in begun
    assert "000000.tar" in begun
    assert "export.json" not in begun
    told = exported(build, place_for, "nemo")
    assert set(files_under(place_for)) == {"export.json", *(file["name"] for file in told["files"])}


def test_a_place_that_holds_other_things_is_left_alone(build, place_for):
    write_bytes(join(place_for, "thesis.tex"), b"x")
    with pytest.raises(OutputError, match="other things"):
        exported(build, place_for, "mds")
    assert files_under(place_for) == {"thesis.tex": 1}
