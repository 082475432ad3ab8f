"""Pages without personal data, since a screen is seen by others and sent on.

Goes in: rows of pages as they were read. Comes out: the same with the placeholders that the corpus has; URLs stay.
"""

from __future__ import annotations

from collections.abc import Sequence

from corpus.columns import Row
from corpus.config import Settings
from corpus.recipes.personal_data import without_personal_data

OF_REFERENCE = ("alt", "title", "caption")


def private_page(page: Row, decided: Sequence[Row], settings: Settings) -> Row:
    """The row of `documents` with placeholders. `decided` are its sentences in `block_decisions`, if it has any there:
    kept ones read as they were matched."""
    return {
        **page,
        "title": private(page["title"], page, settings),
        "sentences": private_sentences(page, decided, settings),
        "image_references": [
            {**reference, **{name: private(reference[name], page, settings) for name in OF_REFERENCE}}
            for reference in page["image_references"]
        ],
    }


def private_sentences(page: Row, decided: Sequence[Row], settings: Settings) -> list[str]:
    changed, _ = without_personal_data(page["sentences"], page, settings)
    changed |= {place: each["text"] for place, each in enumerate(decided) if each["text"] is not None}
    return [changed.get(place, sentence) for place, sentence in enumerate(page["sentences"])]


def private(text: str | None, page: Row, settings: Settings) -> str | None:
    """A text by itself; `page` tells by `url` and `language` whose phone numbers may stand there."""
    return text and without_personal_data([text], page, settings)[0].get(0, text)
