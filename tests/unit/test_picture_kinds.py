"""What kinds of pictures prompts tell."""

import numpy as np
import pyarrow as pa
import pytest

from corpus.filters.filter import judge
from corpus.filters.images import IMAGE_FILTERS
from corpus.filters.picture_kinds import KIND_FILTERS, PROMPTS, knows_kinds, picture_kinds
from corpus.overrides import settings_from
from corpus.recipes.image_kinds import kinds_identity, measure_kinds
from corpus.spark.batches import check_batch
from corpus.tables import TABLES
from corpus.vectors import pack
from tests.unit.small_encoder import N_DIMENSIONS, write_small_encoder
from tests.unit.test_filters import IMAGE

NAMES = [each.name for each in KIND_FILTERS]


def directions():
    """One direction of its own for the prompts of each group."""
    axes = np.eye(len(PROMPTS), dtype=np.float32)
    return {group: np.tile(axis, (3, 1)) for group, axis in zip(PROMPTS, axes, strict=True)}


def test_every_kind_has_prompts_and_is_a_filter_of_images():
    assert set(PROMPTS) == {*NAMES, "neutral", "photo"}
    assert set(NAMES) <= {each.name for each in IMAGE_FILTERS}
    assert all(len(set(prompts)) >= 3 for prompts in PROMPTS.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_along_the_prompts_of_a_kind_is_of_that_kind_alone(name):
    prompts = directions()
    found = picture_kinds(prompts[name][:1], prompts)
    drawing = found.pop("image_drawing").item()
    assert drawing == (name == "image_drawing")
    others = {other: score.item() for other, score in found.items() if other != name}
    assert others == {other: pytest.approx(-1 / 9) for other in others}
    assert name == "image_drawing" or found[name].tolist() == [1]


def test_what_is_like_any_picture_is_of_no_kind_and_a_photo_is_no_drawing():
    prompts = directions()
    found = picture_kinds(np.concatenate([prompts["neutral"][:1], prompts["photo"][:1]]), prompts)
    assert found.pop("image_drawing").tolist() == [0, -1]
    assert max(score.max() for score in found.values()) == pytest.approx(-1 / 9)


def test_a_score_does_not_move_with_what_every_picture_and_every_text_have_in_common():
    prompts = directions()
    pictures = np.random.default_rng(0).standard_normal((5, len(PROMPTS))).astype(np.float32)
    lifted = {group: np.hstack([vectors, np.ones((3, 1), np.float32)]) for group, vectors in prompts.items()}
    common = np.full((5, 1), 0.3, np.float32)
    bare, with_common = picture_kinds(pictures, prompts), picture_kinds(np.hstack([pictures, common]), lifted)
    for name in NAMES:
        np.testing.assert_allclose(with_common[name], bare[name] / 2**0.5, atol=1e-6)


def test_a_row_per_content_comes_out_with_what_it_was_measured_by(tmp_path):
    encoder = write_small_encoder(tmp_path / "small")
    settings = settings_from({"encode": {"encoder": encoder, "dtype": "float32"}})
    vectors = np.eye(N_DIMENSIONS, dtype=np.float32)[:3]
    rows = [
        {"content_hash": f"h{at}", "embedding": pack(vector), "n_dimensions": N_DIMENSIONS}
        for at, vector in enumerate(vectors)
    ]
    batches = (pa.RecordBatch.from_pylist(some) for some in (rows[:2], rows[2:]))
    made = (check_batch(TABLES["image_kinds"], batch) for _, batch in measure_kinds(batches, settings))
    found = [row for batch in made for row in batch.to_pylist()]
    assert [row["content_hash"] for row in found] == ["h0", "h1", "h2"]
    assert [[name for name, _ in row["scores"]] for row in found] == [NAMES] * 3
    assert all(-2 <= score <= 2 for row in found for _, score in row["scores"])
    assert {row["measured_by"] for row in found} == {kinds_identity(settings)}
    assert kinds_identity(settings).startswith("prompts 1 by small@")


def test_the_bundled_encoder_has_no_words_for_kinds():
    assert not knows_kinds("demo")
    assert kinds_identity(settings_from({})) == ""


def test_a_kind_decides_when_a_bound_is_set_and_one_not_measured_passes():
    bounds = settings_from({"filters": {"image_logo": {"max": 0.05}}}).filters
    logo = {**IMAGE, "picture_signs": [("image_flatness", 0.5), ("image_logo", 0.06)]}
    assert judge(IMAGE_FILTERS, bounds, logo)[0] == "image_logo"
    assert judge(IMAGE_FILTERS, bounds, {**logo, "picture_signs": {}})[0] == "kept"
