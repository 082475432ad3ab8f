"""Signs of pixels are measured of each content once, by no encoder."""

import io

import pytest
from PIL import Image

from corpus.filters.picture_signs import SIDE_PX, SIGN_FILTERS, picture_signs
from corpus.overrides import settings_from
from corpus.pixels import decode_rgb
from corpus.recipes.image_signs import IDENTITY, measure_signs
from corpus.spark.batches import check_batch
from corpus.tables import TABLES
from tests.unit.test_recipes_embedding import content_batch, png, with_before

SETTINGS = settings_from({"encode": {"encoder": "./no-such-folder"}})


def rows_of(*batches, settings=SETTINGS):
    made = (check_batch(TABLES[name], batch) for name, batch in measure_signs(iter(batches), settings))
    return [row for batch in made for row in batch.to_pylist()]


def test_each_picture_has_every_sign_in_its_place():
    rows = rows_of(content_batch(("a", png(1)), ("b", png(2))), content_batch(("c", png(3))))
    assert [row["content_hash"] for row in rows] == ["a", "b", "c"]
    for number, row in enumerate(rows, 1):
        assert dict(row["scores"]) == picture_signs(decode_rgb(png(number), 10_000))
        assert set(dict(row["scores"])) == {each.name for each in SIGN_FILTERS}
    told, libraries = rows[0]["measured_by"].split(" with ")
    assert told == IDENTITY == "signs 1"
    assert [each.split()[0] for each in libraries.split(", ")] == ["numpy", "pillow", "scipy", "zxing-cpp"]


@pytest.mark.parametrize("data", [b"", b"<html>404</html>", png(1)[:-700]])
def test_a_picture_that_does_not_decode_has_no_sign_and_leaves_the_others_theirs(data):
    rows = rows_of(content_batch(("broken", data), ("a", png(1))))
    assert [(row["content_hash"], len(row["scores"])) for row in rows] == [
        ("broken", 0),
        ("a", len(SIGN_FILTERS)),
    ]


def test_a_picture_over_the_pixel_limit_is_not_decoded():
    small = settings_from({"fetch": {"max_pixels": 1499}})
    assert [row["scores"] for row in rows_of(content_batch(("a", png(1))), settings=small)] == [[]]


def test_finished_rows_pass_through():
    done = {"content_hash": "a", "scores": [("image_letters", 7.0)], "measured_by": "signs 1 with scipy 1"}
    batch = with_before(content_batch(("a", None), ("b", png(2))), "image_signs", done, None)
    found = rows_of(batch)
    assert found[0] == done
    assert found[1]["content_hash"] == "b"
    assert len(found[1]["scores"]) == len(SIGN_FILTERS)


def test_a_large_photograph_is_measured_as_it_looks_when_all_its_pixels_are_decoded():
    picture = Image.effect_mandelbrot((1600, 1200), (-2, -1.2, 0.8, 1.2), 80).convert("RGB")
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=95)
    (row,) = rows_of(content_batch(("a", stream.getvalue())))
    whole = picture_signs(decode_rgb(stream.getvalue(), 10**7))
    assert max(picture.size) > 2 * SIDE_PX
    assert dict(row["scores"])["image_sharpness"] == pytest.approx(whole["image_sharpness"], rel=0.1)
    assert dict(row["scores"])["image_flatness"] == pytest.approx(whole["image_flatness"], abs=0.02)
