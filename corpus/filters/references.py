"""Reference filters: judged on the page alone, before any image is fetched, because requests and bytes cost the most.

Goes in: a row with `url` and `content_score` of an image reference. Comes out: scores.
"""

from __future__ import annotations

from corpus.columns import Row
from corpus.filters.filter import Filter

URL_WORDS = ("logo", "button", "icon", "plugin", "widget")


def image_url_words(row: Row) -> float:
    """How many of the words logo, button, icon, plugin, widget stand in the URL, anywhere, in any case."""
    url = row["url"].lower()
    return float(sum(word in url for word in URL_WORDS))


def image_content(row: Row) -> float:
    """How likely the place of the picture on the page is one of content, 0 to 1."""
    return float(row["content_score"])


REFERENCE_FILTERS = (
    Filter("image_url_words", image_url_words, "MMC4, section 3"),
    Filter("image_content", image_content, "corpus.extract.content; bound measured by bench.content"),
)
