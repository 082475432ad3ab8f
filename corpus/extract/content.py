"""How likely a picture belongs to the content of its page: a score from six facts about its place.

Goes in: the elements around a picture, as the walk over the page meets them, and the text that the extractor kept.
Comes out: `Facts`, and from them a score of 0 to 1. Logos, share marks, thumbnails of other articles and advertisements
stand away from the text, within links to other pages, in elements that say what they are.

The weights are a logistic regression (L2; a page counts as the square root of its number of pictures) on 34 pages of
mozilla/readability, test/test-pages, commit ab4027a; `python -m bench.content` fits and measures them again.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from corpus import urls

NEAR_CHARACTERS = 100
BOX_CHARACTERS = 100
N_NAMED_ELEMENTS = 7
MAX_NAME_CHARACTERS = 400
MAX_LINK_CHARACTERS = 4_096
N_REMEMBERED = 1_024
NAMES = ("class", "id", "role", "itemprop")
ROOTS = frozenset(("html", "body"))
CHROME_TAGS = frozenset(("nav", "aside", "footer", "form"))
CHROME_ROLES = frozenset(("navigation", "banner", "complementary", "contentinfo"))
ARTICLE_TAGS = frozenset(("article", "main"))
IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp|svg)$", re.IGNORECASE)
CAMEL_BORDER = re.compile(r"(?<=[a-z])(?=[A-Z])")
CHROME_WORDS = re.compile(
    r"(?<![a-z])(?:share|sharing|social|related|sidebar|promos?|promoted|widgets?|comments?|avatars?|authors?|byline"
    r"|sponsors?|sponsored|ads?|advert|advertisement|advertising|banner|newsletter|nav|navbar|navigation|menu|footer"
    r"|logos?|breadcrumbs?|recommend|recommended|recommendations?|teasers?|popular|trending|masthead|subscribe|icons?"
    r"|outbrain|taboola)(?![a-z])"
)
CONTENT_WORDS = re.compile(
    r"(?<![a-z])(?:gallery|captions?|figure|photo|hero|entry|post|article|story|content|body)(?![a-z])"
)


class Facts(NamedTuple):
    """What the score is made of; shares are 0 to 1, the others 0 or 1.

    `kept_near`: share of kept text among the 100 letters before the picture or among those after it, whichever is more,
    because an article may end in pictures; `kept_around`: the same within the smallest element of at least 100 letters;
    figcaptions count for neither, for extractors drop many of them and they say nothing of the place of their figure;
    `links_to_page`: it is a link, to no picture file; `in_chrome`: in nav, aside, footer or form, in a header outside
    of any article, or in a role like them; `chrome_words`, `content_words`: such a word in class, id, role or itemprop
    of the picture or one of six elements around it.
    """

    kept_near: float
    kept_around: float
    links_to_page: float
    in_chrome: float
    chrome_words: float
    content_words: float


WEIGHTS = Facts(
    kept_near=3.8, kept_around=2.7, links_to_page=-2.3, in_chrome=-1.8, chrome_words=-3.0, content_words=2.1
)
INTERCEPT = -5.3


@dataclass(slots=True)
class Surroundings:
    """What the elements around a picture say; `box` is (start, end) of the smallest with at least 100 letters, known
    when that ends. It and `position` count the letters outside of figcaptions.
    """

    position: int
    box: tuple[int, int]
    links_to_page: bool
    in_chrome: bool
    chrome_words: bool
    content_words: bool


@dataclass(slots=True)
class Enclosure:
    """An element that is still open; `waiting` are the pictures in it whose box is not found yet, by number. `names`
    is filled in when the first picture asks, for most elements hold none.
    """

    element: Any
    parent: Enclosure | None
    start: int
    is_root: bool
    in_article: bool
    in_chrome: bool
    href: str | None
    names: str | None = None
    waiting: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class KeptText:
    """Stretches of the page's letters that the extractor kept, ascending, with the number kept before each."""

    starts: list[int]
    ends: list[int]
    before: list[int]


def enclosure(element: Any, parent: Enclosure | None, position: int) -> Enclosure:
    """The element as one around pictures; `position` counts the letters before it, outside of figcaptions."""
    tag, role = element.tag, element.get("role", "").lower()
    in_article = parent is not None and parent.in_article
    is_chrome = tag in CHROME_TAGS or (tag == "header" and not in_article) or role in CHROME_ROLES
    href = element.get("href") if tag == "a" else None
    return Enclosure(
        element=element,
        parent=parent,
        start=position,
        is_root=tag in ROOTS,
        in_article=in_article or tag in ARTICLE_TAGS or role == "main",
        in_chrome=is_chrome or (parent is not None and parent.in_chrome),
        href=href if href is not None or parent is None else parent.href,
    )


def surroundings_of(image: Enclosure, base_url: str) -> Surroundings:
    """What the picture and the elements around it say. Its box is not known before they end."""
    names: list[str] = []
    around: Enclosure | None = image
    while around is not None and not around.is_root and len(names) < N_NAMED_ELEMENTS:
        names.append(names_of(around))
        around = around.parent
    chrome_words, content_words = words_among(" ".join(names))
    return Surroundings(
        position=image.start,
        box=(0, 0),
        links_to_page=image.href is not None and is_page_link(base_url, image.href),
        in_chrome=image.in_chrome,
        chrome_words=chrome_words,
        content_words=content_words,
    )


@lru_cache(maxsize=N_REMEMBERED)
def words_among(names: str) -> tuple[bool, bool]:
    """Whether a word of chrome is among the names, and whether one of content: pictures of a gallery share theirs."""
    return CHROME_WORDS.search(names) is not None, CONTENT_WORDS.search(names) is not None


def names_of(around: Enclosure) -> str:
    """What an element is called, in lower case, `relatedPosts` as `related-posts`."""
    if around.names is None:
        written = " ".join(around.element.get(name, "")[:MAX_NAME_CHARACTERS] for name in NAMES)
        lowered = written.lower()
        around.names = lowered if lowered == written else CAMEL_BORDER.sub("-", written).lower()
    return around.names


def is_page_link(base_url: str, href: str) -> bool:
    """Whether a link leads to another page, as that of a teaser does, rather than to the picture in full size."""
    if href.lstrip()[:1] in ("#", ""):
        return False
    parts = urlsplit(urls.resolve(base_url, href[:MAX_LINK_CHARACTERS]) or "")
    return parts.scheme in urls.DEFAULT_PORTS and not IMAGE_FILE.search(parts.path)


def kept_text(spans: Iterable[tuple[int, int]]) -> KeptText:
    """The kept text from (start, end) of each sentence, starts ascending; what overlaps counts once."""
    kept = KeptText([], [], [])
    n_kept = last_end = 0
    for start, end in spans:
        start = max(start, last_end)
        if end > start:
            kept.starts.append(start)
            kept.ends.append(end)
            kept.before.append(n_kept)
            n_kept, last_end = n_kept + end - start, end
    return kept


def kept_share(kept: KeptText, start: int, end: int) -> float:
    """The share of kept letters among those from start to end; 0 when there are none."""
    if end <= start or not kept.starts:
        return 0.0
    return (kept_until(kept, end) - kept_until(kept, start)) / (end - start)


def kept_until(kept: KeptText, position: int) -> int:
    """How many letters before the position are kept."""
    index = bisect_right(kept.starts, position) - 1
    if index < 0:
        return 0
    return kept.before[index] + min(position, kept.ends[index]) - kept.starts[index]


def without_captions(
    spans: Iterable[tuple[int, int]], captions: Iterable[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The same stretches counted in letters outside of captions; those within a caption become empty."""
    left_out = kept_text(sorted(captions))
    if not left_out.starts:
        return list(spans)
    return [(start - kept_until(left_out, start), end - kept_until(left_out, end)) for start, end in spans]


def content_facts(around: Surroundings, kept: KeptText, n_characters: int) -> Facts:
    """The facts of a picture on a page of `n_characters` letters, captions left out here and in `kept`."""
    position = around.position
    before = kept_share(kept, max(0, position - NEAR_CHARACTERS), position)
    after = kept_share(kept, position, min(n_characters, position + NEAR_CHARACTERS))
    return Facts(
        kept_near=max(before, after),
        kept_around=kept_share(kept, *around.box),
        links_to_page=float(around.links_to_page),
        in_chrome=float(around.in_chrome),
        chrome_words=float(around.chrome_words),
        content_words=float(around.content_words),
    )


def content_score(facts: Facts) -> float:
    """How likely a picture with these facts is content, 0 to 1."""
    total = INTERCEPT + sum(weight * fact for weight, fact in zip(WEIGHTS, facts, strict=True))
    return 1 / (1 + math.exp(-total))
