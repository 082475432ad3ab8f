"""Web pages of the sample: the text and images of an article in the layout of some kind of site.

Goes in: a `Page`, paragraphs with the images before and after each. Comes out: its HTML, in the page's own
encoding.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from demo.page_pictures import Shown, image_html
from demo.page_records import Answer, compressed
from demo.page_words import WORDS

UTF_8 = "utf-8"


@dataclass(frozen=True)
class Unit:
    """A paragraph, step, row or message with the images right before and right after it."""

    sentences: tuple[str, ...]
    before: tuple[Shown, ...] = ()
    after: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Furniture:
    """HTML around the article: right above and below it, beside it, at the page's end."""

    top: str = ""
    below: str = ""
    aside: str = ""
    end: str = ""


@dataclass(frozen=True)
class Page:
    """One page; `gallery` stands after the article, `layout` is one of LAYOUTS.

    `charset` is the encoding of the bytes, declared in the HTTP header or, with `charset_in_meta`, in the
    page alone; `base` is the target of the <base> element, if there is to be one.
    """

    url: str
    language: str
    layout: str
    title: str
    author: str
    units: tuple[Unit, ...]
    gallery: tuple[Shown, ...] = ()
    charset: str = UTF_8
    charset_in_meta: bool = False
    compressed: bool = False
    base: str = ""
    plants: tuple[str, ...] = ()

    @property
    def shown(self) -> list[Shown]:
        """All content images in page order."""
        inside = [shown for unit in self.units for shown in (*unit.before, *unit.after)]
        return [*inside, *self.gallery]


def paragraph(page: Page, unit: Unit) -> str:
    """The unit's sentences as one paragraph; Chinese puts no space between them."""
    return f"<p>{escape(('' if page.language == 'zh' else ' ').join(unit.sentences), quote=False)}</p>"


def images(shown: tuple[Shown, ...], wrap: str = "{}") -> str:
    """Each image in the wrapping markup."""
    return "\n".join(wrap.format(image_html(each)) for each in shown)


def figure(page: Page) -> str:
    """Wrapping markup of a figure whose caption names the photographer alone."""
    return (
        f"<figure>{{}}<figcaption>{WORDS[page.language].photo}: {escape(page.author)}</figcaption></figure>"
    )


def flow(page: Page, wrap: str, heading_every: int) -> str:
    """Paragraphs and wrapped images one below the other, with a heading now and then."""
    headings = WORDS[page.language].headings
    parts = []
    for number, unit in enumerate(page.units):
        if number and number % heading_every == 0:
            parts.append(f"<h2>{headings[number // heading_every % len(headings)]}</h2>")
        parts += [images(unit.before, wrap), paragraph(page, unit), images(unit.after, wrap)]
    return "\n".join(parts)


def blog(page: Page) -> str:
    """Images in paragraphs of their own."""
    wrap = "<p>{}</p>"
    return f'<div class="entry-content">\n{flow(page, wrap, 4)}\n{images(page.gallery, wrap)}\n</div>'


def news(page: Page) -> str:
    """Images as figures with the photographer's name."""
    body = flow(page, figure(page), 5)
    return f'<div class="article-body">\n{body}\n{images(page.gallery, figure(page))}\n</div>'


def gallery(page: Page) -> str:
    """Figures, and an album after the text."""
    wrap = figure(page)
    return f'{flow(page, wrap, 99)}\n<section class="album">\n{images(page.gallery, wrap)}\n</section>'


def steps(page: Page) -> str:
    """A list of numbered steps after the opening."""
    first, *rest = page.units
    items = (f"<li>{images(unit.before)}{paragraph(page, unit)}{images(unit.after)}</li>" for unit in rest)
    listed = "\n".join(items)
    top = f"{images(first.before)}{paragraph(page, first)}{images(first.after)}"
    return f'{top}\n<ol class="steps">\n{listed}\n</ol>\n{images(page.gallery, "<p>{}</p>")}'


def diary(page: Page) -> str:
    """A section with a heading per day."""
    word = WORDS[page.language].day
    days = (
        f"<section><h2>{word} {number}</h2>\n"
        f"{images(unit.before)}\n{paragraph(page, unit)}\n{images(unit.after)}</section>"
        for number, unit in enumerate(page.units, start=1)
    )
    return "\n".join(days) + f'\n<div class="more">{images(page.gallery)}</div>'


def picture_book(page: Page) -> str:
    """Spreads of one plate and one text."""
    plate = '<div class="plate">{}</div>'
    spreads = (
        f'<div class="spread">{images(unit.before, plate)}\n'
        f"{paragraph(page, unit)}\n{images(unit.after, plate)}</div>"
        for unit in page.units
    )
    return "\n".join(spreads) + f"\n{images(page.gallery, plate)}"


def field_table(page: Page) -> str:
    """A table with one row per text."""
    first, *rest = page.units
    cell = "<td>{}</td>"
    rows = (
        f"<tr>{images(unit.before, cell)}<td>{paragraph(page, unit)}</td>{images(unit.after, cell)}</tr>"
        for unit in rest
    )
    listed = "\n".join(rows)
    top = f"{images(first.before)}{paragraph(page, first)}{images(first.after)}"
    return f'{top}\n<table class="plates">\n{listed}\n</table>\n{images(page.gallery, "<p>{}</p>")}'


def thread(page: Page) -> str:
    """Messages of several authors."""
    words = WORDS[page.language]
    messages = (
        f'<div class="message"><div class="by">{words.authors[number % 3]} {words.wrote}:</div>\n'
        f'<div class="text">{images(unit.before)}{paragraph(page, unit)}{images(unit.after)}</div></div>'
        for number, unit in enumerate(page.units)
    )
    return "\n".join(messages) + f'\n<div class="files">{images(page.gallery)}</div>'


LAYOUTS: dict[str, Callable[[Page], str]] = {
    "blog": blog,
    "recipe": steps,
    "diary": diary,
    "picture_book": picture_book,
    "gallery": gallery,
    "news": news,
    "table": field_table,
    "forum": thread,
}


def page_html(page: Page, furniture: Furniture) -> str:
    """The whole page."""
    words = WORDS[page.language]
    meta = f'<meta charset="{page.charset}">' if page.charset == UTF_8 or page.charset_in_meta else ""
    base = f'<base href="{page.base}">' if page.base else ""
    links = "".join(
        f'<li><a href="/{page.language}/{i}">{name}</a></li>' for i, name in enumerate(words.navigation)
    )
    related = "".join(
        f'<li><a href="/{page.language}/more/{i}">{name}</a></li>' for i, name in enumerate(words.titles)
    )
    body = LAYOUTS[page.layout](page) if page.units else ""
    heading = f"<h1>{escape(page.title)}</h1>" if page.units else ""
    return f"""<!DOCTYPE html>
<html lang="{page.language}">
<head>{meta}{base}<title>{escape(page.title)}</title></head>
<body>
<div class="cookie-banner" role="dialog">{words.cookies} <button>{words.accept}</button></div>
<header class="site-header">{furniture.top}<span>{words.tagline}</span></header>
<nav class="menu"><ul>{links}</ul></nav>
<main><article>
{heading}
{body}
</article></main>
<div class="share-bar">{words.share}{furniture.below}</div>
<aside class="sidebar"><h3>{words.latest}</h3>{furniture.aside}<ul>{related}</ul></aside>
<footer><p>&copy; 2024 {words.rights}</p>{furniture.end}</footer>
</body>
</html>
"""


def page_answer(page: Page, furniture: Furniture) -> Answer:
    """The page as its server sends it."""
    body = page_html(page, furniture).encode(page.charset)
    kind = "text/html" if page.charset_in_meta else f"text/html; charset={page.charset}"
    answer = Answer(page.url, body, kind)
    return compressed(answer) if page.compressed else answer
