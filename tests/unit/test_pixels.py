"""Pictures are judged by their bytes, decoded whole or named by their fault."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageOps

from corpus import pixels
from corpus.media_types import sniff
from corpus.pixels import PictureFault, count_scans, decode_rgb
from tests.unit.inspected import inspect

MAX_PIXELS = 89_478_485
FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
}


def scene(width_px=64, height_px=48):
    """A picture with structure, the same at every call."""
    y, x = np.mgrid[0:height_px, 0:width_px]
    red = 255 * x / width_px
    green = 255 * y / height_px
    blue = 127 + 127 * np.sin(x / 5) * np.cos(y / 7)
    return Image.fromarray(np.stack([red, green, blue], axis=2).astype(np.uint8))


def encoded(picture, format_, **options):
    buffer = io.BytesIO()
    picture.save(buffer, format_, **options)
    return buffer.getvalue()


def test_jpeg_files_alone_come_smaller_and_no_smaller_than_asked():
    data = encoded(scene(400, 300), "JPEG")
    for least_px, width_px in ((400, 400), (151, 400), (150, 200), (75, 100), (40, 100), (1, 50)):
        assert decode_rgb(data, MAX_PIXELS, least_px).size == (
            width_px,
            width_px * 3 // 4 + width_px % 4 // 2,
        )
    assert decode_rgb(encoded(scene(400, 300), "PNG"), MAX_PIXELS, 1).size == (400, 300)
    whole, small = (np.asarray(decode_rgb(data, MAX_PIXELS, px).resize((50, 38)), int) for px in (None, 150))
    assert np.abs(whole - small).mean() < 2
    with pytest.raises(PictureFault, match="too_many_pixels"):
        decode_rgb(data, 400 * 300 - 1, 1)
    with pytest.raises(PictureFault, match="truncated"):
        decode_rgb(data[: len(data) // 2], MAX_PIXELS, 1)


def outcome(data, max_pixels=MAX_PIXELS):
    with pytest.raises(PictureFault) as caught:
        inspect(data, max_pixels)
    with pytest.raises(PictureFault) as again:
        decode_rgb(data, max_pixels)
    assert again.value.outcome == caught.value.outcome
    assert caught.value.outcome in pixels.FAULTS
    return caught.value.outcome


def png(width_px, height_px, chunks):
    """A PNG of the given claims and chunks; checksums are right, contents need not be."""
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_is_sniffed_and_measured(format_):
    data = encoded(scene(), format_)
    picture = inspect(data, MAX_PIXELS)
    assert sniff(data) == FORMATS[format_]
    assert (picture.media_type, picture.width_px, picture.height_px) == (FORMATS[format_], 64, 48)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"", None),
        (b"plain text", None),
        (b"BMW makes cars, and this is prose", None),
        (b"<!DOCTYPE html><html><body><svg></svg></body></html>", None),
        (b"<?xml version='1.0'?><html><svg/></html>", None),
        (b"\xef\xbb\xbf <!-- made by hand --><svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><!DOCTYPE svg><SVG/>", "image/svg+xml"),
        (b"\0\0\1\0\1\0\x10\x10", "image/vnd.microsoft.icon"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "image/avif"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomiso2", None),
        (b"\xff\x4f\xff\x51\x00\x2f", "image/jp2"),
        (b"RIFF\x24\0\0\0WAVEfmt ", None),
    ],
)
def test_media_types_come_from_the_first_bytes(data, media_type):
    assert sniff(data) == media_type


def test_the_perceptual_hash_is_that_of_imagehash():
    data = encoded(scene(), "PNG")
    assert inspect(data, MAX_PIXELS).perceptual_hash == str(imagehash.phash(scene()))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_size_pixels_and_hash(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(scene(), "PNG", exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    picture = inspect(data, MAX_PIXELS)
    assert (picture.width_px, picture.height_px) == upright.size
    assert np.array_equal(np.asarray(decode_rgb(data, MAX_PIXELS)), np.asarray(upright))
    assert picture.perceptual_hash == str(imagehash.phash(upright))


def test_an_exif_block_that_cannot_be_read_takes_no_picture_away():
    data = encoded(scene(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert inspect(data, MAX_PIXELS).width_px == 64


def test_transparency_is_laid_on_white():
    half = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    half.putpixel((1, 0), (0, 0, 255, 0))
    for data in (encoded(half, "PNG"), encoded(half, "WEBP", lossless=True)):
        assert np.asarray(decode_rgb(data, MAX_PIXELS)).tolist() == [[[255, 0, 0], [255, 255, 255]]]


def test_a_transparent_palette_entry_is_laid_on_white():
    picture = Image.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 200, 0, 0])
    picture.putpixel((1, 0), 1)
    data = encoded(picture, "PNG", transparency=0)
    assert np.asarray(decode_rgb(data, MAX_PIXELS)).tolist() == [[[255, 255, 255], [200, 0, 0]]]


def test_sixteen_bit_grey_keeps_its_shades():
    shades = np.array([[0, 0x4000, 0x8000, 0xFFFF]], dtype=np.uint16)
    for format_ in ("PNG", "TIFF"):
        rgb = decode_rgb(encoded(Image.fromarray(shades), format_), MAX_PIXELS)
        assert np.asarray(rgb)[0, :, 0].tolist() == [0, 0x40, 0x80, 0xFF]


def test_cmyk_comes_out_as_the_colours_that_went_in():
    data = encoded(scene().convert("CMYK"), "JPEG", quality=95)
    difference = np.asarray(decode_rgb(data, MAX_PIXELS)).astype(int) - np.asarray(scene()).astype(int)
    assert np.abs(difference).mean() < 5


def test_floating_point_samples_are_an_unsupported_format():
    data = encoded(Image.fromarray(np.ones((4, 4), np.float32)), "TIFF")
    assert outcome(data) == "unsupported_format"


def test_only_the_first_frame_of_an_animation_counts():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
    for format_ in ("GIF", "PNG", "WEBP", "AVIF"):
        data = encoded(frames[0], format_, save_all=True, append_images=frames[1:], duration=50)
        red, green, blue = decode_rgb(data, MAX_PIXELS).getpixel((10, 10))
        assert red > 245
        assert green < 10
        assert blue < 10


def test_no_bytes_are_empty():
    assert outcome(b"") == "empty"


def test_an_html_page_is_not_an_image():
    assert outcome(b"<!DOCTYPE html><title>404</title>") == "not_an_image"


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>fetch('http://169.254.169.254/')</script></svg>",
        b"\0\0\1\0\1\0\0\0\0\0\1\0\x20\0",
        b"8BPS\0\1",
    ],
)
def test_formats_that_are_not_decoded_are_unsupported(data):
    assert outcome(data) == "unsupported_format"


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "BMP", "GIF"])
def test_half_a_file_is_truncated(format_):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (128, 128, 3), dtype=np.uint8))
    data = encoded(noise, format_)
    assert outcome(data[: len(data) // 2]) == "truncated"


@pytest.mark.parametrize("format_", ["TIFF", "AVIF"])
def test_half_a_file_of_a_format_without_marked_end_is_no_picture(format_):
    data = encoded(scene(256, 256), format_)
    assert outcome(data[: len(data) // 2]) in ("truncated", "corrupt")


def test_truncation_is_found_whatever_pillow_was_told_elsewhere():
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_a_flipped_byte_in_the_pixels_is_corrupt():
    data = bytearray(encoded(scene(), "PNG"))
    data[len(data) // 2] ^= 0xFF
    assert outcome(bytes(data)) == "corrupt"


def test_a_header_that_claims_four_gigapixels_is_refused():
    data = png(65_535, 65_535, [(b"IDAT", zlib.compress(b"\0" * 100))])
    assert outcome(data) == "too_many_pixels"


def test_the_bound_on_pixels_is_that_of_the_settings():
    data = encoded(scene(64, 48), "PNG")
    assert outcome(data, 64 * 48 - 1) == "too_many_pixels"
    assert inspect(data, 64 * 48).height_px == 48


def test_a_text_chunk_that_inflates_without_end_is_corrupt():
    bomb = b"comment\0\0" + zlib.compress(b"a" * 60_000_000)
    pixel = zlib.compress(b"\0\0")
    assert outcome(png(1, 1, [(b"zTXt", bomb), (b"IDAT", pixel)])) == "corrupt"


def test_a_width_of_nothing_is_corrupt():
    assert outcome(b"GIF89a\0\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\0\0\1\0\0\2\2D\1\0;") == "corrupt"


def progressive(n_more_scans, tail=b""):
    data = encoded(scene().convert("L"), "JPEG", progressive=True)
    last_scan = data[data.rfind(b"\xff\xda") : -2]
    return data[:-2] + last_scan * n_more_scans + data[-2:] + tail


def test_thousands_of_scans_are_corrupt_and_cost_no_decoding():
    assert outcome(progressive(1_000)) == "corrupt"


def test_scans_are_counted_up_to_the_end_of_the_picture():
    n_scans = count_scans(progressive(0))
    assert n_scans == 6
    assert count_scans(progressive(3)) == n_scans + 3
    assert count_scans(progressive(0, tail=b"\xff\xda\0\2" * 500)) == n_scans


def test_bytes_after_the_end_of_a_jpeg_do_not_matter():
    data = encoded(scene(), "JPEG")
    assert inspect(data + b"<script>alert(1)</script>", MAX_PIXELS) == inspect(data, MAX_PIXELS)


def test_faults_are_told_in_the_same_words_each_time():
    def told():
        with pytest.raises(PictureFault) as caught:
            inspect(b"\x89PNG\r\n\x1a\n" + b"\0" * 40, MAX_PIXELS)
        return str(caught.value)

    assert told() == told() == "corrupt: the header cannot be read"


def judged(data, max_pixels):
    try:
        return inspect(data, max_pixels)
    except PictureFault as fault:
        return fault


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(FORMATS)), st.data())
def test_damaged_files_end_as_a_picture_or_a_fault(format_, draw):
    data = bytearray(encoded(scene(16, 16), format_))
    for _ in range(draw.draw(st.integers(1, 6))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    data = bytes(data[: draw.draw(st.integers(0, len(data)))])
    result = judged(data, 10_000)
    if isinstance(result, PictureFault):
        assert result.outcome in pixels.FAULTS
    else:
        assert 0 < result.width_px * result.height_px <= 10_000
        assert len(bytes.fromhex(result.perceptual_hash)) == 8


def test_importing_the_package_loads_no_image_library():
    code = "import corpus, sys; sys.exit('PIL' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
