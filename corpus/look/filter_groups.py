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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import hypergeom

from corpus.columns import KEPT
from corpus.config import Bound
from corpus.filters.blocks import BLOCK_FILTERS
from corpus.filters.pairs import PAIR_FILTERS
from corpus.look.grouped_pages import GroupedPages, grouped
from corpus.look.page_groups import NO_PLACE, UNKNOWN, region_name, sentence_counts, top_level_domain
from corpus.look.scan import Scan
from corpus.look.score_matrix import Values, score_matrix
from corpus.look.scores import MATCHING, MIN_SIMILARITY, UNITS, Scored, passing
from corpus.look.scripts import script_of
from corpus.look.words import count_text, share_text

AXES = ("language", "script", "region", "top-level domain")
MIN_PAGES, MIN_HOSTS, MIN_RATIO, MIN_DIFFERENCE, MAX_P = 20, 5, 2.0, 0.05, 0.01
SENTENCES = "sentence"
GROUPS_SHOWN = 8

Place = tuple[str, str]
"""Axis and group."""
Groups = tuple[int, ...]
"""The numbers of a page's groups."""


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
    """Pages measured and pages dropped per group and filter, and a page of each of the first hosts among the latter."""

    names: tuple[str, ...]
    counts: defaultdict[int, Values] = field(init=False)
    examples: defaultdict[tuple[int, int], dict[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = defaultdict(lambda: np.zeros((2, len(self.names))))
        self.examples = defaultdict(dict)

    def add(
        self, pages: Sequence[Groups], url_of: Callable[[int], str], measured: Values, dropped: Values
    ) -> None:
        """Some pages: which scores were measured, 0 or 1, and which shares dropped, both [n_pages, n_names]."""
        both = np.stack([measured, dropped], axis=1)
        members: defaultdict[int, list[int]] = defaultdict(list)
        for at, groups in enumerate(pages):
            for group in groups:
                members[group].append(at)
        for group, rows in members.items():
            self.counts[group] += both[rows].sum(axis=0)
        for at, column in np.argwhere(dropped > 0).tolist():
            lacking = [group for group in pages[at] if len(self.examples[group, column]) < MIN_HOSTS]
            url = url_of(at) if lacking else ""
            for group in lacking:
                self.examples[group, column].setdefault(host(url), url)


def filter_groups(chunks: Iterable[Scan], bounds: Mapping[str, Bound]) -> FilterGroups:
    """Rates of every filter with a bound. Memory is that of the pages of one chunk, of each its URL and some twenty
    bytes."""
    counted = {unit: UnitCounts(names) for unit, names in judged_names(bounds).items()}
    numbers: dict[Place, int] = {}
    for scan in chunks:
        pages, urls = grouped_pages(scan, numbers)
        for unit, each in counted.items():
            for documents, measured, dropped in shares_by_page(scan, unit, each.names, bounds):
                own = urls_at(urls, pages.numbers_of(documents))
                each.add(pages.groups_of(documents), own, measured, dropped)
    places = {number: place for place, number in numbers.items()}
    return FilterGroups(
        tuple(rate for unit, each in counted.items() for rate in rates_of(unit, each, places))
    )


def judged_names(bounds: Mapping[str, Bound]) -> dict[str, tuple[str, ...]]:
    """The filters of each unit that have a bound."""
    filters = {unit: [each.name for each in found] for unit, (_, found) in UNITS.items()}
    filters[MATCHING] = [MIN_SIMILARITY, *(each.name for each in PAIR_FILTERS)]
    filters[SENTENCES] = [each.name for each in BLOCK_FILTERS]
    return {unit: tuple(name for name in names if bounds[name] != Bound()) for unit, names in filters.items()}


def grouped_pages(scan: Scan, numbers: dict[Place, int]) -> tuple[GroupedPages[Groups], pa.ChunkedArray]:
    """Groups of every page, and its URL; the script is that of its title. New groups get the next number."""
    all_urls: list[pa.Array] = []

    def batches() -> Iterator[tuple[list[str], Iterator[Groups]]]:
        for batch in scan("documents", ["document_id", "language", "title", "url"]):
            all_urls.append(batch.column("url"))
            documents, languages, titles, urls = (
                batch.column(name).to_pylist() for name in batch.schema.names
            )
            pages = zip(languages, titles, urls, strict=True)
            yield documents, (numbered(groups_of(*page), numbers) for page in pages)

    pages = grouped(batches())
    return pages, pa.chunked_array(all_urls, pa.string())


def groups_of(language: str | None, title: str | None, url: str) -> tuple[str, ...]:
    """A page's group on each of the axes."""
    domain = top_level_domain(url)
    return language or UNKNOWN, script_of(title) or UNKNOWN, region_name(domain), domain


def numbered(groups: Iterable[str], numbers: dict[Place, int]) -> Groups:
    return tuple(numbers.setdefault(place, len(numbers)) for place in zip(AXES, groups, strict=True))


def urls_at(urls: pa.ChunkedArray, numbers: npt.NDArray[np.int64]) -> Callable[[int], str]:
    return lambda at: str(urls[int(numbers[at])])


def shares_by_page(
    scan: Scan, unit: str, names: Sequence[str], bounds: Mapping[str, Bound]
) -> Iterator[tuple[list[str], Values, Values]]:
    """Documents, whether they were measured, and the shares that each filter drops, both [n_documents, n_names]. Rows
    of a page that lie in two batches count as two pages."""
    if unit == SENTENCES:
        yield from sentence_shares(scan, names)
        return
    rows = matched_rows(scan, names) if unit == MATCHING else scored_rows(scan, UNITS[unit][0], names)
    for documents, values in rows:
        starts = [at for at, each in enumerate(documents) if not at or each != documents[at - 1]]
        if starts:
            passes = passing(Scored(tuple(names), values), bounds)
            n_measured = np.add.reduceat(~np.isnan(values), starts, dtype=float)
            n_dropped = np.add.reduceat(~passes, starts, dtype=float)
            shares = n_dropped / np.maximum(n_measured, 1)
            yield [documents[at] for at in starts], (n_measured > 0).astype(float), shares


def scored_rows(scan: Scan, table: str, names: Sequence[str]) -> Iterator[tuple[list[str], Values]]:
    """Documents and scores [n_rows, n_names]."""
    for batch in scan(table, ["document_id", "scores"]):
        yield batch.column("document_id").to_pylist(), score_matrix(batch.column("scores"), names)


def matched_rows(scan: Scan, names: Sequence[str]) -> Iterator[tuple[list[str], Values]]:
    """Best cosine, where asked for, and the scores of pair filters, of the images that were matched or not."""
    for batch in scan("alignments", ["document_id", "images"]):
        lists = batch.column("images")
        images = lists.flatten()
        judged = pc.is_in(images.field("outcome"), pa.array([KEPT, *names])).to_numpy(zero_copy_only=False)
        columns = []
        for name in names:
            is_best = name == MIN_SIMILARITY
            column = images.field("best_sim" if is_best else name.removeprefix("pair_"))
            values = column.to_numpy(zero_copy_only=False).astype(float)
            columns.append(values if is_best else np.where(judged, values, np.nan))
        documents = batch.column("document_id").take(pc.list_parent_indices(lists)).to_pylist()
        yield documents, np.column_stack(columns) if columns else np.empty((len(documents), 0))


def sentence_shares(scan: Scan, names: Sequence[str]) -> Iterator[tuple[list[str], Values, Values]]:
    """The shares of the sentences of pages that blocks lose to each filter."""
    at = {name: column for column, name in enumerate(names)}
    for batch in scan("block_decisions", ["document_id", "sentences"]):
        counts: dict[str, Values] = defaultdict(lambda: np.zeros(len(names) + 1))
        for document, outcome, n in sentence_counts(batch):
            counts[document][at.get(outcome, len(names))] += n
        if counts:
            shares = np.stack(list(counts.values()))
            shares = shares[:, :-1] / shares.sum(axis=1, keepdims=True)
            yield list(counts), np.ones_like(shares), shares


def rates_of(unit: str, counted: UnitCounts, places: Mapping[int, Place]) -> Iterator[Rate]:
    """The rates of one unit, filters in their order."""
    for axis in AXES:
        groups = {number: both for number, both in counted.counts.items() if places[number][0] == axis}
        totals = sum(groups.values(), np.zeros((2, len(counted.names))))
        for number, both in sorted(
            groups.items(), key=lambda item: (-item[1][0].max(initial=0), places[item[0]])
        ):
            for column, name in enumerate(counted.names):
                if both[0, column]:
                    examples = counted.examples.get((number, column), {})
                    yield rate_of((unit, name, *places[number]), both[:, column], totals[:, column], examples)


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
    """The rates of the largest groups of each axis that has several, of the filters that drop something there."""
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
        if lines and len(groups) > 1:
            tables.append((axis, groups, lines))
    return tables
