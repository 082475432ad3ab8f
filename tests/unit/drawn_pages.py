"""The pages of a small build: four languages, drawn pictures, a page and a picture for each kind of drop."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from corpus.columns import KEPT


@dataclass(frozen=True)
class DrawnImage:
    """A picture on a page: `fate` is kept, a drop before the matching, or min_similarity."""

    alt: str | None
    dom_text_index: int
    matched_text_index: int = 0
    fate: str = KEPT
    size_px: tuple[int, int] = (640, 420)
    url: str = ""


@dataclass(frozen=True)
class DrawnPage:
    """A page: its blocks as (kind, sentences); `fate` is kept or a drop of any of the three page steps."""

    url: str
    title: str | None
    language: str | None
    blocks: Sequence[tuple[str, Sequence[str]]] = ()
    images: Sequence[DrawnImage] = ()
    fate: str = KEPT
    copy_of: int | None = None
    fault: str | None = None

    @property
    def sentences(self) -> list[str]:
        return [sentence for _, sentences in self.blocks for sentence in sentences]


def drawn_picture(name: str, size_px: tuple[int, int]) -> bytes:
    """A landscape in PNG, the same for the same name."""
    rng = random.Random(name)
    width, height = size_px
    picture = Image.new("RGB", size_px, (rng.randint(150, 230), rng.randint(190, 235), 240))
    pen = ImageDraw.Draw(picture)
    for depth in range(4):
        base = height * (0.45 + 0.15 * depth)
        shade = tuple(int(value * (0.55 + 0.12 * depth)) for value in (90, 140 + rng.randint(0, 60), 110))
        points = [(width * step / 6, base + rng.uniform(-0.1, 0.1) * height) for step in range(7)]
        pen.polygon([(0, height), *points, (width, height)], fill=shade)
    x, y, r = rng.uniform(0.2, 0.8) * width, height * 0.22, min(size_px) * 0.1
    pen.ellipse((x - r, y - r, x + r, y + r), fill=(250, 210, rng.randint(40, 160)))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


LAKES = DrawnPage(
    url="https://walks.example.org/lakes",
    title="A walk around the lakes",
    language="en",
    blocks=[
        ("heading", ["Around the lakes"]),
        (
            "paragraph",
            ["We set out before sunrise.", "The path climbs through birches.", "Nobody was about."],
        ),
        ("list_item", ["Good boots."]),
        ("paragraph", ["A low sun stood over the ridge."]),
    ],
    images=[
        DrawnImage("The path", dom_text_index=1, matched_text_index=2),
        DrawnImage("The ridge", dom_text_index=6, matched_text_index=5),
        DrawnImage("Banner", 0, 0, "image_aspect", (900, 160)),
        DrawnImage("Gone", 0, 0, "http_error"),
        DrawnImage("Author", 3, 3, "min_similarity"),
    ],
)
MOUNTAINS = DrawnPage(
    url="https://news.example.net/ar/jabal",
    title="رحلة إلى الجبال",
    language="ar",
    blocks=[("paragraph", ["انطلقنا قبل شروق الشمس.", "هدأت الريح."])],
    images=[DrawnImage("التلال عند الفجر", 0, 1)],
)
SHORE = DrawnPage(
    url="https://travel.example.cn/hu",
    title="秋日湖畔漫步",
    language="zh",
    blocks=[("paragraph", ["我们在日出前出发。", "风停了。"])],
    images=[DrawnImage(None, 0, 1)],
)
HOSTILE = DrawnPage(
    url='https://evil.example.com/"><script>alert(1)</script>',
    title="</title><script>alert(2)</script>\x00",
    language="en",
    blocks=[("paragraph", ["<img src=x onerror=alert(3)>", "{{ 7 * 7 }}"])],
    images=[DrawnImage('" onload="alert(4)', 0, 0, url="javascript:alert(5)")],
)
COPY = DrawnPage(
    "https://copy.example.com/lakes",
    "A walk",
    "en",
    LAKES.blocks,
    LAKES.images[:1],
    "page_text_copies",
    copy_of=0,
)
BROKEN = DrawnPage("javascript:alert(6)", None, None, fate="deadline", fault="20 s of CPU were not enough")
PICTURELESS = DrawnPage(
    "https://shop.example.com/",
    "Shop",
    "en",
    [("paragraph", ["Buy now."])],
    [DrawnImage("item", 0, 0, "image_side_px", (90, 120))],
    "document_images",
)
PAGES = (LAKES, MOUNTAINS, SHORE, HOSTILE, COPY, BROKEN, PICTURELESS)
