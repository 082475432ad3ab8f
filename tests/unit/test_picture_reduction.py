"""Pictures are resized as img2dataset does it: upright, in sRGB, without metadata."""

import io
import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from corpus.picture_reduction import is_resized, reduce_picture, size_needed
from corpus.pixels import TOO_MANY_PIXELS, PictureFault, decoded, decoded_for, upright_size

MAX_PIXELS = 10**6
MODES = ["keep_ratio", "keep_ratio_largest", "center_crop", "border"]


def saved(picture, format_="JPEG", **options):
    stream = io.BytesIO()
    picture.save(stream, format_, **options)
    return stream.getvalue()


def reduced(data, side_px, mode="keep_ratio_largest"):
    picture, orientation = decoded(data, MAX_PIXELS)
    return reduce_picture(picture, orientation, upright_size(picture.size, orientation), mode, side_px)


def opened(data):
    return Image.open(io.BytesIO(data))


def drawn(width_px, height_px, side_px, mode):
    small = reduced(saved(Image.new("RGB", (width_px, height_px))), side_px, mode)
    assert opened(small.data).size == (small.width_px, small.height_px)
    return small.width_px, small.height_px


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 100))
def test_the_side_that_counts_is_as_asked_and_the_shape_stays(width_px, height_px, side_px):
    for mode, counts in (("keep_ratio_largest", max), ("keep_ratio", min)):
        small = drawn(width_px, height_px, side_px, mode)
        assert counts(small) == side_px
        scale = side_px / counts(width_px, height_px)
        assert small == pytest.approx((max(width_px * scale, 1), max(height_px * scale, 1)), abs=0.5)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 100))
def test_cropped_and_bordered_pictures_are_squares(width_px, height_px, side_px):
    assert drawn(width_px, height_px, side_px, "center_crop") == (side_px, side_px)
    assert drawn(width_px, height_px, side_px, "border") == (side_px, side_px)


@pytest.mark.parametrize("size_px", [(200, 100), (101, 200), (30, 7), (99, 100), (64, 64), (7, 5)])
@pytest.mark.parametrize("only_if_bigger", [True, False])
@pytest.mark.parametrize("mode", ["no", *MODES])
def test_sizes_and_contents_are_those_of_img2dataset(mode, only_if_bigger, size_px):
    """On a smooth picture any two ways of resampling agree but for a few grey levels."""
    resizer = pytest.importorskip("img2dataset.resizer", exc_type=ImportError)
    picture = Image.linear_gradient("L").rotate(30, expand=True).resize(size_px, Image.Resampling.BICUBIC)
    data, side_px = saved(picture.convert("RGB"), "PNG"), 63
    with warnings.catch_warnings(action="ignore"):
        theirs, width_px, height_px, *_, fault = resizer.Resizer(side_px, mode, only_if_bigger)(
            io.BytesIO(data)
        )
    assert fault is None
    ours = opened(data)
    if is_resized(mode, size_px, side_px, only_if_bigger):
        ours = opened(reduced(data, side_px, mode).data)
    assert ours.size == (width_px, height_px)
    apart = np.abs(np.asarray(ours.convert("L"), int) - np.asarray(opened(theirs).convert("L"), int))
    assert apart.mean() < 4


@pytest.mark.parametrize("mode", MODES)
def test_large_jpeg_files_are_decoded_at_a_part_of_their_size_and_look_alike(mode):
    wave = np.sin(np.add.outer(np.arange(600), np.arange(801)) / 60) * 120 + 120
    data = saved(Image.fromarray(wave.astype(np.uint8)))
    least = partial(size_needed, mode=mode, side_px=100, only_if_bigger=True)
    part, orientation, stored_px = decoded_for(data, MAX_PIXELS, least)
    assert stored_px == (801, 600)
    assert part.size == ((201, 150) if mode in ("keep_ratio_largest", "border") else (401, 300))
    small, whole = reduce_picture(part, orientation, stored_px, mode, 100), reduced(data, 100, mode)
    assert (small.width_px, small.height_px) == (whole.width_px, whole.height_px)
    apart = np.abs(np.asarray(opened(small.data), int) - np.asarray(opened(whole.data), int))
    assert apart.mean() < 3


def test_a_crop_keeps_the_middle_and_a_border_is_white():
    thirds = np.zeros((30, 90, 3), np.uint8)
    thirds[:, 30:60] = 120
    cropped = opened(reduced(saved(Image.fromarray(thirds), "PNG"), 20, "center_crop").data)
    assert cropped.getpixel((10, 10))[0] == pytest.approx(120, abs=4)
    bordered = opened(reduced(saved(Image.fromarray(thirds), "PNG"), 60, "border").data)
    assert [bordered.getpixel((30, y))[0] for y in (2, 30, 57)] == pytest.approx([255, 120, 255], abs=4)


def test_a_picture_of_the_size_asked_for_or_smaller_stays_unless_all_are_resized():
    for mode, bigger, not_bigger in (
        ("keep_ratio", (101, 500), (100, 500)),
        ("center_crop", (101, 500), (100, 500)),
        ("keep_ratio_largest", (10, 101), (10, 100)),
        ("border", (10, 101), (10, 100)),
    ):
        assert is_resized(mode, bigger, 100, only_if_bigger=True)
        assert not is_resized(mode, not_bigger, 100, only_if_bigger=True)
        assert is_resized(mode, not_bigger, 100, only_if_bigger=False)
    assert not is_resized("no", (500, 500), 100, only_if_bigger=False)


def test_a_strip_that_no_jpeg_holds_once_enlarged_is_a_fault():
    with pytest.raises(PictureFault) as fault:
        reduced(saved(Image.new("L", (1, 9_000)), "PNG"), 10, "keep_ratio")
    assert (fault.value.outcome, fault.value.detail) == (
        TOO_MANY_PIXELS,
        "10 x 90000 px once resized: no JPEG holds it",
    )


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
