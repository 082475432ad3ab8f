"""E-mail addresses and IP addresses.

Goes in: a text. Comes out: spans. Sources: RFC 5321 (section 4.5.3.1: lengths), RFC 5322 (section 3.4.1: dot-atom),
RFC 6531 (letters of all scripts), RFC 1035 (section 2.3.1: labels), RFC 3986 (section 3.2.2: IPv4), RFC 4291 (IPv6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address

# Scripts that set no spaces between words run on into an address, so none of their letters belongs to one.
UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3000-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = rf"[^\W_{UNSPACED}]"
LETTER = rf"[^\W\d_{UNSPACED}]"
MAX_LOCAL_CHARACTERS = 64

AT = re.compile(r"[@\uff20]|[ ]?(?:\[ ?(?:at|AT) ?\]|\( ?(?:at|AT) ?\))[ ]?")
LOCAL = re.compile(rf"(?<![\w.+%-])(?:{WORD}|[.+%_'-])*{WORD}[+_-]*$|(?:[A-Za-z0-9.+%_-])*[A-Za-z0-9][+_-]*$")
DOT = r"(?:[.\uff0e]|[ ]?(?:\[ ?(?:dot|DOT) ?\]|\( ?(?:dot|DOT) ?\))[ ]?)"
LABEL = rf"{WORD}(?:(?:{WORD}|-){{0,61}}{WORD})?"
DOMAIN = re.compile(rf"(?:{LABEL}{DOT}){{1,8}}(xn--[a-z0-9-]{{1,59}}|{LETTER}{{2,63}})(?!{WORD})")
# What stands behind the last dot of a file and is no domain: picture@2x.png, sprite@1.5x.css.
FILE_ENDINGS = frozenset(
    ("png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "css", "js", "tgz", "html", "php")
)

IPV4 = re.compile(r"\d(?<![\w.]\d)\d{0,2}\.(?:\d{1,3}\.){2}\d{1,3}(?!\w|\.\d)", re.ASCII)
VERSION = re.compile(
    r"(?:version|ver\.?|v\.?|release|build|firmware|update|driver|section|§)[ :#]{0,2}$", re.IGNORECASE
)
IPV6 = re.compile(r"[23](?<![\w:.].)[0-9a-fA-F]{3}:[0-9a-fA-F:]{2,34}(?![\w:])", re.ASCII)
MIN_LARGEST_NUMBER = 100
WORDS_BEFORE = 12  # characters that VERSION may take


def emails(text: str) -> Iterator[tuple[int, int]]:
    """Addresses, `[at]` and `(at)` taken for @; not those of one's own machine, as a domain needs a dot."""
    if not (
        "@" in text or "\uff20" in text or "at]" in text or "at)" in text or "AT]" in text or "AT)" in text
    ):
        return
    for at in AT.finditer(text):
        start = max(0, at.start() - MAX_LOCAL_CHARACTERS)
        local = LOCAL.search(text[start : at.start()])
        domain = DOMAIN.match(text, at.end())
        if local and domain and domain[1].lower() not in FILE_ENDINGS:
            yield start + local.start(), domain.end()


def ip_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Addresses of the public network. Four numbers are the version of something when a word before says so, or when
    none of them is above 99, which holds for one address in forty."""
    for found in IPV4.finditer(text):
        before = text[max(0, found.start() - WORDS_BEFORE) : found.start()]
        is_large = max(map(int, found[0].split("."))) >= MIN_LARGEST_NUMBER
        if is_large and is_public(IPv4Address, found[0]) and not VERSION.search(before):
            yield found.span()
    for found in IPV6.finditer(text) if ":" in text else ():
        if is_public(IPv6Address, found[0]):
            yield found.span()


def is_public(kind: type[IPv4Address] | type[IPv6Address], written: str) -> bool:
    try:
        return kind(written).is_global
    except AddressValueError:
        return False
