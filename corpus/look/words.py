"""Numbers and texts as people read them.

Goes in: counts, shares, bytes, seconds, bounds, and texts from the web. Comes out: short texts.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from corpus.config import Bound

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
MAX_LINK_CHARACTERS = 2_000
UNSPACED_LANGUAGES = frozenset({"zh", "ja", "th", "lo", "km", "my", "bo"})


def count_text(count: int) -> str:
    return f"{count:,}"


def share_text(share: float) -> str:
    """A share from 0 to 1 in per cent; what is not nothing never reads as 0, nor what is not all as 100."""
    if 0 < share < 0.001:
        return "<0.1 %"
    if 0.999 < share < 1:
        return ">99.9 %"
    return f"{100 * share:.1f} %"


def bytes_text(n_bytes: int) -> str:
    """Decimal units, as disks and networks are sold."""
    size = float(n_bytes)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} PB"


def seconds_text(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def number_text(value: float) -> str:
    """At most four significant digits, no trailing zeros; large whole numbers with separators."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.4g}"


def bound_text(bound: Bound) -> str:
    """What passes."""
    if bound.min is not None and bound.max is not None:
        return f"{number_text(bound.min)} to {number_text(bound.max)} passes"
    if bound.min is not None:
        return f"{number_text(bound.min)} or more passes"
    if bound.max is not None:
        return f"{number_text(bound.max)} or less passes"
    return "everything passes"


def readable(text: str) -> str:
    """The text without control characters, which HTML cannot hold; tabs and line ends stay."""
    return CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def clipped(text: str, max_characters: int) -> str:
    return text if len(text) <= max_characters else text[: max_characters - 1] + "…"


def shortened(text: str, max_characters: int) -> str:
    """The text in one line."""
    return clipped(" ".join(readable(text).split()), max_characters)


def is_web_address(url: str) -> bool:
    """True for http and https URLs with a host and of usual length: nothing else may become a link."""
    if len(url) > MAX_LINK_CHARACTERS:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
