"""The real models, where they are: CORPUS_TEST_DATA names the folder that holds them under models/; skipped without."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from corpus.config import Safety, Settings
from corpus.models.store import file_sha256, verified_folder
from corpus.pixels import decode_rgb
from corpus.recipes import image_safety
from corpus.recipes.image_safety import measure_safety
from corpus.safety import classifier, faces
from corpus.safety.blur import blurred
from corpus.safety.clip_head import read_head
from corpus.safety.detectors import running
from corpus.vectors import pack
from tests.unit.drawn_faces import drawn_face
from tests.unit.test_pixels import encoded

MODELS = Path(os.environ.get("CORPUS_TEST_DATA", Path(__file__).parents[2].parent / "shared/data"), "models")
GOLDEN = MODELS / "clip-golden"
FILES = {
    "nsfw-clip-b32": ["clip-nsfw/clip_autokeras_nsfw_b32.zip"],
    "nsfwjs-mobilenet-v2": ["nsfwjs-mobilenet_v2/model.json", "nsfwjs-mobilenet_v2/group1-shard1of1"],
    "face-yunet": ["face/yunet_n_dynamic.onnx"],
}

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason=f"no folder {MODELS}")


@pytest.fixture
def store(tmp_path, monkeypatch):
    for model, files in FILES.items():
        folder = tmp_path / model
        folder.mkdir()
        for file in files:
            own = shutil.copy(MODELS / file, folder)
            Path(f"{own}.sha256").write_text(file_sha256(Path(own)))
    monkeypatch.setenv("CORPUS_MODELS", str(tmp_path))
    for cached in (image_safety.head_for, image_safety.classes, image_safety.face_finder, verified_folder):
        cached.cache_clear()


@pytest.fixture
def known():
    return json.loads((GOLDEN / "reference-outputs.json").read_text())


def picture(row):
    return decode_rgb((GOLDEN / "images" / row["file"]).read_bytes(), 10**8)


def test_the_head_of_b32_gives_its_known_probabilities(known):
    names = json.loads((GOLDEN / "names.json").read_text())
    found = read_head(MODELS / FILES["nsfw-clip-b32"][0]).score(
        np.load(GOLDEN / "vit_b32_image_embeddings.npy").astype(np.float32)
    )
    expected = {row["file"]: row["clip_nsfw_b32"] for row in known}
    np.testing.assert_allclose(found, [expected[name] for name in names], atol=2e-5)


def test_the_head_of_b32_calls_vectors_unsafe_that_lie_where_it_learned_to():
    head = read_head(MODELS / FILES["nsfw-clip-b32"][0])
    vectors = np.random.default_rng(0).normal(size=(4096, 512)).astype(np.float32)
    scores = head.score(head.mean + head.deviation * vectors)
    assert (scores > 0.9).any()
    assert (scores < 0.1).any()


def test_the_head_of_l14_reads_vectors_of_768_dimensions():
    head = read_head(MODELS / "clip-nsfw/clip_autokeras_binary_nsfw.zip")
    assert [kernel.shape for kernel, _ in head.layers] == [(768, 64), (64, 512), (512, 256), (256, 1)]
    assert 0 <= head.score(head.mean[None])[0] <= 1


def test_the_classifier_gives_its_known_probabilities(known):
    classes = classifier.load_classifier(MODELS / "nsfwjs-mobilenet_v2")
    found = classes([classifier.pixels_of(picture(row)) for row in known])
    expected = [[row["nsfwjs"][name.capitalize()] for name in classifier.CLASSES] for row in known]
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_the_face_detector_gives_its_known_scores(known, monkeypatch):
    monkeypatch.setattr(faces, "MIN_SCORE", 0.01)
    find = faces.load_faces(MODELS / FILES["face-yunet"][0])
    for row in known:
        small = picture(row).resize((320, 320), Image.Resampling.BILINEAR)
        assert find(small)[0].score == pytest.approx(row["yunet_n_320_max_face"], abs=1e-3)


def test_a_drawn_face_is_found_where_opencv_finds_it():
    cv2 = pytest.importorskip("cv2")
    find = faces.load_faces(MODELS / FILES["face-yunet"][0])
    drawn = drawn_face()
    (face,) = find(drawn)
    theirs = cv2.FaceDetectorYN.create(str(MODELS / "face/yunet_n_320_320.onnx"), "", drawn.size, 0.3)
    (row,) = theirs.detect(np.ascontiguousarray(np.asarray(drawn)[:, :, ::-1]))[1]
    box = np.array([face.left * 400, face.top * 300, face.width * 400, face.height * 300])
    np.testing.assert_allclose(box, row[:4], atol=0.1)
    assert face.score == pytest.approx(row[-1], abs=1e-3)
    assert find(Image.new("RGB", (400, 300), (120, 140, 160))) == []


def test_faces_in_a_large_picture_are_found_where_they_are():
    find = faces.load_faces(MODELS / FILES["face-yunet"][0])
    (face,) = find(drawn_face((1300, 900), (300, 400), 120))
    assert face.left < 300 / 1300 < face.left + face.width
    assert face.top < 400 / 900 < face.top + face.height


def test_every_detector_that_can_run_measures_each_content_once(store):
    assert running(None, "demo") == ("nsfw_classifier", "faces")
    settings = Settings(safety=Safety(detectors=running(None, "demo")))
    rows = [row(b"0" * 4, drawn_face()), row(b"1" * 4, Image.new("RGB", (200, 200), (90, 160, 60))), broken()]
    found = measured(rows, settings)
    assert [[name for name, _ in each["scores"]] for each in found] == [["nsfw_classifier"]] * 2 + [[]]
    assert [None if each["faces"] is None else len(each["faces"]) for each in found] == [1, 0, None]
    assert max(dict(each["scores"]).get("nsfw_classifier", 0) for each in found) < 0.8
    assert {each["measured_by"].count("\n") for each in found} == {1}


def test_the_head_runs_on_the_vectors_of_its_own_encoder(store, monkeypatch):
    encoder = "ViT-B-32/openai"
    assert running(None, encoder) == ("nsfw_head", "nsfw_classifier", "faces")
    monkeypatch.setattr(image_safety, "encoder_identity", lambda name, dtype: f"{name}@0123456789ab")
    settings = Settings(safety=Safety(detectors=("nsfw_head",)))
    settings = settings.model_copy(update={"encode": settings.encode.model_copy(update={"encoder": encoder})})
    vectors = np.load(GOLDEN / "vit_b32_image_embeddings.npy")
    rows = [
        {"content_hash": str(at), "embedding": pack(each), "n_dimensions": 512, "bytes": None}
        for at, each in enumerate(vectors)
    ]
    scores = [dict(each["scores"])["nsfw_head"] for each in measured(rows, settings)]
    assert max(scores) == pytest.approx(0.02544, abs=1e-4)


def row(content_hash, drawn):
    return {
        "content_hash": content_hash.decode(),
        "embedding": pack(np.zeros(4)),
        "n_dimensions": 4,
        "bytes": encoded(drawn, "PNG"),
    }


def broken():
    return row(b"2" * 4, Image.new("RGB", (9, 9))) | {"bytes": b"\x89PNG\r\n\x1a\n broken"}


def measured(rows, settings):
    batch = pa.RecordBatch.from_pylist(rows)
    return [each for _, out in measure_safety(iter([batch]), settings) for each in out.to_pylist()]


def test_the_detector_is_far_less_sure_of_a_blurred_face():
    find = faces.load_faces(MODELS / FILES["face-yunet"][0])
    data = encoded(drawn_face(), "PNG")
    found = [vars(face) for face in find(drawn_face())]
    assert len(found) == 1
    left = find(decode_rgb(blurred(data, found, 10**8), 10**8))
    assert max((face.score for face in left), default=0) < found[0]["score"] - 0.2
