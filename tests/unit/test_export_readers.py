"""Exports as the loaders that they are made for read them; each is skipped where its loader is not installed. `make
test-readers` has all of them."""

import io
import itertools
import json
import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from tests.unit.exported import KEYS, export_to, rows_of, sequence_of, write_release

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return write_release(tmp_path_factory.mktemp("readers"), 16)


@pytest.fixture(scope="module")
def rows(release):
    return rows_of(release)


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def imported_torchvision():
    torchvision_ops = pytest.importorskip("corpus.encode.torchvision_ops")
    torchvision_ops.ensure_torchvision()


@pytest.mark.parametrize("placement", KEYS)
def test_energon_gives_sentences_and_pictures_in_order(release, rows, tmp_path, placement):
    if find_spec("megatron") is None:
        pytest.skip("megatron-energon is not installed")
    imported_torchvision()
    energon = pytest.importorskip("megatron.energon")
    out = export_to(tmp_path / "energon", release, "energon", placement=placement)
    assert len(list(out.glob("*.tar"))) > 1
    found = energon.get_val_dataset(
        out,
        split_part="train",
        worker_config=energon.WorkerConfig(rank=0, world_size=1, num_workers=0),
        batch_size=None,
    )
    samples = list(energon.get_loader(found))
    assert [sample.__key__.rpartition("/")[2] for sample in samples] == [row["document_id"] for row in rows]
    for sample, row in zip(samples, rows, strict=True):
        for item, meant in zip(sample.sequence, sequence_of(row, placement), strict=True):
            if isinstance(meant, str):
                assert item == meant
            else:
                seen = np.rint(item.permute(1, 2, 0).numpy() * 255).astype(np.uint8)
                assert np.array_equal(seen, pixels(meant))


def test_mosaicml_streaming_gives_each_sample_by_its_number(release, rows, tmp_path):
    if find_spec("streaming") is None:
        pytest.skip("mosaicml-streaming is not installed")
    imported_torchvision()
    streaming = pytest.importorskip("streaming")
    out = export_to(tmp_path / "mds", release, "mds")
    assert len(list(out.glob("*.mds"))) > 1
    found = streaming.LocalDataset(str(out))
    assert len(found) == len(rows)
    for number, row in enumerate(rows):
        sample = found[number]
        said = sample["document"]
        ends = list(itertools.accumulate(said["picture_bytes"], initial=0))
        pictures = iter([sample["pictures"][start:end] for start, end in itertools.pairwise(ends)])
        assert [next(pictures) if text is None else text for text in said["texts"]] == sequence_of(row)
        assert said["document_id"] == row["document_id"]


@pytest.mark.parametrize("placement", KEYS)
def test_nemo_curator_reads_a_row_per_sentence_and_picture(release, rows, tmp_path, placement):
    reader = pytest.importorskip("nemo_curator.stages.interleaved.io.readers.parquet")
    tasks = pytest.importorskip("nemo_curator.tasks")
    out = export_to(tmp_path / "nemo", release, "nemo", placement=placement)
    files = sorted(map(str, out.glob("*.parquet")))
    assert len(files) > 1
    batch = reader.InterleavedParquetReaderStage().process(
        tasks.FileGroupTask(dataset_name="corpus", data=files)
    )
    assert batch.validate()
    assert batch.num_items == len(rows)
    assert batch.count(modality="image") == sum(len(row["images"]) for row in rows)
    table = batch.to_pyarrow()
    for row in rows:
        mine = table.filter(pa.compute.equal(table["sample_id"], row["document_id"])).sort_by("position")
        about, *items = mine.to_pylist()
        assert json.loads(about["text_content"])["url"] == row["url"]
        found = [
            item["text_content"] if item["modality"] == "text" else item["binary_content"] for item in items
        ]
        assert found == sequence_of(row, placement)
        assert {item["content_type"] for item in items if item["modality"] == "image"} == {"image/png"}


class Tokenizer:
    """Remembers what it was given; a token is a character, but for the marker of a picture."""

    eos_token = "</s>"
    additional_special_tokens = ("<|endofchunk|>", "<image>")
    additional_special_tokens_ids = (0x110000, 0x110001)

    def __call__(self, text, **_):
        import torch

        self.text = text
        ids = [
            id_
            for at, part in enumerate(text.split("<image>"))
            for id_ in [*([0x110001] if at else []), *map(ord, part)]
        ]
        return {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids))}


def open_flamingo_loader(monkeypatch):
    """Its module `data`, that imports a neighbour by bare name."""
    package = find_spec("open_flamingo")
    if package is None:
        pytest.skip("open-flamingo is not installed")
    imported_torchvision()
    folder = Path(package.submodule_search_locations[0]) / "train"
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    spec = spec_from_file_location("open_flamingo_data", folder / "data.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "MIN_KB", -1)  # drawn pictures are smaller than the 10 KB that it asks for
    monkeypatch.setattr(
        module.random, "random", lambda: 1.0
    )  # with one picture it passes over half of the documents
    return module


def test_open_flamingo_feeds_picture_k_to_marker_k(release, rows, tmp_path, monkeypatch):
    import torch
    import webdataset

    loader = open_flamingo_loader(monkeypatch)
    out = export_to(tmp_path / "flamingo", release, "open-flamingo")
    tars = sorted(map(str, out.glob("*.tar")))
    samples = webdataset.WebDataset(tars, shardshuffle=False).to_tuple("json")
    for sample, row in zip(samples, rows, strict=True):
        tokenizer = Tokenizer()
        images, _ = loader.preprocess_interleaved(
            sample,
            tokenizer,
            lambda picture: torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1).float(),
            sim_threshold=0.2,
            min_num_images=1,
            max_num_images=6,
            max_tokens=100_000,
        )
        behind = tokenizer.text.split("<image>")[1:]
        assert len(behind) == len(row["images"])
        for at, (info, image) in enumerate(zip(row["image_info"], row["images"], strict=True)):
            seen = images[at].permute(1, 2, 0).numpy().astype(np.uint8)
            meant = pixels(image["bytes"])
            assert np.array_equal(seen, meant) or np.array_equal(seen, meant[:, ::-1])  # it turns some around
            text = "".join(behind[at:]).replace("<|endofchunk|>", "")
            assert text.startswith(row["text_list"][info["matched_text_index"]])
