"""Frames of animations are counted in the bytes, no further than asked, and lies of a header count nothing."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from corpus.fetch.opt_outs import OptOuts
from corpus.fetch.outcomes import Fetched
from corpus.overrides import settings_from
from corpus.picture_frames import FRAMES, count_frames
from corpus.recipes.images import image_rows
from tests.unit.misbehaving_server import long_gif

TYPES = {"GIF": "image/gif", "PNG": "image/png", "WEBP": "image/webp", "AVIF": "image/avif"}


def animation(format_, n_frames, mode="RGB"):
    slope = Image.linear_gradient("L").resize((16, 16))
    frames = [slope.point(lambda value, start=start: (value + 9 * start) % 256) for start in range(n_frames)]
    first, *others = [frame.convert(mode) for frame in frames]
    stream = io.BytesIO()
    first.save(stream, format_, save_all=True, append_images=others)
    return stream.getvalue()


def looked_at(data, max_frames):
    fetched = [Fetched("a", "a", "kept", body=data)]
    bounds = settings_from({"fetch": {"max_frames": max_frames}}).fetch
    (row,) = image_rows(fetched, "web", bounds, OptOuts())
    return row["outcome"], row["fault"]


@pytest.mark.parametrize("format_", TYPES)
def test_an_animation_with_one_frame_too_many_ends_by_name(format_):
    data = animation(format_, 7)
    assert looked_at(data, 7) == ("kept", None)
    assert looked_at(data, 6) == ("too_many_frames", "more than 6 frames")


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_frames_are_counted_as_pillow_counts_them(format_, mode):
    for n_frames in (2, 3, 20):
        data = animation(format_, n_frames, mode)
        assert count_frames(data, TYPES[format_], 1_000) == Image.open(io.BytesIO(data)).n_frames == n_frames


def test_a_single_picture_holds_no_more_than_one_frame():
    for format_ in ("GIF", "JPEG", "BMP", "TIFF"):
        stream = io.BytesIO()
        Image.new("RGB", (16, 16)).save(stream, format_)
        assert count_frames(stream.getvalue(), f"image/{format_.lower()}", 1_000) == 1


def test_a_gif_of_ten_thousand_frames_is_counted_no_further_than_the_bound():
    assert count_frames(long_gif(10_000), "image/gif", 20_000) == 10_000
    assert looked_at(long_gif(10_000), 1_000) == ("too_many_frames", "more than 1000 frames")
    bounded = count_frames(long_gif(10_000) + b"\0" * 100, "image/gif", 1_001)
    assert bounded == 1_001


def test_what_a_png_claims_is_not_believed():
    stream = io.BytesIO()
    Image.new("RGB", (16, 16)).save(stream, "PNG")
    data = stream.getvalue()
    claim = b"acTL" + struct.pack(">II", 2**31 - 1, 0)
    lying = data[:33] + struct.pack(">I", 8) + claim + struct.pack(">I", zlib.crc32(claim)) + data[33:]
    assert Image.open(io.BytesIO(lying)).n_frames > 2**30
    assert looked_at(lying, 10) == ("kept", None)


@given(st.sampled_from(list(FRAMES)), st.binary(max_size=300), st.integers(1, 9))
def test_a_count_ends_on_any_bytes(media_type, tail, at_most):
    heads = {
        "image/gif": animation("GIF", 2),
        "image/png": animation("PNG", 2),
        "image/webp": animation("WEBP", 2),
    }
    assert 1 <= count_frames(tail, media_type, at_most) <= at_most
    assert count_frames(heads[media_type][:60] + tail, media_type, at_most) <= at_most
