"""A face head is trained on what a detector found in a build, and judges in its place."""

import numpy as np
import pytest

from corpus.cli import main
from corpus.config import Bound, Filters, Safety, Settings
from corpus.encode.checkpoint import encoder_identity
from corpus.errors import ModelError
from corpus.filters.tiers import document_tiers
from corpus.look.absences import absences
from corpus.prepare import with_detectors
from corpus.recipes.image_safety import detector_identities, measured
from corpus.recipes.interleaved import found_on
from corpus.safety import face_head
from corpus.safety.detectors import running
from corpus.safety.face_head import (
    CUT,
    FIT,
    TOLD,
    cutoff_for,
    figures,
    fit,
    read_face_head,
    train,
    write_face_head,
)
from corpus.vectors import pack, unit
from tests.unit.drawn_build import DrawnBuild
from tests.unit.test_safety import decided
from tests.unit.written_build import write_build

D = 16
DEMO = encoder_identity("demo", "float32")
YUNET = "faces: face-yunet@104ee26c71d5, revision 1"


def drawn(n, seed=0, distance=0.6):
    """Unit vectors, of which a third lies somewhat more in one direction than the others."""
    random = np.random.default_rng(seed)
    has_face = random.random(n) < 0.35
    vectors = random.standard_normal((n, D))
    vectors[:, 3] += distance * 5 * has_face
    return unit(vectors), has_face


def parts_of(n):
    return np.resize([FIT] * 8 + [CUT, TOLD], n)


@pytest.fixture
def head(tmp_path):
    vectors, has_face = drawn(4_000)
    found = train(vectors, has_face, parts_of(4_000), (DEMO, YUNET))
    write_face_head(found, str(tmp_path / "faces.json"))
    return read_face_head(str(tmp_path / "faces.json"))


def test_weights_are_those_of_the_least_loss():
    vectors, has_face = drawn(500)
    weights, bias = fit(vectors, has_face)
    deviation = vectors.std(axis=0) + 1e-6
    signs = np.where(has_face, 1, -1)

    def loss(weights, bias):
        return (
            np.logaddexp(0, -signs * (vectors @ weights + bias)).sum()
            + ((weights * deviation) ** 2).sum() / 2
        )

    least = loss(weights, bias)
    for at in range(D):
        for step in (-0.1, 0.1):
            assert loss(weights + step * np.eye(D, dtype=np.float32)[at], bias) > least
    assert loss(weights, bias + 0.05) > least < loss(weights, bias - 0.05)


def test_the_cutoff_is_the_highest_that_finds_so_many():
    scores = np.arange(1, 101, dtype=np.float32) / 100
    has_face = np.arange(100) % 2 == 1
    cutoff = cutoff_for(scores, has_face, 0.9)
    assert figures(scores, has_face, cutoff).recall == 0.9
    assert figures(scores, has_face, cutoff + 0.02).recall < 0.9
    assert figures(scores, has_face, 0.5) == face_head.Figures(100, 50, 25 / 50, 25 / 50, 0.5)


def test_what_it_tells_is_of_pictures_that_it_was_not_trained_or_cut_on(head):
    vectors, has_face = drawn(4_000)
    told = parts_of(4_000) == TOLD
    assert head.told == figures(head.score(vectors[told]), has_face[told], head.cutoff)
    assert (head.told.n, head.told.recall > 0.9, head.told.precision > 0.8) == (400, True, True)


def test_too_few_pictures_of_either_kind_are_refused():
    vectors, has_face = drawn(200)
    with pytest.raises(ModelError, match=r"too few pictures .* needs 20 of each"):
        train(vectors, has_face, parts_of(200), (DEMO, YUNET))


def test_its_file_holds_all_of_it_and_another_file_is_none(head, tmp_path):
    assert (head.encoder, head.detector, len(head.sha256)) == (DEMO, YUNET, 64)
    (tmp_path / "other.json").write_text('{"kind": "hat"}')
    with pytest.raises(ModelError, match="no face head: it is of kind hat"):
        read_face_head(str(tmp_path / "other.json"))
    with pytest.raises(ModelError, match=r"there is no face head .*train-faces"):
        read_face_head(str(tmp_path / "none.json"))
    with pytest.raises(ModelError, match="16 dimensions, not of 8"):
        head.score(np.zeros((1, 8), np.float32))


def settings_with(tmp_path, **safety):
    return Settings(safety=Safety(face_head=str(tmp_path / "faces.json"), **safety))


def test_it_judges_in_place_of_the_detector_unless_that_is_named_and_is_part_of_what_measured(
    head, tmp_path, monkeypatch
):
    monkeypatch.setattr("corpus.safety.detectors.hindrance", lambda name, encoder: None)
    monkeypatch.setattr("corpus.safety.detectors.model_folder", lambda name: None)
    assert "faces" in running(None, "demo")
    settings = with_detectors(settings_with(tmp_path))
    assert settings.safety.detectors == ("nsfw_head", "nsfw_classifier")
    assert settings.safety.face_head_max == head.cutoff
    named = with_detectors(settings_with(tmp_path, detectors=("faces",), face_head_max=0.7))
    assert (named.safety.detectors, named.safety.face_head_max) == (("faces",), 0.7)
    only = settings_with(tmp_path, detectors=())
    assert detector_identities(only) == f"face_head: {head.sha256[:12]} on {DEMO}"
    (row,) = measured(rows_of(drawn(1)[0]), only)
    assert (row["measured_by"], row["faces"]) == (detector_identities(only), None)
    assert dict(row["scores"]) == {"face_head": pytest.approx(float(head.score(drawn(1)[0])[0]), abs=0.01)}


def rows_of(vectors):
    import pyarrow as pa

    return pa.RecordBatch.from_pylist(
        [
            {"content_hash": "h", "embedding": pack(vector), "n_dimensions": D, "bytes": None}
            for vector in vectors
        ]
    )


def test_vectors_of_another_encoder_end_the_build_before_it_starts(tmp_path):
    vectors, has_face = drawn(4_000)
    write_face_head(
        train(vectors, has_face, parts_of(4_000), ("other@0", YUNET)), str(tmp_path / "faces.json")
    )
    with pytest.raises(ModelError, match=f"reads vectors of other@0, not those of {DEMO}"):
        with_detectors(settings_with(tmp_path))


def test_a_picture_beyond_the_cutoff_has_a_face_for_filters_and_tiers_and_none_for_safety():
    settings = Settings(safety=Safety(face_head_max=0.3), filters=Filters(image_faces=Bound(max=0)))
    low, high = ([("face_head", score)] for score in (0.3, 0.31))
    assert decided(settings, safety_scores=high)[0] == "image_faces"
    outcome, scores = decided(settings, safety_scores=low)
    assert (outcome, scores["image_faces"], scores["image_face_head"]) == ("kept", 0.0, 0.3)
    assert "image_nsfw" not in scores
    assert decided(settings, safety_scores=high, faces=[])[0] == "kept"
    assert found_on({"faces": None, "safety_scores": high}, 0.6)["nsfw"] is None
    pictures = [
        {"dom_index": at, "matched_sim": 0.3, "image_near_copy": None, "image_faces": faces}
        for at, faces in enumerate((0.0, 1.0))
    ]
    tiers, _ = document_tiers({"n_sentences": 5, "pictures": pictures}, settings.tiers)
    assert (tiers["in_ff"], [each["in_ff"] for each in tiers["pictures"]]) == (True, [True, False])


def test_what_it_leaves_unmeasured_is_said(tmp_path):
    lines = absences(settings_with(tmp_path, detectors=()))
    (line,) = [line for line in lines if line.startswith("faces ")]
    assert line.endswith("faces.json judges in its place): image_face_share did not run")


def test_the_command_trains_on_a_build_and_tells_recall_and_precision(tmp_path, capsys):
    vectors, has_face = drawn(3_000)
    build = DrawnBuild()
    box = {"left": 0.1, "top": 0.1, "width": 0.5, "height": 0.4}
    for at, vector in enumerate(vectors):
        content = f"{at:064x}"
        faces = [{**box, "score": 0.9 if has_face[at] else 0.5}]
        build.rows["image_contents"].append({"content_hash": content, "cluster": content, "outcome": "kept"})
        build.rows["image_features"].append(
            {"content_hash": content, "outcome": "kept", "encoder": f"{DEMO}+bfloat16 with torch 2",
             "n_dimensions": D, "embedding": pack(vector)}
        )  # fmt: skip
        build.rows["image_safety"].append(
            {"content_hash": content, "scores": [], "faces": faces, "measured_by": f"nsfw_head: x\n{YUNET}"}
        )
    write_build(tmp_path, build, Settings())
    uri = str(tmp_path / "made.json")
    assert main(["models", "train-faces", str(tmp_path), "--to", uri]) == 0
    head, said = read_face_head(uri), capsys.readouterr().out
    assert (head.encoder, head.detector) == (DEMO, YUNET)
    assert f"recall    {head.told.recall:.3f}" in said
    assert f"precision {head.told.precision:.3f}" in said
    assert head.told.recall > 0.85
    assert main(["models", "train-faces", str(tmp_path)]) == 1
    assert "--to faces.json" in capsys.readouterr().err


def test_a_build_that_looked_for_no_faces_trains_nothing(tmp_path, capsys):
    write_build(tmp_path, DrawnBuild(), Settings())
    assert main(["models", "train-faces", str(tmp_path), "--to", str(tmp_path / "f.json")]) == 1
    assert "has looked for no faces" in capsys.readouterr().err
