"""Detectors and votes without a model at hand; with models: test_safety_models."""

import numpy as np
import pytest

from corpus.config import Bound, Filters, Safety, Settings
from corpus.errors import ModelError, SettingsError
from corpus.filters.votes import nsfw_vote
from corpus.look.absences import absences
from corpus.recipes.decisions import decided_document, decided_images
from corpus.safety import zero_shot
from corpus.safety.detectors import absent, identities, running
from corpus.safety.faces import apart, decoded
from tests.unit.test_decisions import image

UNSAFE, SAFE = {"nsfw_head": 0.2, "nsfw_classifier": 0.9}, {"nsfw_head": 0.2, "nsfw_classifier": 0.1}


@pytest.fixture
def no_models(monkeypatch, tmp_path):
    monkeypatch.setenv("CORPUS_MODELS", str(tmp_path))


@pytest.mark.parametrize(
    ("vote", "scores", "expected"),
    [
        ("all", UNSAFE, 1.0),
        ("all", SAFE, 0.0),
        ("all", {"nsfw_head": 0.2}, 1.0),
        ("any", SAFE, 1.0),
        ("any", {"nsfw_head": 0.1, "nsfw_classifier": 0.8}, 0.0),
        ("weighted", SAFE, 0.75),
        ("weighted", {"nsfw_classifier": 0.9}, 1.0),
        ("weighted", {"nsfw_zero_shot": 0.9}, None),
        ("any", {}, None),
    ],
)
def test_the_vote_counts_detectors_beyond_their_own_bound(vote, scores, expected):
    safety = Safety(vote=vote, nsfw_head_weight=3, nsfw_zero_shot_weight=0)
    assert nsfw_vote(scores, safety) == expected


def decided(settings=Settings(), **changes):  # noqa: B008  frozen
    (row,) = decided_images([image("d", 0, **changes)], settings)
    return row["outcome"], dict(row["scores"])


def test_an_unsafe_picture_falls_by_the_vote_and_keeps_every_score():
    outcome, scores = decided(safety_scores=list(UNSAFE.items()), width_px=10)
    assert outcome == "image_nsfw"
    assert scores["image_nsfw_head"] == 0.2
    assert scores["image_nsfw_classifier"] == 0.9
    assert scores["image_nsfw"] == 1.0
    assert decided(safety_scores=list(SAFE.items()))[0] == "kept"


def test_a_picture_that_no_detector_saw_passes_without_a_score():
    outcome, scores = decided(safety_scores=None, faces=None)
    assert outcome == "kept"
    assert not [name for name in scores if "nsfw" in name or "face" in name]


def test_faces_are_counted_from_the_score_on_that_the_settings_name():
    box = {"left": 0.1, "top": 0.1, "width": 0.5, "height": 0.4}
    faces = [{**box, "score": 0.9}, {**box, "width": 0.9, "score": 0.5}]
    outcome, scores = decided(faces=faces)
    assert outcome == "kept"
    assert (scores["image_faces"], scores["image_face_share"]) == (1.0, pytest.approx(0.2))
    assert decided(faces=[])[1]["image_face_share"] == 0
    fewer = Settings(filters=Filters(image_faces=Bound(max=0)))
    assert decided(fewer, faces=faces)[0] == "image_faces"
    assert decided(fewer, faces=faces[1:])[0] == "kept"


@pytest.mark.parametrize(
    ("n_unsafe", "n_judged", "bound", "outcome"),
    [
        (0, 4, 0, "kept"),
        (1, 4, 0, "document_unsafe_images"),
        (1, 4, 0.25, "kept"),
        (2, 4, 0.25, "document_unsafe_images"),
        (0, None, 0, "kept"),
    ],
)
def test_a_document_falls_with_too_large_a_share_of_unsafe_pictures(n_unsafe, n_judged, bound, outcome):
    row = {"outcome": "kept", "document_id": "d", "n_sentences": 2, "n_images": 3, "first_of_images": "d"}
    row |= {"n_blocked_images": 0, "n_unsafe_images": n_unsafe, "n_nsfw_judged_images": n_judged}
    row |= {"n_contaminated": None, "shuffle_z": None, "pictures": []}
    settings = Settings(filters=Filters(document_unsafe_images=Bound(max=bound)))
    found = decided_document(row, settings)
    assert found["outcome"] == outcome
    assert ("document_unsafe_images" in dict(found["scores"])) == (n_judged is not None)


def test_without_models_nothing_runs_and_the_build_says_which_rules_did_not(no_models):
    assert running(None, "demo") == ()
    lines = absences(Settings())
    assert len(lines) == 5
    assert lines[1].endswith("corpus models pull nsfwjs-mobilenet-v2): image_nsfw_classifier did not run")
    assert "image_nsfw and document_unsafe_images did not run" in lines[-1]


@pytest.mark.parametrize(
    ("name", "encoder", "reason"),
    [
        ("nsfw_head", "demo", "not those of demo"),
        ("nsfw_head", "ViT-B-16/openai", "not those of ViT-B-16/openai"),
        ("nsfw_head", "ViT-L-14/openai", "corpus models pull nsfw-clip-l14"),
        ("nsfw_head", "ViT-B-32/openai", "corpus models pull nsfw-clip-b32"),
        ("nsfw_zero_shot", "demo", "drawn scenes only"),
        ("faces", "demo", "corpus models pull face-yunet"),
    ],
)
def test_a_detector_that_is_named_and_cannot_run_ends_the_build_before_it_starts(
    no_models, name, encoder, reason
):
    with pytest.raises(SettingsError, match=f"safety.detectors: {name} cannot run: .*{reason}"):
        running((name,), encoder)


def test_a_damaged_model_ends_the_build_before_it_starts(no_models, tmp_path):
    folder = tmp_path / "face-yunet"
    folder.mkdir()
    (folder / "yunet_n_dynamic.onnx").write_bytes(b"not a model")
    (folder / "yunet_n_dynamic.onnx.sha256").write_text("0" * 64)
    with pytest.raises(ModelError, match="damaged or another file"):
        running(None, "demo")


def test_zero_shot_runs_only_when_it_is_named(no_models):
    assert running(None, "ViT-B-16/openai") == ()
    assert running(("nsfw_zero_shot",), "ViT-B-16/openai") == ("nsfw_zero_shot",)
    assert absent((), "ViT-B-16/openai")["nsfw_zero_shot"] == "it is not named in safety.detectors"


def test_the_identity_names_model_and_encoder_but_not_the_encoder_of_a_detector_of_pixels():
    told = identities(
        ("nsfw_head", "nsfw_classifier"), "ViT-B-32/openai", "ViT-B-32/openai@0123"
    ).splitlines()
    assert told[0] == "nsfw_head: nsfw-clip-b32@78715ab9d644, revision 1 on ViT-B-32/openai@0123"
    assert told[1] == "nsfw_classifier: nsfwjs-mobilenet-v2@11846416217e+8e7dddbb16ac, revision 1"


def test_zero_shot_gives_the_share_of_unsafe_prompts():
    prompts = np.eye(len(zero_shot.PROMPTS), dtype=np.float32)
    found = zero_shot.unsafe(prompts, prompts)
    np.testing.assert_allclose(found[: len(zero_shot.UNSAFE)], 1, atol=1e-6)
    np.testing.assert_allclose(found[len(zero_shot.UNSAFE) :], 0, atol=1e-6)


def test_boxes_stand_where_their_cell_says_and_one_face_is_one_box():
    shapes = [(1, 16, 1), (1, 4, 1), (1, 1, 1)]
    outputs = [
        np.zeros(shape, np.float32) for shape in (*shapes, *shapes, *((1, n, 4) for _, n, _ in shapes))
    ]
    for cell, certain in ((5, 0.81), (6, 0.64), (15, 0.04)):
        outputs[0][0, cell], outputs[3][0, cell] = certain, 1
    outputs[6][0, 5] = [0.5, 0.25, np.log(2), np.log(1)]
    outputs[6][0, 6] = [-0.4, 0.25, np.log(2), np.log(1)]
    outputs[0][0, 15] = outputs[3][0, 15] = 0.2
    boxes, scores = decoded(outputs, 4, 4)
    np.testing.assert_allclose(scores, [0.9, 0.8], atol=1e-6)
    np.testing.assert_allclose(boxes[0], [4, 6, 20, 14], atol=1e-4)  # centre (1.5, 1.25) * 8, 16 x 8 px
    assert apart(boxes, scores) == [0]
    assert apart(boxes + np.array([[0], [100]], np.float32), scores) == [0, 1]
