"""What the pixels of planted pictures say of them."""

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from corpus.filters.filter import judge
from corpus.filters.images import IMAGE_FILTERS
from corpus.filters.picture_signs import COLOURS_PX, SIDE_PX, SIGN_FILTERS, looked_at, picture_signs
from corpus.overrides import settings_from
from tests.unit.test_filters import IMAGE


def noisy(width_px=200, height_px=150):
    """Pixels of all colours, no two neighbours alike."""
    values = np.random.default_rng(0).integers(0, 256, (height_px, width_px, 3), dtype=np.uint8)
    return Image.fromarray(values)


def qr_code(side_px):
    code = zxingcpp.create_barcode("https://a.example/", zxingcpp.BarcodeFormat.QRCode)
    return Image.fromarray(np.array(code.to_image(scale=4))).convert("RGB").resize((side_px, side_px))


def test_every_sign_is_measured_and_is_a_filter_of_images():
    names = [each.name for each in SIGN_FILTERS]
    assert list(picture_signs(noisy())) == names
    assert set(names) <= {each.name for each in IMAGE_FILTERS}


def test_a_blurred_and_an_enlarged_picture_are_less_sharp():
    picture = noisy()
    small = picture.resize((50, 37), Image.Resampling.BOX)
    blurred = picture.filter(ImageFilter.GaussianBlur(2))
    enlarged = small.resize(picture.size, Image.Resampling.BICUBIC)
    sharp = picture_signs(picture)["image_sharpness"]
    assert picture_signs(blurred)["image_sharpness"] < sharp / 20
    assert picture_signs(enlarged)["image_sharpness"] < sharp / 20
    assert picture_signs(Image.new("RGB", (9, 9), "red"))["image_sharpness"] == 0


def test_a_picture_half_of_one_colour_is_half_flat():
    picture = noisy()
    picture.paste("white", (0, 0, 100, 150))
    assert picture_signs(picture)["image_flatness"] == pytest.approx(0.5, abs=0.001)
    assert picture_signs(Image.new("RGB", (9, 9), "red"))["image_flatness"] == 1
    assert picture_signs(noisy())["image_flatness"] < 0.002


def written(text, size_px=20, at=(20, 20), ink="black"):
    picture = noisy(400, 300).filter(ImageFilter.GaussianBlur(20))
    ImageDraw.Draw(picture).text(at, text, fill=ink, font=ImageFont.load_default(size_px))
    return picture


@pytest.mark.parametrize("ink", ["black", "white"])
@pytest.mark.parametrize("size_px", [14, 20, 40])
def test_letters_in_lines_are_counted_in_any_ink_and_size(ink, size_px):
    letters = picture_signs(written("red tree near\na brown lake", size_px, ink=ink))["image_letters"]
    assert 14 <= letters <= 24


@pytest.mark.parametrize("text", ["", "tree", "I I I I I I I I"])
def test_a_short_word_and_strokes_far_apart_are_no_line(text):
    assert picture_signs(written(text))["image_letters"] == 0


def test_letters_that_climb_or_grow_are_no_line():
    climbing = written("")
    for place, letter in enumerate("abcdefgh"):
        ImageDraw.Draw(climbing).text((20 + 14 * place, 20 + 14 * place), letter, fill="black", font_size=20)
    assert picture_signs(climbing)["image_letters"] == 0


def test_a_qr_code_is_found_with_the_share_that_it_takes():
    picture = Image.new("RGB", (1000, 500), "white")
    assert picture_signs(picture)["image_qr_share"] == 0
    picture.paste(qr_code(400), (50, 50))
    assert picture_signs(picture)["image_qr_share"] == pytest.approx(0.23, abs=0.05)
    assert picture_signs(noisy())["image_qr_share"] == 0


@given(st.integers(1, 3000), st.integers(1, 40))
def test_no_picture_is_looked_at_larger_than_the_side_and_none_is_lost(width_px, height_px):
    picture = Image.new("RGB", (width_px, height_px), "green")
    look = looked_at(picture)
    assert 1 <= min(look.colours.shape[:2]) <= max(look.colours.shape[:2]) <= COLOURS_PX
    assert 1 <= min(look.grey.shape) <= max(look.grey.shape) <= SIDE_PX
    nothing = {"image_sharpness": 0, "image_letters": 0, "image_qr_share": 0}
    assert picture_signs(picture) == {**nothing, "image_flatness": 1}


def test_a_sign_decides_when_a_bound_is_set_and_one_not_measured_passes():
    bounds = settings_from({"filters": {"image_flatness": {"max": 0.9}}}).filters
    flat = {**IMAGE, "picture_signs": [("image_flatness", 0.95)]}
    assert judge(IMAGE_FILTERS, bounds, flat)[0] == "image_flatness"
    assert judge(IMAGE_FILTERS, bounds, {**IMAGE, "picture_signs": None})[0] == "kept"
    assert judge(IMAGE_FILTERS, settings_from({}).filters, flat)[0] == "kept"
