"""What templates are made with: their filters, and the bars of a waterfall.

Goes in: nothing. Comes out: an environment for the templates beside this module.
"""

from __future__ import annotations

from dataclasses import dataclass

import jinja2

from corpus.look import words
from corpus.look.funnel import Step
from corpus.look.page_groups import largest
from corpus.look.scores import bins, edges

TAGS = {"heading": "h4", "quote": "blockquote", "code": "pre"}


@dataclass(frozen=True)
class Bar:
    """Where a count stands in the width of its waterfall, 0 to 100."""

    start: float
    width: float


def template_environment() -> jinja2.Environment:
    """Templates beside this module; every value is escaped, and a name that is missing is an error."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("corpus.look", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": words.count_text,
        "share": words.share_text,
        "size": words.bytes_text,
        "time": words.seconds_text,
        "readable": words.readable,
        "bars": bars,
        "bins": bins,
        "edges": edges,
        "number": words.number_text,
        "bound": words.bound_text,
        "zip": zip,
        "clipped": words.clipped,
        "largest": largest,
    }
    environment.tests["web_address"] = words.is_web_address
    return environment


def bars(step: Step, n_input: int) -> list[Bar]:
    """One bar per line: what was kept from the left, what was dropped in turn from the right end of the
    rest."""
    left = step.n_in
    placed = []
    for line in step.lines:
        start = 0 if line.is_kept else left - line.n_rows
        left -= 0 if line.is_kept else line.n_rows
        placed.append(Bar(percent(start, n_input), percent(line.n_rows, n_input)))
    return placed


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 3) if whole else 0.0
