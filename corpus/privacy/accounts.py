"""Numbers of bank accounts and payment cards.

Goes in: a text. Comes out: spans. Sources: IBAN by ISO 13616 (check digits by ISO 7064, MOD 97-10; lengths of the
SWIFT IBAN registry), cards by ISO/IEC 7812-1 (annex B: Luhn) in the ranges and lengths that their networks publish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

IBAN_CHARACTERS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip
IBAN = re.compile(r"([A-Z](?<![A-Za-z0-9].)[A-Z])[ ]?\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}", re.ASCII)
SPACES = " \u00a0-"

# In groups as they are printed, or unbroken; other groupings are those of other numbers.
CARD = re.compile(
    r"\d(?<![\w./=&?#+-]\d)\d{3}(?:([ \u00a0-])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|([ \u00a0-])\d{6}\2\d{4,5}|\d{11,12})"
    r"(?![\w/=&]|[.,:-]\d|[ \u00a0]\d)",
    re.ASCII,
)
VISA, MASTERCARD, AMEX = (
    r"4\d{15}(?:\d{3})?",
    r"(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}",
    r"3[47]\d{13}",
)
DISCOVER, JCB = r"(?:6011|64[4-9]\d|65\d\d)\d{12}(?:\d{3})?", r"35(?:2[89]|[3-8]\d)\d{12}(?:\d{3})?"
DINERS, UNIONPAY = r"(?:30[0-5]|3[689]\d)\d{11}", r"62\d{14}(?:\d{3})?"
NETWORK = re.compile("|".join((VISA, MASTERCARD, AMEX, DISCOVER, JCB, DINERS, UNIONPAY)), re.ASCII)


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Account numbers of the length of their country whose check digits are right, in groups or unbroken."""
    for found in IBAN.finditer(text):
        end = end_of(text, found.start(), IBAN_CHARACTERS.get(found[1], 0))
        if end and is_iban("".join(each for each in text[found.start() : end] if each not in SPACES)):
            yield found.start(), end


def end_of(text: str, start: int, n_characters: int) -> int:
    """Where `n_characters` that are no space end; 0 when the word goes on behind them, or the text before."""
    for place in range(start, min(len(text), start + 2 * n_characters)):
        n_characters -= text[place] not in SPACES
        if n_characters == 0:
            return 0 if text[place + 1 : place + 2].isalnum() else place + 1
    return 0


def is_iban(written: str) -> bool:
    """Whether the check digits are right: the number, its first four characters last and letters as 10 to 35, leaves 1
    when divided by 97."""
    turned = written[4:] + written[:4]
    return (
        turned.isascii()
        and turned.isalnum()
        and int("".join(str(int(each, 36)) for each in turned)) % 97 == 1
    )


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Numbers in the range of a card network whose last digit is right."""
    for found in CARD.finditer(text):
        digits = "".join(each for each in found[0] if each not in SPACES)
        if NETWORK.fullmatch(digits) and has_luhn_digit(digits):
            yield found.span()


def has_luhn_digit(digits: str) -> bool:
    """Whether every second digit from the right, doubled and its digits added, and the others add up to tens."""
    doubled = (sum(divmod(2 * int(each), 10)) for each in digits[-2::-2])
    return (sum(doubled) + sum(map(int, digits[::-2]))) % 10 == 0
