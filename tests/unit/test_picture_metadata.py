"""Pictures lose what tells of places and people, and not a pixel."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from corpus.picture_metadata import OddFile, without_metadata
from corpus.pixels import decode_rgb
from tests.unit.inspected import inspect

SECRET = "Secret Street 7"
XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><place>{SECRET}</place></x:xmpmeta>'.encode()
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
MAX_PIXELS = 10**6


def exif_block(orientation):
    """An EXIF block with a place, an artist and a position."""
    exif = Image.Exif()
    exif[0x0112], exif[0x013B], exif[0x010E] = orientation, SECRET, SECRET
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 1.0)})
    return exif.tobytes()


def saved(format_, orientation=1, mode="RGB", size=(31, 17), **options):
    picture = Image.linear_gradient("L").resize(size).convert(mode)
    stream = io.BytesIO()
    if format_ == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", SECRET)
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=False)
    else:
        options["xmp"] = XMP
    if format_ == "JPEG":
        options["comment"] = SECRET.encode()
    picture.save(stream, format_, exif=exif_block(orientation), icc_profile=PROFILE, **options)
    return stream.getvalue()


def stripped(data):
    found = inspect(data, MAX_PIXELS)
    return without_metadata(data, found.media_type, found.orientation)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    ("format_", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"mode": "CMYK"}),
        ("JPEG", {"restart_marker_rows": 1}),
        ("PNG", {}),
        ("PNG", {"mode": "RGBA"}),
        ("WEBP", {}),
        ("WEBP", {"mode": "RGBA", "lossless": True}),
    ],
)
def test_places_and_people_go_and_pixels_profile_and_orientation_stay(format_, options, orientation):
    data = saved(format_, orientation, **options)
    assert SECRET.encode() in data
    clean = stripped(data)
    assert SECRET.encode() not in clean
    assert decode_rgb(clean, MAX_PIXELS).tobytes() == decode_rgb(data, MAX_PIXELS).tobytes()
    picture = Image.open(io.BytesIO(clean))
    assert picture.info["icc_profile"] == PROFILE
    assert dict(picture.getexif()) == ({} if orientation == 1 else {0x0112: orientation})
    assert inspect(clean, MAX_PIXELS) == inspect(data, MAX_PIXELS)
    assert stripped(clean) == clean


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_what_follows_the_end_of_a_picture_goes(format_):
    data = saved(format_)
    assert stripped(data + b"\0\0\0\x18ftypmp42" + SECRET.encode()) == stripped(data)


def test_chunks_that_no_standard_knows_go():
    secret = SECRET.encode() + b"!"
    png, webp = saved("PNG"), saved("WEBP")
    chunk = (
        struct.pack(">I", len(secret)) + b"caBX" + secret + struct.pack(">I", zlib.crc32(b"caBX" + secret))
    )
    signed_png = png[:33] + chunk + png[33:]
    more = b"C2PA" + struct.pack("<I", len(secret)) + secret
    signed_webp = webp[:4] + struct.pack("<I", len(webp) - 8 + len(more)) + webp[8:] + more
    for signed, unsigned in ((signed_png, png), (signed_webp, webp)):
        assert SECRET.encode() in signed
        assert stripped(signed) == stripped(unsigned)


def test_a_thumbnail_in_an_extension_of_jfif_goes():
    plain = io.BytesIO()
    Image.linear_gradient("L").save(plain, "JPEG")
    data = plain.getvalue()
    extension = b"\xff\xe0\0\x17JFXX\0\x13" + SECRET.encode()
    assert without_metadata(data[:20] + extension + data[20:], "image/jpeg", 1) == data


def test_a_jpeg_without_its_end_gets_one():
    data = saved("JPEG")
    assert stripped(data) == without_metadata(data[:-2], "image/jpeg", 1)


def test_a_long_run_of_fill_bytes_in_a_scan_takes_no_more_than_one_look_at_each():
    data = saved("JPEG")
    filled = data[:-2] + b"\xff" * 4_000_000 + b"\0" + data[-2:]
    clean = without_metadata(filled, "image/jpeg", 1)
    assert clean == without_metadata(data, "image/jpeg", 1)[:-2] + filled[len(data) - 2 :]


def test_other_formats_are_left_as_they_are():
    stream = io.BytesIO()
    Image.new("L", (2, 2)).save(stream, "GIF", comment=SECRET.encode())
    assert without_metadata(stream.getvalue(), "image/gif", 1) == stream.getvalue()


@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
def test_damaged_files_give_bytes_or_a_named_fault(format_, data):
    whole = saved(format_)
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + data.draw(st.integers(0, 8)) :]
    try:
        clean = without_metadata(damaged, f"image/{format_.lower()}", 6)
    except OddFile:
        return
    assert len(clean) <= len(damaged) + 60
