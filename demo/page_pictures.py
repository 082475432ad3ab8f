"""Content images of the sample's pages: drawn, encoded, and written into HTML the many ways that sites do.

Goes in: scenes and places on a page. Comes out: `Shown` images with the answers that serve them, and their
HTML.
"""

import io
import random
from dataclasses import dataclass, replace
from html import escape

from PIL import Image

from demo.page_records import Answer
from demo.scenes import Scene, draw

KEPT = "kept"
GRAINY_STYLES = ("crayon", "pastel")
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
MARKUPS = {
    "absolute": 40,
    "root_relative": 15,
    "protocol_relative": 10,
    "lazy": 10,
    "lazy_noscript": 6,
    "noscript": 3,
    "srcset": 8,
    "lazy_srcset": 3,
    "picture": 6,
}
"""Ways to write an image into a page, with their shares in percent."""
PLACEHOLDER = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@dataclass(frozen=True)
class Drawing:
    """A picture that can be drawn again: size in px, `style` of scenes.STYLES."""

    scene: Scene
    style: str
    size_px: tuple[int, int]
    seed: str

    def picture(self) -> Image.Image:
        return draw(self.scene, *self.size_px, self.style, random.Random(self.seed))


@dataclass(frozen=True)
class Shown:
    """A content image where a page shows it.

    `url` is absolute, `also` holds further URLs that the markup offers for the same picture, `sentence` is
    its right sentence, `expected` its outcome before the assignment, `defect` what was planted, `answers`
    what the servers say.
    """

    url: str
    sentence: str
    drawing: Drawing
    alt: str = ""
    markup: str = "absolute"
    also: tuple[str, ...] = ()
    expected: str = KEPT
    defect: str = ""
    answers: tuple[Answer, ...] = ()


def encoded(picture: Image.Image, format_: str, quality: int = 50) -> bytes:
    """The bytes of a picture; quality is that of JPEG and WebP."""
    out = io.BytesIO()
    if format_ == "PNG":
        picture.quantize(64).save(out, format_, optimize=True)
    else:
        picture.save(out, format_, quality=quality)
    return out.getvalue()


def image_answer(url: str, picture: Image.Image, quality: int = 50) -> Answer:
    """A captured picture in the format that the URL's suffix names."""
    format_ = next(name for name, suffix in SUFFIXES.items() if url.endswith(suffix))
    return Answer(url, encoded(picture, format_, quality), MEDIA_TYPES[format_])


def suffix_for(style: str, rng: random.Random) -> str:
    """A file suffix that suits the style: grain costs PNG too many bytes."""
    formats = ("JPEG", "WEBP", "WEBP") if style in GRAINY_STYLES else ("JPEG", "PNG", "WEBP")
    return SUFFIXES[rng.choice(formats)]


def served(shown: Shown) -> Shown:
    """The image with its answers: the picture itself and, where the markup offers them, its smaller or other
    files.
    """
    picture = shown.drawing.picture()
    stem, _, suffix = shown.url.rpartition(".")
    if shown.markup in ("srcset", "lazy_srcset"):
        small = f"{stem}-small.{suffix}"
        width, height = shown.drawing.size_px
        smaller = image_answer(small, picture.resize((width * 2 // 3, height * 2 // 3)))
        return replace(shown, also=(small,), answers=(image_answer(shown.url, picture), smaller))
    if shown.markup == "picture":
        modern = f"{stem}.webp" if suffix != "webp" else f"{stem}-m.webp"
        return replace(
            shown,
            also=(modern,),
            answers=(image_answer(shown.url, picture), image_answer(modern, picture, 60)),
        )
    return replace(shown, answers=(image_answer(shown.url, picture),))


def reference(url: str, markup: str) -> str:
    """The URL as written in the page."""
    _, _, rest = url.partition("://")
    if markup == "protocol_relative":
        return f"//{rest}"
    if markup == "root_relative":
        return "/" + rest.partition("/")[2]
    if markup == "base_relative":
        return rest.partition("/media/")[2]
    return url


def image_html(shown: Shown) -> str:
    """The image's markup."""
    written = escape(reference(shown.url, shown.markup))
    width, height = shown.drawing.size_px
    alt = f'alt="{escape(shown.alt)}"'
    plain = f'<img src="{written}" {alt} width="{width}" height="{height}">'
    lazy = f'<img class="lazyload" src="{PLACEHOLDER}" data-src="{written}" {alt}>'
    if shown.markup == "lazy":
        return lazy
    if shown.markup == "lazy_noscript":
        return f"{lazy}<noscript>{plain}</noscript>"
    if shown.markup == "noscript":
        return f"<noscript>{plain}</noscript>"
    if shown.markup == "srcset":
        return f'<img src="{shown.also[0]}" srcset="{shown.also[0]} 240w, {written} 480w" sizes="50vw" {alt}>'
    if shown.markup == "lazy_srcset":
        return f'<img src="{PLACEHOLDER}" data-srcset="{shown.also[0]} 1x, {written} 2x" {alt}>'
    if shown.markup == "picture":
        return f'<picture><source type="image/webp" srcset="{shown.also[0]}">{plain}</picture>'
    return plain
