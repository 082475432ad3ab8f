import numpy as np
import pytest
from PIL import Image

from corpus.encode.prepared import pixel_bytes, prepared
from corpus.encode.torchvision_ops import ensure_torchvision

ensure_torchvision()

from torchvision.transforms import CenterCrop, Resize  # noqa: E402


def drawn(width_px, height_px):
    rng = np.random.default_rng(width_px)
    small = Image.fromarray(rng.integers(0, 255, (9, 12, 3), dtype=np.uint8))
    return small.resize((width_px, height_px), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("size_px", [(1, 1), (37, 501), (2600, 2400)])
def test_pixels_are_those_of_the_picture_whether_pillow_holds_it_in_one_piece_or_in_many(size_px):
    picture = drawn(*size_px)
    np.testing.assert_array_equal(pixel_bytes(picture)[:3].permute(1, 2, 0).numpy(), np.asarray(picture))


def test_pixels_outlive_the_picture():
    expected = np.array(drawn(300, 200))
    pixels = pixel_bytes(drawn(300, 200))
    others = [drawn(300, 200 + n) for n in range(9)]
    np.testing.assert_array_equal(pixels[:3].permute(1, 2, 0).numpy(), expected)
    assert len(others) == 9


@pytest.mark.parametrize("size_px", [(640, 480), (90, 400), (2600, 2400)])
def test_resized_pixels_are_pillows_within_a_few_of_255(size_px):
    picture = drawn(*size_px)
    steps = [Resize(96, Image.Resampling.BICUBIC), CenterCrop(96)]
    expected = picture
    for step in steps:
        expected = step(expected)
    differ = np.abs(prepared(steps, picture).numpy().astype(int) - np.asarray(expected))
    assert differ.shape == (96, 96, 3)
    assert differ.max() <= 6
    assert differ.mean() < 0.3


def test_steps_that_do_not_begin_with_a_plain_resize_are_left_to_pillow():
    picture = drawn(120, 80)
    cropped = prepared([lambda given: given.crop((0, 0, 64, 64))], picture)
    np.testing.assert_array_equal(cropped.numpy(), np.asarray(picture)[:64, :64])
