"""One walk over a page: its whole text, and where in it pictures and captions stand.

Goes in: the tree of a page and its URL. Comes out: a `Survey`. The text is held as a stream of letters and
digits (see placement), cut into units at block-level elements, so that extracted lines can be found in it
again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from corpus import urls
from corpus.extract.content import BOX_CHARACTERS, Enclosure, Surroundings, enclosure, surroundings_of
from corpus.extract.placement import compact
from corpus.extract.references import MAX_TEXT_CHARACTERS, MAX_URL_CHARACTERS, ImageReference, reference_from

UNSEEN = ("script", "style", "template", "textarea", "select", "datalist", "iframe")
BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "body", "br", "button", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "noscript",
    "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
])  # fmt: skip
# Browsers read <image> as <img>; in SVG it is what shows a picture.
IMAGES = frozenset(("img", "amp-img", "image"))
NOTED = IMAGES | frozenset(("picture", "source", "noscript", "figure", "figcaption", "div", "dl", "p", "dd"))
ADDRESSES = ("src", "href", "xlink:href")
FIGURE_CLASS, CAPTION_CLASS = "wp-caption", "wp-caption-text"  # WordPress, where a theme asks for no HTML5
# The filter on media types passes none of them; who offers one mostly offers another too.
LAST_TYPES = ("image/avif", "image/jxl", "image/svg+xml")


@dataclass(frozen=True)
class Survey:
    """What stands where on a page. Positions count letters and digits of `stream`.

    `units`: starts of each block-level text; `borders`: the same starts, ascending; `captions`: (start,
    end) of each figcaption; `n_outside_captions` counts the letters in none; `surroundings` are those of the
    references, in their order; `n_images` counts every image element that names a picture, those above the
    bound too.
    """

    stream: str
    units: dict[str, list[int]]
    borders: list[int]
    captions: list[tuple[int, int]]
    n_outside_captions: int
    references: list[ImageReference]
    surroundings: list[Surroundings]
    n_images: int


@dataclass
class Figure:
    """A <figure> that is still open: the references in it and the text of its captions."""

    first_reference: int
    captions: list[str] = field(default_factory=list)


def survey_page(root: Any, base_url: str, max_image_references: int) -> Survey:
    """Walk the tree once, in document order."""
    surveyor = Surveyor(base_url, max_image_references)
    entered, around, starts = surveyor.open, surveyor.around, surveyor.caption_starts
    unit_parts = surveyor.unit_parts
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:  # what most elements are asked is asked here: calls would cost more
        tag = element.tag
        if tag in BLOCKS and unit_parts:
            surveyor.end_unit()
        if event == "start":
            if tag == "head":
                walker.skip_subtree()
                continue
            entered.append((element, surveyor.n_outside_captions))
            if tag in NOTED:
                surveyor.note_start(tag, element)
            text = element.text
        else:
            if tag != "head":
                entered.pop()
                if len(around) > len(entered):
                    surveyor.close(around.pop())
            if tag in NOTED:
                surveyor.note_end(tag, element)
            text = element.tail
        if text and (starts or not text.isspace()):  # most of it only lays out the markup
            surveyor.add_text(text)
    surveyor.end_unit()
    return Survey(
        stream="".join(surveyor.parts),
        units=dict(surveyor.units),
        borders=surveyor.borders,
        captions=surveyor.captions,
        n_outside_captions=surveyor.n_outside_captions,
        references=surveyor.references,
        surroundings=surveyor.surroundings,
        n_images=surveyor.n_images,
    )


class Surveyor:
    """The state of the walk."""

    def __init__(self, base_url: str, max_image_references: int) -> None:
        self.base_url = base_url
        self.max_image_references = max_image_references
        self.parts: list[str] = []
        self.position = 0
        self.n_outside_captions = 0
        self.unit_parts: list[str] = []
        self.unit_start = 0
        self.units: dict[str, list[int]] = defaultdict(list)
        self.borders: list[int] = []
        self.captions: list[tuple[int, int]] = []
        self.references: list[ImageReference] = []
        self.surroundings: list[Surroundings] = []
        self.open: list[tuple[Any, int]] = []
        self.around: list[Enclosure] = []
        self.n_images = 0
        self.seen_ids: set[str] = set()
        self.figures: list[Figure] = []
        self.caption_starts: list[int] = []
        self.caption_texts: list[str] = []
        self.picture_sets: list[tuple[str, str]] | None = None
        self.last_sets: list[tuple[str, str]] = []
        self.noscript_depth = 0

    def note_start(self, tag: str, element: Any) -> None:
        if tag in IMAGES:
            self.add_image(element)
        elif tag == "picture":
            self.picture_sets, self.last_sets = [], []
        elif tag == "source":
            if self.picture_sets is not None:
                self.add_source(element)
        elif tag == "noscript":
            self.noscript_depth += 1
        elif is_figure(element):
            self.figures.append(Figure(len(self.references)))
        elif is_figcaption(element):
            self.caption_starts.append(self.position)
            self.caption_texts = []

    def note_end(self, tag: str, element: Any) -> None:
        if tag == "picture":
            self.picture_sets = None
        elif tag == "noscript":
            self.noscript_depth -= 1
        elif self.figures and is_figure(element):
            self.close_figure(self.figures.pop())
        elif self.caption_starts and is_figcaption(element):
            self.captions.append((self.caption_starts.pop(), self.position))
            if self.figures:
                self.figures[-1].captions += self.caption_texts
            self.caption_texts = []

    def innermost(self) -> Enclosure:
        """The element entered last, as one around pictures; most elements hold none and are never asked for."""
        for element, start in self.open[len(self.around) :]:
            self.around.append(enclosure(element, self.around[-1] if self.around else None, start))
        return self.around[-1]

    def add_text(self, text: str) -> None:
        if part := compact(text):
            self.parts.append(part)
            self.unit_parts.append(part)
            self.position += len(part)
            self.n_outside_captions += 0 if self.caption_starts else len(part)
        if self.caption_starts:
            self.caption_texts.append(text)

    def end_unit(self) -> None:
        if self.unit_parts:
            self.units["".join(self.unit_parts)].append(self.unit_start)
            self.borders.append(self.unit_start)
            self.unit_parts.clear()
            self.unit_start = self.position

    def add_source(self, element: Any) -> None:
        """Note what a <source> offers, types that may not open behind all others."""
        sets = [(name, element.get(name, "")) for name in ("srcset", "data-srcset")]
        is_last = element.get("type", "").strip().lower() in LAST_TYPES
        chosen = self.last_sets if is_last or self.picture_sets is None else self.picture_sets
        chosen += sets

    def add_image(self, element: Any) -> None:
        """Note a picture. A copy in <noscript> counts only when the page shows that picture nowhere else."""
        attributes = dict(element.items())
        if element.tag == "image":
            address = next((attributes[name] for name in ADDRESSES if name in attributes), "")
            attributes["src"] = address
        sets = [] if self.picture_sets is None else [*self.picture_sets, *self.last_sets]
        around = self.innermost()
        link_url = link_of(around.href, self.base_url)
        found = reference_from(
            attributes, sets, self.base_url, self.position, self.noscript_depth > 0, link_url
        )
        if found is None:
            return
        if found.in_noscript:
            if found.image_url_id in self.seen_ids:
                return
            if self.references and self.references[-1].data_characters and not found.data_characters:
                self.references[-1] = stand_in(self.references[-1], found)
                self.seen_ids.add(found.image_url_id)
                return
        self.n_images += 1
        self.seen_ids.add(found.image_url_id)
        if len(self.references) < self.max_image_references:
            around.waiting.append(len(self.references))
            self.references.append(found)
            self.surroundings.append(surroundings_of(around, self.base_url))

    def close(self, element: Enclosure) -> None:
        """Give the pictures in an element their box when it holds enough text, else leave them to its parent."""
        if element.parent is not None and self.n_outside_captions - element.start < BOX_CHARACTERS:
            element.parent.waiting += element.waiting
            return
        for index in element.waiting:
            box = element.start, self.n_outside_captions
            self.surroundings[index].box = box

    def close_figure(self, figure: Figure) -> None:
        """Give the caption of a figure to its pictures, those of an inner figure with its own caption left out."""
        caption = " ".join("".join(figure.captions).split())[:MAX_TEXT_CHARACTERS]
        for index in range(figure.first_reference, len(self.references)):
            if caption and self.references[index].caption is None:
                self.references[index] = replace(self.references[index], caption=caption)


def is_figure(element: Any) -> bool:
    return element.tag == "figure" or (element.tag in ("div", "dl") and has_class(element, FIGURE_CLASS))


def is_figcaption(element: Any) -> bool:
    return element.tag == "figcaption" or (element.tag in ("p", "dd") and has_class(element, CAPTION_CLASS))


def has_class(element: Any, name: str) -> bool:
    names = element.get("class")
    return names is not None and name in names and name in names.split()


def stand_in(placeholder: ImageReference, copy: ImageReference) -> ImageReference:
    """The picture of a <noscript> copy at the place, and with the texts, of the placeholder before it."""
    return replace(
        copy,
        position=placeholder.position,
        alt=copy.alt or placeholder.alt,
        title=copy.title or placeholder.title,
        width_px=copy.width_px or placeholder.width_px,
        height_px=copy.height_px or placeholder.height_px,
        link_url=placeholder.link_url,
    )


def link_of(href: str | None, base_url: str) -> str | None:
    """The absolute http(s) URL that a link leads to; None for any other."""
    url = href and urls.resolve(base_url, href[:MAX_URL_CHARACTERS])
    return url if url and urls.normalise(url) else None
