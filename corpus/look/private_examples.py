"""Examples as the report shows them: without personal data, since it is handed on, and short.

Goes in: drop reasons with examples of what pages said. Comes out: the same with the placeholders that the corpus has.
"""

from __future__ import annotations

from dataclasses import replace as changed

from corpus.config import Settings
from corpus.look.examples import MAX_CHARACTERS, Example, Reason
from corpus.look.words import shortened
from corpus.privacy.phones import regions_of
from corpus.privacy.replacement import replace


def without_personal_data(reason: Reason, settings: Settings) -> Reason:
    """The reason with placeholders in titles and texts; URLs and file names stay."""
    return changed(reason, examples=tuple(private(each, settings) for each in reason.examples))


def private(example: Example, settings: Settings) -> Example:
    regions = regions_of(example.language, example.url)
    found, _ = replace([example.title, example.text], settings.privacy.replace, regions)
    return changed(example, title=short(found.get(0, example.title)), text=short(found.get(1, example.text)))


def short(text: str) -> str:
    """Cut last: half of an address would not be found."""
    return shortened(text, MAX_CHARACTERS)
