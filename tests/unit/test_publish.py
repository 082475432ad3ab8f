import json
import shutil
from pathlib import Path

import datasets
import mlcroissant
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard

import corpus
from corpus.errors import DataError, InputError, OutputError, SettingsError
from corpus.publish import publish as publishing
from corpus.publish.publication import Sizes, prepare
from corpus.publish.publish import How, publish
from corpus.publish.rows import Choice, license_name
from corpus.release.manifest import find_release_manifest, read_release_manifest
from corpus.release.order import place
from tests.unit.stored_build import write_build

SMALL = Sizes(shard_bytes=15_000, row_group_bytes=2_000)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return write_build(tmp_path_factory.mktemp("publish") / "build")


@pytest.fixture(scope="module")
def release(build, tmp_path_factory):
    out = str(tmp_path_factory.mktemp("publish") / "release")
    publish_to(build, out)
    return out


def publish_to(build, out, choice=None, sizes=SMALL, replaces=False):
    return publish(
        prepare(build, str(out), choice or Choice(), sizes), How(replaces=replaces), lambda text: None
    )


def ids(uri, **options):
    return [row for batch in corpus.open(uri, ["document_id"], **options) for row in batch[0].to_pylist()]


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()
    }


def test_every_document_of_the_build_is_in_the_release_once_with_all_its_values(build, release):
    built = pa.Table.from_batches(corpus.open(build)).sort_by("document_id")
    published = pa.Table.from_batches(corpus.open(release)).sort_by("document_id")
    assert published.to_pylist() == built.to_pylist()
    assert published.num_rows == 60


def test_documents_stand_in_the_order_of_the_seed_over_all_files(build, release, tmp_path):
    assert ids(release) == sorted(ids(build), key=lambda document_id: place(0, document_id))
    publish_to(build, tmp_path / "other", Choice(seed=1))
    assert ids(str(tmp_path / "other")) == sorted(ids(build), key=lambda document_id: place(1, document_id))


def test_files_are_of_about_the_size_asked_for(build, tmp_path):
    manifest = publish_to(build, tmp_path, sizes=Sizes(60_000, 60_000))
    assert len(manifest.files) > 1
    assert all(30_000 < file.bytes < 120_000 for file in manifest.files)


def test_the_same_documents_in_other_chunks_make_the_same_files(build, release, tmp_path):
    other = write_build(tmp_path / "build", n_chunks=1)
    publish_to(other, tmp_path / "release")
    ours = [data for name, data in sorted(files_of(release).items()) if name.startswith("data/")]
    theirs = [
        data for name, data in sorted(files_of(tmp_path / "release").items()) if name.startswith("data/")
    ]
    assert theirs == ours


def test_the_manifest_says_what_is_there(release):
    manifest = read_release_manifest(release)
    files = files_of(release)
    assert {file.path for file in (*manifest.files, *manifest.papers)} == files.keys() - {"manifest.json"}
    for file in (*manifest.files, *manifest.papers):
        assert len(files[file.path]) == file.bytes
    assert manifest.rows == 60 == sum(file.rows for file in manifest.files)


def test_text_is_compressed_pictures_are_not_and_pages_have_an_index(release):
    file = pq.ParquetFile(f"{release}/{read_release_manifest(release).files[0].path}")
    group = file.metadata.row_group(0)
    codecs = {group.column(at).path_in_schema: group.column(at) for at in range(group.num_columns)}
    assert codecs["images.list.element.bytes"].compression == "UNCOMPRESSED"
    assert codecs["text_list.list.element"].compression == "ZSTD"
    assert codecs["mean_matched_sim"].has_column_index
    assert codecs["images.list.element.bytes"].has_offset_index
    assert file.metadata.num_row_groups > 1


def test_a_second_run_writes_nothing(build, release):
    before = {path: path.stat().st_mtime_ns for path in Path(release).rglob("*")}
    publish_to(build, release)
    assert {path: path.stat().st_mtime_ns for path in Path(release).rglob("*")} == before


@pytest.mark.parametrize("n_shards", [0, 1, 3])
def test_killed_at_any_file_nothing_is_seen_and_the_rerun_makes_the_same_release(
    build, release, tmp_path, monkeypatch, n_shards
):
    real, written = publishing.put_file, []

    def killed(local, uri):
        if len(written) == n_shards:
            Path(uri).parent.mkdir(parents=True, exist_ok=True)
            Path(uri).write_bytes(Path(local).read_bytes()[:100])
            raise KeyboardInterrupt
        written.append(uri)
        real(local, uri)

    monkeypatch.setattr(publishing, "put_file", killed)
    with pytest.raises(KeyboardInterrupt):
        publish_to(build, tmp_path)
    with pytest.raises(InputError):
        corpus.open(str(tmp_path))
    monkeypatch.setattr(publishing, "put_file", lambda local, uri: (written.append(uri), real(local, uri)))
    publish_to(build, tmp_path)
    assert len(written) == len(set(written)) == len(read_release_manifest(release).files)
    assert files_of(tmp_path) == files_of(release)


def test_killed_just_before_the_manifest_the_rerun_completes(build, release, tmp_path, monkeypatch):
    monkeypatch.setattr(publishing, "write_release_manifest", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish_to(build, tmp_path)
    assert "README.md" in files_of(tmp_path)
    (tmp_path / "data" / f"_{'0' * 32}.unfinished").write_text("half")
    monkeypatch.undo()
    publish_to(build, tmp_path)
    assert files_of(tmp_path) == files_of(release)


def test_what_was_removed_from_a_release_is_published_again(build, release, tmp_path):
    copy = Path(shutil.copytree(release, tmp_path / "release"))
    manifest = read_release_manifest(release)
    (copy / manifest.files[1].path).unlink()
    (copy / "README.md").unlink()
    publish_to(build, copy)
    assert files_of(copy) == files_of(release)


def test_sizes_that_readers_cannot_take_are_refused():
    with pytest.raises(SettingsError, match="row groups"):
        Sizes(row_group_bytes=2**31)


def test_an_old_release_is_read_until_the_new_one_is_whole(build, tmp_path, monkeypatch):
    publish_to(build, tmp_path)
    old = files_of(tmp_path)
    with pytest.raises(OutputError, match="--replace"):
        publish_to(build, tmp_path, Choice(seed=5))
    monkeypatch.setattr(publishing, "papers", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish_to(build, tmp_path, Choice(seed=5), replaces=True)
    assert ids(str(tmp_path)) == sorted(ids(build), key=lambda document_id: place(0, document_id))
    assert old.items() <= files_of(tmp_path).items()
    monkeypatch.undo()
    publish_to(build, tmp_path, Choice(seed=5), replaces=True)
    assert ids(str(tmp_path)) == sorted(ids(build), key=lambda document_id: place(5, document_id))
    manifest = read_release_manifest(str(tmp_path))
    assert {name for name in files_of(tmp_path) if name.startswith("data/")} == {
        file.path for file in manifest.files
    }


def test_a_folder_with_other_things_is_refused(build, tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(OutputError, match=r"thesis\.tex"):
        publish_to(build, tmp_path)


def test_a_condition_chooses_documents(build, tmp_path):
    publish_to(build, tmp_path, Choice(where="mean_matched_sim > 0.3 and language == 'is'"))
    rows = pa.Table.from_batches(corpus.open(str(tmp_path))).to_pylist()
    assert rows
    assert {row["language"] for row in rows} == {"is"}
    assert min(row["mean_matched_sim"] for row in rows) > 0.3


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("wrods > 3", "wrods"),
        ("__import__('os')", "not understood"),
        ("language >", "cannot be read"),
        ("language > 3", "does not fit"),
    ],
)
def test_a_condition_that_means_nothing_is_one_clear_error(build, tmp_path, where, words):
    with pytest.raises(SettingsError, match=words):
        publish_to(build, tmp_path, Choice(where=where))


def test_a_condition_that_nothing_fits_is_an_error(build, tmp_path):
    with pytest.raises(InputError, match="no document"):
        publish_to(build, tmp_path, Choice(where="mean_matched_sim > 5"))


def test_references_are_published_without_the_bytes_of_pictures_and_all_else_alike(build, tmp_path):
    publish_to(build, tmp_path, Choice(references=True))
    expected = pa.Table.from_batches(corpus.open(build)).sort_by("document_id").to_pylist()
    for row in expected:
        row["images"] = [{**picture, "bytes": None} for picture in row["images"]]
    assert pa.Table.from_batches(corpus.open(str(tmp_path))).sort_by("document_id").to_pylist() == expected


def test_each_licence_has_files_of_its_own(build, tmp_path):
    manifest = publish_to(build, tmp_path, Choice(per_license=True))
    assert {file.group for file in manifest.files} == {"none", "cc-by-sa-4.0", "other"}
    for file in manifest.files:
        found = pq.read_table(tmp_path / file.path, columns=["license_url"])["license_url"].to_pylist()
        assert {license_name(url) for url in found} <= {file.group}
    assert manifest.rows == 60
    assert datasets.get_dataset_config_names(str(tmp_path)) == ["cc-by-sa-4.0", "none", "other"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (None, "none"),
        ("https://creativecommons.org/licenses/by/4.0/", "cc-by-4.0"),
        ("http://www.creativecommons.org/licenses/by-nc-nd/3.0/de/", "cc-by-nc-nd-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
        ("https://example.org/creativecommons.org/licenses/by/4.0/", "other"),
    ],
)
def test_licences_have_short_names(url, name):
    assert license_name(url) == name


def test_a_document_that_stands_in_the_build_twice_is_an_error(build, tmp_path):
    doubled = write_build(tmp_path / "build")
    listing = Path(doubled) / "build.json"
    found = json.loads(listing.read_text())
    listing.write_text(json.dumps({**found, "interleaved": found["interleaved"] * 2}))
    with pytest.raises(DataError, match="twice"):
        publish_to(doubled, tmp_path / "release")
    assert find_release_manifest(str(tmp_path / "release")) is None


def test_the_card_is_one_that_hugging_face_accepts(release):
    card = DatasetCard.load(f"{release}/README.md")
    assert set(card.data.language) == {"en", "is"}
    assert card.data.size_categories == ["n<1K"]
    assert "## Licence" in card.text
    assert "| `text_list` | `list<element: string>` | kept sentences in reading order |" in card.text
    loaded = datasets.load_dataset(release, split="train")
    assert loaded.num_rows == 60
    assert loaded.features["images"] == datasets.List(datasets.Image())
    assert loaded[0]["images"][0].size == (40, 30)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib", "ignore::DeprecationWarning:mlcroissant")
def test_croissant_is_valid_and_its_records_are_the_rows(release, build):
    described = mlcroissant.Dataset(jsonld=f"{release}/croissant.json")
    assert described.metadata.ctx.issues.errors == set()
    records = list(described.records("documents"))
    assert len(records) == 60
    assert {record["documents/document_id"].decode() for record in records} == set(ids(build))


def test_settings_environment_and_models_stand_beside_the_data(release):
    assert json.loads(Path(release, "settings.json").read_text())["filters.image_side_px"]["min"] == 150
    assert json.loads(Path(release, "environment.json").read_text())["packages"]["pyarrow"] == pa.__version__
    assert json.loads(Path(release, "models.json").read_text()) == {
        "image_features": ["demo"],
        "sentence_embeddings": ["demo"],
    }
    assert pq.read_table(f"{release}/funnel.parquet").num_rows > 5
