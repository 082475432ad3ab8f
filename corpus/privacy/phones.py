"""Phone numbers.

Goes in: a text, and the regions whose numbers may stand there without a country code. Comes out: spans. What a valid
number is, is known by the package `phonenumbers` (Google's libphonenumber: the numbering plans of ITU-T E.164). A
number needs its + and country code, or a word before it that says what it is, or the form of North America: dates,
prices, ISBNs, coordinates and figures in tables have digits too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import phonenumbers

from corpus.privacy.addresses import WORD

SPACE = "[ \u00a0\u2007\u2009\u202f]"
DASH = r"[\-.\u2010-\u2013/]"
GAP = rf"(?:{SPACE}?[()]{{1,2}}{SPACE}?|\){DASH}|{SPACE}{DASH}{SPACE}|{SPACE}|{DASH})?"
CANDIDATE = re.compile(
    rf"[+\uff0b(\d](?<!{WORD}.)(?<![=_+#$\u20ac\u00a3].)(?<!\d[.,/:\-].)(?:(?<!\d){SPACE}?\(?\+?\d)?"
    rf"(?:{GAP}\d){{6,16}}+(?!{WORD}|[,:=]\d|%)"
)
NORTH_AMERICAN = re.compile(r"(?:1[ .-])?(?:\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})")
DECIMAL = re.compile(r"[+\uff0b]\d{1,3}\.\d{3,}(?:[^\d]|$)")
NAMES = (
    "tel", "telephone", "phone", "telefon", "telefono", "teléfono", "telefone", "téléphone", "telefoon",
    "telefonnummer", "telefax", "fax", "fon", "tél", "tlf", "tfn", "puh", "puhelin", "sími", "telefonszám", "telefón",
    "telefonas", "tālrunis", "mobile", "mobil", "móvil", "celular", "cellulare", "portable", "handy", "gsm",
    "komórka", "whatsapp", "hotline", "call", "appelez", "llame", "ligue", "chiama", "тел", "телефон", "факс", "моб",
    "звоните", "τηλ", "τηλέφωνο", "φαξ", "هاتف", "تلفن", "جوال", "فاكس", "טלפון", "טל", "נייד", "फ़ोन", "फोन",
    "điện thoại", "đt",
)  # fmt: skip
UNSPACED_NAMES = (
    "電話", "电话", "手机", "手機", "傳真", "传真", "携帯", "전화", "연락처", "팩스", "โทร", "☎", "☏", "✆", "📞", "📱",
)  # fmt: skip
SAID = re.compile(
    rf"(?:(?<!{WORD})(?:{'|'.join(NAMES)})|{'|'.join(UNSPACED_NAMES)})"
    r"(?:[\W_]|(?<!\w)(?:no|nr|num|number|nummer|us|at|on|號碼|号码|番号|fax|mobile?)(?!\w)){0,8}[(+]?$",
    re.IGNORECASE,
)
ENDING = re.compile(r"https?://[^/?#]*?\.([a-z]{2})\.?(?::\d*)?(?:[/?#]|$)", re.IGNORECASE)
CHARACTERS_BEFORE = 40
CHARACTERS_BETWEEN = 6  # from one number to the next of a list that is named once
REGIONS = {
    "ar": "SA AE EG MA", "bg": "BG", "bn": "BD IN", "ca": "ES", "cs": "CZ", "da": "DK", "de": "DE AT CH",
    "el": "GR CY", "en": "US GB CA AU IN IE NZ ZA", "es": "ES MX AR CO CL PE", "et": "EE", "fa": "IR", "fi": "FI",
    "fr": "FR BE CH CA", "he": "IL", "hi": "IN", "hr": "HR", "hu": "HU", "id": "ID", "is": "IS", "it": "IT CH",
    "ja": "JP", "ko": "KR", "lt": "LT", "lv": "LV", "nb": "NO", "nl": "NL BE", "no": "NO", "pl": "PL", "pt": "BR PT",
    "ro": "RO MD", "ru": "RU KZ BY", "sk": "SK", "sl": "SI", "sr": "RS", "sv": "SE FI", "th": "TH", "tr": "TR",
    "uk": "UA", "ur": "PK", "vi": "VN", "zh": "CN TW HK SG",
}  # fmt: skip


def regions_of(language: str | None, url: str) -> tuple[str, ...]:
    """The regions whose numbers a page may write without a country code: that of its domain, then those of its
    language."""
    named = ENDING.match(url)
    own = named[1].upper().replace("UK", "GB") if named else ""
    spoken = REGIONS.get(language or "", "").split()
    return tuple(dict.fromkeys([own, *spoken] if own in phonenumbers.SUPPORTED_REGIONS else spoken))


def phones(text: str, regions: Collection[str] = ()) -> Iterator[tuple[int, int]]:
    """Numbers that can be dialled."""
    last = -CHARACTERS_BETWEEN
    for found in CANDIDATE.finditer(text):
        if is_phone(text, found, regions, last):
            last = found.end()
            yield found.span()


def is_phone(text: str, found: re.Match[str], regions: Collection[str], last: int) -> bool:
    """Whether a candidate is one; `last` is where the number before it ends."""
    written = found[0].replace("\uff0b", "+")
    if written.lstrip("(").startswith("+"):
        return not DECIMAL.match(written) and is_valid(written, None)
    if NORTH_AMERICAN.fullmatch(written) and is_valid(written, "US"):
        return True
    before = text[max(0, found.start() - CHARACTERS_BEFORE) : found.start()]
    is_said = SAID.search(before) or (0 <= found.start() - last < CHARACTERS_BETWEEN)
    return bool(is_said) and any(is_valid(written, region) for region in regions)


def is_valid(written: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        return False
