"""Large pictures are made smaller: upright, in sRGB, without metadata, in their shape."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from corpus.picture_reduction import reduce_picture
from corpus.pixels import decoded

MAX_PIXELS = 10**6


def saved(picture, format_="JPEG", **options):
    stream = io.BytesIO()
    picture.save(stream, format_, **options)
    return stream.getvalue()


def reduced(data, longest_px):
    return reduce_picture(*decoded(data, MAX_PIXELS), longest_px)


def opened(data):
    return Image.open(io.BytesIO(data))


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 100))
def test_the_longest_side_is_as_asked_and_the_shape_stays(width_px, height_px, longest_px):
    small = reduced(saved(Image.new("RGB", (width_px, height_px))), longest_px)
    assert opened(small.data).size == (small.width_px, small.height_px)
    shrink = max(1.0, max(width_px, height_px) / longest_px)
    assert small.width_px == pytest.approx(max(width_px / shrink, 1), abs=1)
    assert small.height_px == pytest.approx(max(height_px / shrink, 1), abs=1)
    assert max(small.width_px, small.height_px) <= max(longest_px, 1)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "P", "RGBA", "LA", "I;16", "1"])
def test_every_mode_becomes_a_jpeg_of_three_bytes_a_pixel(mode):
    format_ = "JPEG" if mode == "CMYK" else "PNG"
    picture = Image.new(mode, (200, 100))
    small = opened(reduced(saved(picture, format_), 50).data)
    assert (small.format, small.mode, small.size) == ("JPEG", "RGB", (50, 25))


def test_a_turned_picture_is_upright_and_says_nothing_of_it():
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "Secret Artist"
    halves = np.zeros((100, 200, 3), np.uint8)
    halves[:, 100:] = 255
    data = reduced(saved(Image.fromarray(halves), exif=exif), 50).data
    small = opened(data)
    assert small.size == (25, 50)
    assert (small.getpixel((12, 5))[0] < 20, small.getpixel((12, 45))[0] > 235) == (True, True)
    assert dict(small.getexif()) == {}
    assert b"Secret Artist" not in data


def test_transparency_is_laid_on_white():
    small = opened(reduced(saved(Image.new("RGBA", (200, 200)), "PNG"), 50).data)
    assert min(small.getpixel((25, 25))) > 250


def test_colours_are_those_of_srgb():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"tmp.").replace(b"bXYZ", b"rXYZ").replace(b"tmp.", b"bXYZ")
    blue = opened(reduced(saved(Image.new("RGB", (200, 100), "red"), icc_profile=swapped), 50).data)
    assert "icc_profile" not in blue.info
    red_part, _, blue_part = blue.getpixel((9, 9))
    assert (red_part < 20, blue_part > 235) == (True, True)


def test_a_profile_that_cannot_be_read_is_left_out():
    data = saved(Image.new("RGB", (200, 100), (10, 20, 30)), icc_profile=b"no profile" * 20)
    assert "icc_profile" not in opened(reduced(data, 50).data).info
