"""Image references: from one <img> element to the picture that a reader of the page would see.

Goes in: the attributes of the element, the srcsets of its <picture>, the base URL. Comes out: an
`ImageReference`, or None when no candidate names a picture. Pages that load lazily keep the real address in
an attribute of their own and put a placeholder into src; their own attribute therefore comes first, then
src, then srcset and <picture>. Buttons (<input type=image>), stills of videos, CSS backgrounds and what <object> and
<embed> load are no pictures of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus import urls
from corpus.extract.data_uri import data_uri_id
from corpus.extract.srcset import best_candidate

LAZY_SETS = ("data-srcset", "data-lazy-srcset")
LAZY_SOURCES = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-lazy",
    "data-original-src",
    "data-actualsrc",
)
PLACEHOLDER = re.compile(
    r"(?:^|[/_.-])(?:spacer|blank|placeholder|transparent|pixel|lazy|loading|loader|grey|gray|empty|1x1|clear)"
    r"[^/]{0,20}\.(?:gif|png|svg|jpe?g|webp)(?:$|\?)",
    re.IGNORECASE,
)
MAX_URL_CHARACTERS = 4_096
MAX_TEXT_CHARACTERS = 2_000
PLACEHOLDER_CHARACTERS = 1_000  # data: URIs under it hold single pixels, spinners, blurred previews
LENGTH_PX = re.compile(r"\s*(\d{1,6})(?:\.\d*)?\s*(?:px)?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class ImageReference:
    """One picture shown by a page. `position` counts the letters and digits of the page before it.

    `url` is absolute; for a data: URI only its media type and hash, and `data_characters` is its length (0 for
    a URL). Texts and sizes are as declared; px.
    """

    position: int
    image_url_id: str
    url: str
    raw_url: str | None
    attribute: str
    alt: str | None
    title: str | None
    width_px: int | None
    height_px: int | None
    data_characters: int
    in_noscript: bool
    caption: str | None = None
    link_url: str | None = None


Attributes = Mapping[str, str]


def is_placeholder(reference: ImageReference) -> bool:
    """Whether it is a data: URI too short for a picture worth showing."""
    return 0 < reference.data_characters < PLACEHOLDER_CHARACTERS


def candidates(attributes: Attributes, picture_sets: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """(attribute, URL as written) of an <img>, likeliest first. `picture_sets`: (attribute, srcset) of <source>s."""
    for name in LAZY_SETS:
        if name in attributes and (url := best_candidate(attributes[name])):
            yield name, url
    for name in LAZY_SOURCES:
        if url := attributes.get(name, ""):
            yield name, url
    source = attributes.get("src", "")
    if source and not PLACEHOLDER.search(source):
        yield "src", source
    for name, srcset in [("srcset", attributes.get("srcset", "")), *picture_sets]:
        if srcset and (url := best_candidate(srcset)):
            yield name, url
    if source:
        yield "src", source


def reference_from(
    attributes: Attributes,
    picture_sets: Sequence[tuple[str, str]],
    base_url: str,
    position: int,
    in_noscript: bool,
    link_url: str | None = None,
) -> ImageReference | None:
    """The reference of an <img>: its first candidate that is an http(s) URL, else its data: URI, else None."""
    around = position, in_noscript, link_url
    data_uri = None
    for attribute, raw in candidates(attributes, picture_sets):
        if raw.lstrip()[:5].lower() == "data:":
            data_uri = data_uri or (attribute, raw.strip())
        elif url := picture_url(base_url, raw):
            return build(attributes, (attribute, url, raw), around)
    if data_uri and data_uri[1][5:11].lower() == "image/":
        return build(attributes, (data_uri[0], None, data_uri[1]), around)
    return None


def picture_url(base_url: str, raw: str) -> str | None:
    """The absolute http(s) URL that the text names; None when it names none, or the page itself."""
    if len(raw) > MAX_URL_CHARACTERS or "{" in raw or raw.lstrip()[:1] in ("#", ""):
        return None
    url = urls.resolve(base_url, raw)
    return url if url and urls.normalise(url) else None


def build(
    attributes: Attributes, source: tuple[str, str | None, str], around: tuple[int, bool, str | None]
) -> ImageReference:
    """The reference with what the element declares. `source`: attribute, absolute URL (None: data: URI), raw; `around`:
    position, whether in <noscript>, link."""
    attribute, url, raw = source
    position, in_noscript, link_url = around
    if url is None:
        media_type = raw[5:40].partition(";")[0].partition(",")[0].lower()
        raw_hash = data_uri_id(raw)
    return ImageReference(
        position=position,
        image_url_id=urls.image_url_id(url) if url else raw_hash,
        url=url or f"data:{media_type};hash={raw_hash}",
        raw_url=raw if url else None,
        attribute=attribute,
        alt=declared_text(attributes.get("alt")),
        title=declared_text(attributes.get("title")),
        width_px=declared_px(attributes.get("width")),
        height_px=declared_px(attributes.get("height")),
        data_characters=0 if url else len(raw),
        in_noscript=in_noscript,
        link_url=link_url,
    )


def declared_text(text: str | None) -> str | None:
    """The text with white space folded, cut when absurdly long; None when there is none."""
    return " ".join((text or "").split())[:MAX_TEXT_CHARACTERS] or None


def declared_px(text: str | None) -> int | None:
    """A width or height in px; None for percentages and other texts."""
    match = LENGTH_PX.match(text or "")
    return int(match.group(1)) if match else None
