"""Pictures spoiled on purpose, in the ways that signs of noise are there to see.

Goes in: an upright RGB picture and a seeded source of chance. Comes out: another, of the same size unless it says so.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from demo.prose import NAMES, PROSE, TOWNS

Spoil = Callable[[Image.Image, np.random.Generator], Image.Image]
BLUR = 1 / 256  # of the longer side: 2 px at 512


def blurred(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """By a Gaussian of 2 px at 512 px, as models see it."""
    return picture.filter(ImageFilter.GaussianBlur(max(picture.size) * BLUR))


def enlarged(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """From a quarter of its size, and of 512 px."""
    side_px = min(512, max(picture.size)) / 4
    scale = side_px / max(picture.size)
    small = picture.resize([max(1, round(length * scale)) for length in picture.size], Image.Resampling.BOX)
    return small.resize(picture.size, Image.Resampling.BICUBIC)


def placeholder(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """What stands for a picture that is not there: a word on plain ground, as a JPEG."""
    grey = int(random.integers(180, 256))
    blank = Image.new("RGB", picture.size, (grey, grey, grey))
    font = ImageFont.load_default(max(10, picture.width / 16))
    middle = (picture.width / 2, picture.height / 2)
    ImageDraw.Draw(blank).text(middle, "No image", fill="gray", font=font, anchor="mm")
    return as_jpeg(blank, 80)


def with_qr_code(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A QR code over a quarter to a half of the shorter side, anywhere."""
    code = zxingcpp.create_barcode(
        f"https://a.example/{random.integers(10**6)}", zxingcpp.BarcodeFormat.QRCode
    )
    side_px = int(min(picture.size) * random.uniform(0.25, 0.5))
    drawn = Image.fromarray(np.array(code.to_image(scale=8))).convert("RGB").resize((side_px, side_px))
    made = picture.copy()
    left, top = (int(random.integers(0, length - side_px)) for length in picture.size)
    made.paste(drawn, (left, top))
    return as_jpeg(made, 80)


def with_text(picture: Image.Image, random: np.random.Generator, text: str | None = None) -> Image.Image:
    """A sentence, made up where none is given, in lines over it, black or white, outlined half of the time."""
    text = text or str(random.choice(PROSE["en"])).format(
        name=random.choice(NAMES["en"]), town=random.choice(TOWNS["en"]), year=1926, n=12
    )
    made = picture.copy()
    draw = ImageDraw.Draw(made)
    size_px = max(8.0, max(picture.size) / 512 * random.uniform(14, 36))
    font = ImageFont.load_default(size_px)
    ink, outline = (("black", "white"), ("white", "black"))[int(random.integers(2))]
    top = random.uniform(0, max(1.0, picture.height - 3 * size_px))
    at = (picture.width * random.uniform(0.02, 0.2), top)
    lines = folded(text, draw, font, picture.width - at[0])
    width_px = round(size_px / 16) * int(random.integers(2))
    draw.multiline_text(at, lines, fill=ink, font=font, stroke_width=width_px, stroke_fill=outline)
    return as_jpeg(made, 80)


def folded(
    text: str, draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: float
) -> str:
    """The text in lines of that width."""
    lines: list[str] = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font=font) > width_px and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def as_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    """What a JPEG file of that quality leaves of it."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def encoded_anew(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """As a JPEG of quality 30 to 60."""
    return as_jpeg(picture, int(random.integers(30, 61)))


def cropped(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Less a tenth to a fifth of each side, so smaller."""
    width_px, height_px = picture.size
    cut = random.uniform(0.1, 0.2, 2) * picture.size
    left, top = random.uniform(0, 1, 2) * cut
    return picture.crop((left, top, left + width_px - cut[0], top + height_px - cut[1]))


def scaled(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """To between a third and two thirds of its size."""
    scale = random.uniform(0.33, 0.67)
    return picture.resize([max(1, round(length * scale)) for length in picture.size])


SPOILT: Mapping[str, Spoil] = {
    "blurred": blurred,
    "enlarged": enlarged,
    "placeholder": placeholder,
    "QR code pasted": with_qr_code,
    "text pasted": with_text,
}
COPIED: Mapping[str, Spoil] = {"encoded anew": encoded_anew, "cropped": cropped, "scaled": scaled}
