"""What a loader sees that asks for RGB and knows nothing else is what was embedded and hashed."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from corpus.fetch.opt_outs import OptOuts
from corpus.fetch.outcomes import Fetched
from corpus.overrides import settings_from
from corpus.picture_plain import is_srgb
from corpus.pixels import decode_rgb
from corpus.recipes.images import image_rows

ACROSS, DOWN = np.meshgrid(np.arange(0, 256, 4), np.arange(0, 192, 4))
PIXELS = Image.fromarray(np.stack([ACROSS, DOWN, ACROSS // 2], -1).astype(np.uint8))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def other_profile():
    """sRGB with its red and green colorants exchanged."""
    profile = bytearray(SRGB)
    tags = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * profile[131], 12)}
    red, green = (slice(tags[name] + 4, tags[name] + 12) for name in (b"rXYZ", b"gXYZ"))
    profile[red], profile[green] = profile[green], profile[red]
    return bytes(profile)


def encoded(picture, format_, **options):
    stream = io.BytesIO()
    picture.save(stream, format_, **options)
    return stream.getvalue()


def turned_by(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def half_clear(mode="RGBA"):
    picture = PIXELS.convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return picture.convert(mode)


ODD = {
    "turned JPEG": encoded(PIXELS, "JPEG", exif=turned_by(6)),
    "turned WebP": encoded(PIXELS, "WEBP", exif=turned_by(3)),
    "transparent PNG": encoded(half_clear(), "PNG"),
    "transparent grey": encoded(half_clear("LA"), "PNG"),
    "transparent palette": encoded(PIXELS.quantize(16), "PNG", transparency=3),
    "CMYK": encoded(PIXELS.convert("CMYK"), "JPEG"),
    "16 bits": encoded(Image.fromarray((np.arange(64 * 48) * 21).astype(np.uint16).reshape(48, 64)), "PNG"),
    "other colours": encoded(PIXELS, "PNG", icc_profile=other_profile()),
}
PLAIN = {
    "JPEG": encoded(PIXELS, "JPEG"),
    "grey": encoded(PIXELS.convert("L"), "JPEG"),
    "palette": encoded(PIXELS.quantize(16), "PNG"),
    "opaque channel": encoded(PIXELS.convert("RGBA"), "PNG"),
    "sRGB by profile": encoded(PIXELS, "PNG", icc_profile=SRGB),
    "unreadable profile": encoded(PIXELS, "PNG", icc_profile=b"no profile at all"),
    "GIF": encoded(half_clear("P"), "GIF", transparency=0),
}


def kept(data, **bounds):
    (row,) = image_rows(
        [Fetched("a", "a", "kept", body=data)], "web", settings_from({"fetch": bounds}).fetch, OptOuts()
    )
    assert row["outcome"] == "kept"
    return row


@pytest.mark.parametrize("name", ODD)
def test_an_odd_picture_is_kept_as_a_loader_is_to_see_it(name):
    row = kept(ODD[name])
    seen = Image.open(io.BytesIO(row["bytes"]))
    format_ = "PNG" if ODD[name].startswith(b"\x89PNG") else "JPEG"
    assert (row["media_type"], seen.format) == (f"image/{format_.lower()}", format_)
    assert not seen.getexif()
    assert "icc_profile" not in seen.info
    assert seen.size == (row["width_px"], row["height_px"])
    embedded = decode_rgb(ODD[name], 10**6)
    difference = np.abs(np.asarray(seen.convert("RGB"), int) - np.asarray(embedded, int)).mean()
    if name == "other colours":
        assert difference > 40
    else:
        assert difference == 0 if format_ == "PNG" else difference < 6


def test_colours_of_a_profile_are_carried_out():
    row = kept(ODD["other colours"])
    seen = np.asarray(Image.open(io.BytesIO(row["bytes"])).convert("RGB"), int)
    meant = np.asarray(ImageCms.profileToProfile(PIXELS, io.BytesIO(other_profile()), io.BytesIO(SRGB)), int)
    assert np.abs(seen - meant).mean() < 6


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_picture_keeps_its_encoding(name):
    row = kept(PLAIN[name], keep_metadata=True)
    assert row["bytes"] == PLAIN[name]


@pytest.mark.parametrize("name", ODD)
def test_encodings_are_kept_when_the_settings_say_so(name):
    row = kept(ODD[name], keep_encoding=True, keep_metadata=True)
    assert row["bytes"] == ODD[name]


def test_a_profile_is_known_by_what_it_does_to_colours():
    assert is_srgb(SRGB)
    assert is_srgb(b"no profile at all")
    assert not is_srgb(other_profile())
