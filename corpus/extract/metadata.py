"""What the head of a page and its links say of the page itself.

Goes in: the tree of a page. Comes out: its base URL, title, licence, and the picture that stands for it elsewhere.
"""

from __future__ import annotations

from typing import Any

from corpus import urls
from corpus.extract.references import MAX_TEXT_CHARACTERS, picture_url

LICENSES = "creativecommons.org/licenses/"
PUBLIC_DOMAIN = "creativecommons.org/publicdomain/"
PREVIEWS = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")


def base_of(root: Any, page_url: str) -> str:
    """What relative URLs resolve against: the href of the first <base> that has one, else, or where that is none of the
    web (HTML standard, section 4.2.3), the URL of the page."""
    for base in root.iter("base"):
        if (href := base.get("href")) is not None:
            url = urls.resolve(page_url, href)
            return url if url and urls.normalise(url) else page_url
    return page_url


def title_of(root: Any) -> str | None:
    """The text of <title>, white space folded."""
    for title in root.iter("title"):
        if text := " ".join("".join(title.itertext()).split()):
            return text[:MAX_TEXT_CHARACTERS]
    return None


def license_of(root: Any, base_url: str) -> str | None:
    """The target of the first rel=license link, else of the first link to a Creative Commons licence."""
    by_text = None
    for link in root.iter("a", "link"):
        href = link.get("href", "")
        if (relation := link.get("rel")) and "license" in relation.lower().split():
            return urls.resolve(base_url, href)
        if by_text is None and (LICENSES in href or PUBLIC_DOMAIN in href):
            by_text = urls.resolve(base_url, href)
    return by_text


def preview_of(root: Any, base_url: str) -> str | None:
    """The absolute URL of the picture that the page names for links to it: of the Open Graph protocol (ogp.me), else of
    Twitter's cards, else of rel=image_src."""
    named: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").strip().lower()
        if name in PREVIEWS and (url := picture_url(base_url, meta.get("content", ""))):
            named.setdefault(name, url)
    for link in root.iter("link"):
        if link.get("rel", "").lower() == "image_src" and (
            url := picture_url(base_url, link.get("href", ""))
        ):
            named.setdefault("image_src", url)
    return next((named[name] for name in (*PREVIEWS, "image_src") if name in named), None)
