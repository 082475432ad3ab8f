"""What every filter does to the pages of a language, script, region and top-level domain.

Goes in: one scan per chunk, and the bounds. Comes out: drop rates per filter and group, and those that are far higher
than the others'. A bound that was made for one group can drop another unseen; the fates of pages do not show it, since
they name the first filter alone. Here each score is held to its own bound, whatever else drops the page.

One page is one observation: of its pictures, pairs or sentences it counts the share that the filter drops, since those
of a page are alike. A rate is flagged when the filter drops at least twice as much as of all other pages and five
percentage points more; the group has 20 pages that were measured; pages of five hosts are among those dropped, since
pages of a host are alike too; and Fisher's exact test (1922), one-sided, gives less than 0.01 over the number of rates
looked at (Bonferroni; Dunn 1961), so that noise flags one build in a hundred.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np
import pyarrow.compute as pc
from scipy.stats import hypergeom

from corpus.config import Bound
from corpus.filters.blocks import BLOCK_FILTERS
from corpus.filters.pairs import PAIR_FILTERS
from corpus.look.page_groups import NO_PLACE, UNKNOWN, region_name, sentence_counts, top_level_domain
from corpus.look.scan import Scan
from corpus.look.scores import (
    MATCHING,
    MIN_SIMILARITY,
    UNITS,
    Scored,
    Values,
    pair_matrix,
    passing,
    score_matrix,
)
from corpus.look.scripts import script_of
from corpus.look.words import count_text, share_text

AXES = ("language", "script", "region", "top-level domain")
MIN_PAGES, MIN_HOSTS, MIN_RATIO, MIN_DIFFERENCE, MAX_P = 20, 5, 2.0, 0.05, 0.01
SENTENCES = "sentence"
GROUPS_SHOWN = 8

Place = tuple[str, str]
"""Axis and group."""


@dataclass(frozen=True)
class Rate:
    """The share of `n_pages` of a group that a filter drops, or of what stands on them, that of all other pages, and
    pages of different hosts among those dropped."""

    unit: str
    name: str
    axis: str
    group: str
    n_pages: int
    rate: float
    others: float
    p: float
    examples: tuple[str, ...]


@dataclass(frozen=True)
class FilterGroups:
    """Every rate, and how many of them were looked at."""

    rates: tuple[Rate, ...] = ()

    @property
    def flagged(self) -> list[Rate]:
        """The rates that are far higher than the others', the surest first."""
        looked_at = [rate for rate in self.rates if is_group(rate)]
        return sorted(
            (rate for rate in looked_at if is_far_higher(rate) and rate.p < MAX_P / len(looked_at)),
            key=lambda rate: (rate.p, rate.name, rate.axis, rate.group),
        )


@dataclass
class UnitCounts:
    """Pages measured and pages dropped per group and filter, [2, n_names], and a page of each of the first hosts."""

    names: tuple[str, ...]
    counts: dict[Place, Values] = field(default_factory=dict)
    examples: defaultdict[tuple[Place, str], dict[str, str]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, page: tuple[str, tuple[Place, ...]], measured: Values, dropped: Values) -> None:
        """One page: its URL and groups; [n_names] of 0 or 1, and of shares."""
        url, places = page
        for place in places:
            both = self.counts.setdefault(place, np.zeros((2, len(self.names))))
            both[0] += measured
            both[1] += dropped
            for column in np.flatnonzero(dropped):
                found = self.examples[place, self.names[column]]
                if len(found) < MIN_HOSTS:
                    found.setdefault(host(url), url)


def filter_groups(chunks: Iterable[Scan], bounds: Mapping[str, Bound]) -> FilterGroups:
    """Rates of every filter with a bound. Memory is that of the identities of one chunk."""
    counted = {unit: UnitCounts(tuple(each.name for each in filters)) for unit, (_, filters) in UNITS.items()}
    counted[MATCHING] = UnitCounts((MIN_SIMILARITY, *(each.name for each in PAIR_FILTERS)))
    by_sentences = UnitCounts(tuple(each.name for each in BLOCK_FILTERS))
    for scan in chunks:
        pages = grouped_pages(scan)
        for unit, each in counted.items():
            for document, values in scores_by_page(scan, unit, each.names):
                n_measured = (~np.isnan(values)).sum(axis=0)
                n_dropped = (~passing(Scored(each.names, values), bounds)).sum(axis=0)
                shares = n_dropped / np.maximum(n_measured, 1)
                each.add(pages[document], (n_measured > 0).astype(float), shares)
        for document, shares in sentence_shares(scan, by_sentences.names):
            by_sentences.add(pages[document], np.ones(len(shares)), shares)
    counted[SENTENCES] = by_sentences
    return FilterGroups(
        tuple(rate for unit, each in counted.items() for rate in rates_of(unit, each, bounds))
    )


def grouped_pages(scan: Scan) -> dict[str, tuple[str, tuple[Place, ...]]]:
    """URL and groups by document; the script is that of its title."""
    shared: dict[tuple[Place, ...], tuple[Place, ...]] = {}
    found = {}
    for batch in scan("documents", ["document_id", "language", "title", "url"]):
        columns = (batch.column(name).to_pylist() for name in batch.schema.names)
        for document, language, title, url in zip(*columns, strict=True):
            domain = top_level_domain(url)
            groups = (language or UNKNOWN, script_of(title) or UNKNOWN, region_name(domain), domain)
            places = tuple(zip(AXES, groups, strict=True))
            found[document] = (url, shared.setdefault(places, places))
    return found


def scores_by_page(scan: Scan, unit: str, names: Sequence[str]) -> Iterator[tuple[str, Values]]:
    """Scores [n_rows, n_names] of each page that has some; rows of a page that lie in two batches come as two."""
    if unit == MATCHING:
        yield from matched_by_page(scan, names)
        return
    for batch in scan(UNITS[unit][0], ["document_id", "scores"]):
        values = score_matrix(batch.column("scores"), names)
        documents = batch.column("document_id").to_pylist()
        starts = [at for at, each in enumerate(documents) if not at or each != documents[at - 1]]
        for start, end in zip(starts, [*starts[1:], len(documents)], strict=True):
            if not np.isnan(values[start:end]).all():
                yield documents[start], values[start:end]


def matched_by_page(scan: Scan, names: Sequence[str]) -> Iterator[tuple[str, Values]]:
    """Best cosine, then the scores of pair filters, of the images that were matched or not [n_images, n_names]."""
    for batch in scan("alignments", ["document_id", "images"]):
        lists = batch.column("images")
        images = lists.flatten()
        judged, pairs = pair_matrix(images, names[1:])
        best = images.field("best_sim").to_numpy(zero_copy_only=False).astype(float)
        values = np.column_stack([best, np.where(judged[:, None], pairs, np.nan)])
        ends = np.cumsum(pc.list_value_length(lists).to_numpy())
        yield from zip(batch.column("document_id").to_pylist(), np.split(values, ends[:-1]), strict=True)


def sentence_shares(scan: Scan, names: Sequence[str]) -> Iterator[tuple[str, Values]]:
    """The share of the sentences of each page that blocks lose to each filter, [n_names]."""
    at = {name: column for column, name in enumerate(names)}
    for batch in scan("block_decisions", ["document_id", "sentences"]):
        counts: dict[str, Values] = {}
        for document, outcome, n in sentence_counts(batch):
            row = counts.setdefault(document, np.zeros(len(names) + 1))
            row[at.get(outcome, len(names))] += n
        for document, row in counts.items():
            yield document, row[:-1] / row.sum()


def rates_of(unit: str, counted: UnitCounts, bounds: Mapping[str, Bound]) -> Iterator[Rate]:
    """The rates of one unit, filters in their order."""
    for axis in AXES:
        groups = {group: both for (of, group), both in counted.counts.items() if of == axis}
        totals = sum(groups.values(), np.zeros((2, len(counted.names))))
        for group, both in sorted(groups.items(), key=lambda item: (-item[1][0].max(), item[0])):
            for column, name in enumerate(counted.names):
                if bounds[name] != Bound() and both[0, column]:
                    examples = counted.examples.get(((axis, group), name), {})
                    yield rate_of((unit, name, axis, group), both[:, column], totals[:, column], examples)


def rate_of(of: tuple[str, str, str, str], here: Values, totals: Values, examples: Mapping[str, str]) -> Rate:
    """One rate beside that of the other pages."""
    n, dropped = here
    n_others, dropped_others = totals - here
    others = float(dropped_others / n_others) if n_others else 0.0
    # Shares add up to whole pages, rounded against a flag.
    p = float(hypergeom.sf(int(dropped) - 1, int(totals[0]), int(np.ceil(totals[1])), int(n)))
    return Rate(*of, int(n), float(dropped / n), others, p, tuple(examples.values()))


def is_group(rate: Rate) -> bool:
    """Whether the pages have something in common, are enough, and are not all."""
    is_named = rate.group != UNKNOWN and (rate.axis not in AXES[2:] or rate.group not in NO_PLACE)
    return is_named and rate.n_pages >= MIN_PAGES


def is_far_higher(rate: Rate) -> bool:
    return (
        rate.rate >= MIN_RATIO * rate.others
        and rate.rate - rate.others >= MIN_DIFFERENCE
        and len(rate.examples) >= MIN_HOSTS
    )


def host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def warning_of(rate: Rate) -> str:
    """One line."""
    what = "pages" if rate.unit in ("page", "document") else f"{rate.unit}s"
    return (
        f"filter {rate.name} drops {share_text(rate.rate)} of the {what} of {rate.axis} {rate.group} "
        f"({count_text(rate.n_pages)} pages), of all others {share_text(rate.others)}: see whether its bound fits them"
    )


Table = tuple[str, tuple[str, ...], list[tuple[str, list[Rate | None]]]]
"""An axis, its largest groups, and for each filter the rates of these."""


def shown_rates(found: FilterGroups) -> list[Table]:
    """The rates of the largest groups of each axis, of the filters that drop something there."""
    tables: list[Table] = []
    for axis in AXES:
        rates = [rate for rate in found.rates if rate.axis == axis]
        sizes: dict[str, int] = {}
        for rate in rates:
            sizes[rate.group] = max(sizes.get(rate.group, 0), rate.n_pages)
        groups = tuple(sorted(sizes, key=lambda group: (-sizes[group], group))[:GROUPS_SHOWN])
        by_filter: dict[str, dict[str, Rate]] = {}
        for rate in rates:
            by_filter.setdefault(rate.name, {})[rate.group] = rate
        lines = [
            (name, [of.get(group) for group in groups])
            for name, of in by_filter.items()
            if any(each.rate for each in of.values())
        ]
        if lines:
            tables.append((axis, groups, lines))
    return tables
