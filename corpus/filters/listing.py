"""All filters as one page in Markdown, for people who choose bounds.

Goes in: the filters and the default bounds. Comes out: the text of `docs/filters.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from corpus.config import Bound, Filters
from corpus.filters.blocks import BLOCK_FILTERS
from corpus.filters.documents import DOCUMENT_FILTERS
from corpus.filters.filter import Filter
from corpus.filters.images import IMAGE_FILTERS
from corpus.filters.pages import PAGE_FILTERS
from corpus.filters.pairs import PAIR_FILTERS
from corpus.filters.references import REFERENCE_FILTERS
from corpus.filters.sentences import SENTENCE_FILTERS

UNITS: Mapping[str, Sequence[Filter]] = {
    "page": PAGE_FILTERS,
    "block of text": BLOCK_FILTERS,
    "image reference": REFERENCE_FILTERS,
    "image": IMAGE_FILTERS,
    "matched image": PAIR_FILTERS,
    "document": DOCUMENT_FILTERS,
    "sentence": SENTENCE_FILTERS,
}

HEADER = """\
# Filters

Every filter of a build, in the order in which they are asked. The name is the setting (`--set
filters.<name>.max=...`), the name of the score and the drop reason. Scores within the bound pass, its ends included;
what cannot be measured passes. Made from `corpus/filters/` and `corpus/config/` by `make schemas`; a test fails
when they differ from it.

| unit | filter | what it measures | default bound | source |
|---|---|---|---|---|
"""


def filter_page(units: Mapping[str, Sequence[Filter]], bounds: Filters) -> str:
    """The text of the page: one line per filter."""
    lines = (
        f"| {unit} | `{each.name}` | {meaning(each)} | {bound_text(getattr(bounds, each.name))} | {each.source} |\n"
        for unit, filters in units.items()
        for each in filters
    )
    return HEADER + "".join(lines)


def meaning(filter_: Filter) -> str:
    """What the score says of itself, on one line of a table."""
    return " ".join((filter_.score.__doc__ or "").split()).replace("|", "\\|")


def bound_text(bound: Bound) -> str:
    ends = (("at least", bound.min), ("at most", bound.max))
    return ", ".join(f"{side} {end:,.10g}" for side, end in ends if end is not None) or "none"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(filter_page(UNITS, Filters()), encoding="utf-8")
