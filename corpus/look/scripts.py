"""The script that a text is written in.

Goes in: a text. Comes out: the name of the script of most of its letters, by the first word of their Unicode names.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

MAX_CHARACTERS = 200
SAME = {"Cjk": "Han", "Hiragana": "Kana", "Katakana": "Kana", "Katakana-hiragana": "Kana"}
FORMS = ("FULLWIDTH ", "HALFWIDTH ")


def script_of(text: str | None) -> str | None:
    """`Latin`, `Cyrillic`, `Han`, ...; None where there is no letter. A text with kana is Japanese whatever the number
    of its Han characters, and told by them."""
    found = Counter(name for character in (text or "")[:MAX_CHARACTERS] if (name := script(character)))
    if not found:
        return None
    return "Kana" if found["Kana"] else min(found, key=lambda name: (-found[name], name))


@lru_cache(maxsize=65_536)
def script(character: str) -> str | None:
    """The script of a letter; None of anything else."""
    if not character.isalpha():
        return None
    name = unicodedata.name(character, "")
    for form in FORMS:
        name = name.removeprefix(form)
    first = name.partition(" ")[0].capitalize()
    return SAME.get(first, first) or None
