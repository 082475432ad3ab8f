"""Personal data and secrets on a page: what the settings say is replaced.

Goes in: texts of a page, or its row of the product. Comes out: the same with placeholders, and how many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from corpus.columns import Row
from corpus.config import Settings
from corpus.privacy.phones import regions_of
from corpus.privacy.replacement import replace


def without_personal_data(
    texts: Sequence[str], page: Row, settings: Settings
) -> tuple[dict[int, str], dict[str, int]]:
    """The texts that change, by place, and what was found by kind. `page` tells by `url` and `language` whose phone
    numbers stand there without a country code."""
    return replace(texts, settings.privacy.replace, regions_of(page["language"], page["url"]))


def without_personal_data_around(row: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """A row of `interleaved` whose title, alternative texts and captions have placeholders too, counted with those in
    its sentences."""
    fields = [(row, "title"), *((info, name) for info in row["image_info"] for name in ("alt", "caption"))]
    written = [(holder, name) for holder, name in fields if holder[name]]
    counts = Counter({each["kind"]: each["n"] for each in row["replaced"]})
    for holder, name in written:  # one by one: they do not follow one another on the page
        changed, found = without_personal_data([holder[name]], row, settings)
        holder[name] = changed.get(0, holder[name])
        counts.update(found)
    return {**row, "replaced": as_rows(counts)}


def as_rows(counts: Mapping[str, int]) -> list[Row]:
    return [{"kind": kind, "n": n} for kind, n in sorted(counts.items())]
