"""Scores beside their bounds: how they are spread, what each bound drops, what another bound would keep.

Goes in: a scan of the decisions and the bounds. Comes out: per filter a histogram and counts. Nothing is measured anew:
the scores stand in the tables, those of dropped rows too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus.columns import KEPT
from corpus.config import Bound, Settings
from corpus.filters.blocks import BLOCK_FILTERS
from corpus.filters.documents import DOCUMENT_FILTERS
from corpus.filters.images import IMAGE_FILTERS
from corpus.filters.pages import PAGE_FILTERS
from corpus.filters.pairs import PAIR_FILTERS
from corpus.filters.references import REFERENCE_FILTERS
from corpus.filters.sentences import SENTENCE_FILTERS
from corpus.filters.tiers import CORE_SCORES, FF_SCORES
from corpus.look.block_scores import block_scores, judged_pages
from corpus.look.scan import Scan
from corpus.look.score_matrix import Values, score_matrix

Marks = npt.NDArray[np.bool_]

UNITS = {
    "page": ("page_decisions", PAGE_FILTERS),
    "image reference": ("image_decisions", (*REFERENCE_FILTERS, *IMAGE_FILTERS)),
    "document": ("document_decisions", DOCUMENT_FILTERS),
}
MATCHING, MIN_SIMILARITY = "matched image", "min_similarity"
BESIDE_PICTURES = "kept sentence"
BLOCK, PAIR = "block", "pair"
TIER_UNITS = {"core document": CORE_SCORES, "ff document": FF_SCORES}
TIER_SCORES = (*CORE_SCORES, *FF_SCORES)
MAX_ROWS = 250_000
BINS = 32
PERCENTS = (1, 5, 50, 95, 99)


@dataclass(frozen=True)
class Scored:
    """The scores of judged rows: `values` [n_rows, n_names], NaN where a score could not be measured; one row in
    `stride` was taken."""

    names: tuple[str, ...]
    values: Values
    stride: int = 1


@dataclass(frozen=True)
class Spread:
    """How the scores of one filter are spread, and what its bound does: rows that it does not let pass, and those among
    them that every other bound would have kept. `counts` are those of equal bins from `low` to `high`, the
    outermost with all that lies beyond; `percentiles` are at PERCENTS."""

    name: str
    bound: Bound
    n_measured: int
    n_dropped: int
    n_alone: int
    percentiles: tuple[float, ...]
    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class UnitSpreads:
    """The filters of one unit over the rows that they judged."""

    unit: str
    n_judged: int
    n_kept: int
    stride: int
    spreads: tuple[Spread, ...]


def unit_scores(scan: Scan) -> Iterator[tuple[str, Scored]]:
    """Units with the scores of at most MAX_ROWS rows of each, one unit after the other."""
    for unit, (table, filters) in UNITS.items():
        names = [each.name for each in filters]
        yield unit, thinned(names, decided(scan, table, names))
    for unit, tier_names in TIER_UNITS.items():
        yield unit, thinned(tier_names, decided(scan, "document_decisions", tier_names))
    yield BLOCK, judged_blocks(scan)
    yield MATCHING, thinned([MIN_SIMILARITY], best_similarities(scan))
    pairs = [each.name for each in PAIR_FILTERS]
    yield PAIR, thinned(pairs, pair_scores(scan, pairs))
    yield BESIDE_PICTURES, thinned([each.name for each in SENTENCE_FILTERS], sentence_scores(scan))


def judged_blocks(scan: Scan) -> Scored:
    pages, page_stride = judged_pages(scan)
    names = [each.name for each in BLOCK_FILTERS]
    blocks = thinned(names, block_scores(scan, pages, names))
    return replace(blocks, stride=blocks.stride * page_stride)


def decided(scan: Scan, table: str, names: Sequence[str]) -> Iterator[Values]:
    """Scores of the rows that filters judged: one that an earlier step dropped has none."""
    for batch in scan(table, ["scores"]):
        values = score_matrix(batch.column("scores"), names)
        yield values[~np.isnan(values).all(axis=1)]


def best_similarities(scan: Scan) -> Iterator[Values]:
    """The cosine of each matched or unmatched image with its best sentence, [n_images, 1]."""
    for batch in scan("alignments", ["images"]):
        found = batch.column("images").flatten().field("best_sim").drop_null()
        yield found.to_numpy()[:, None].astype(np.float64)


def pair_scores(scan: Scan, names: Sequence[str]) -> Iterator[Values]:
    """Scores of the pairs that pair filters judged; they stand as columns."""
    for batch in scan("alignments", ["images"]):
        images = batch.column("images").flatten()
        judged = pc.is_in(images.field("outcome"), pa.array([KEPT, *names]))
        columns = [images.field(name.removeprefix("pair_")).filter(judged) for name in names]
        yield np.column_stack([column.to_numpy(zero_copy_only=False).astype(float) for column in columns])


def sentence_scores(scan: Scan) -> Iterator[Values]:
    """How far each kept sentence of a document with pictures is from them, [n_sentences, 1]; a bound takes fewer, as
    those that pictures are matched with stay."""
    for batch in scan("alignments", ["sentence_above"]):
        found = batch.column("sentence_above").flatten().drop_null()
        yield found.to_numpy()[:, None].astype(np.float64)


def thinned(names: Sequence[str], batches: Iterable[Values]) -> Scored:
    """All rows while they are few, else every second, fourth, ... of them."""
    taken = np.empty((MAX_ROWS, len(names)))  # what is not written takes no memory
    n_taken, n_seen, stride = 0, 0, 1
    for values in batches:
        while n_taken + len(some := values[(-n_seen) % stride :: stride]) > MAX_ROWS:
            half = taken[:n_taken:2]
            taken[: len(half)] = half
            n_taken, stride = len(half), 2 * stride
        taken[n_taken : n_taken + len(some)] = some
        n_taken += len(some)
        n_seen += len(values)
    return Scored(tuple(names), taken[:n_taken], stride)


def bounds_of(settings: Settings) -> dict[str, Bound]:
    """Every bound by the name of its score."""
    bounds: dict[str, Bound] = dict(settings.filters)
    bounds |= {name: getattr(settings.tiers, name) for name in TIER_SCORES}
    return bounds | {MIN_SIMILARITY: Bound(min=settings.align.min_similarity)}


def setting_of(name: str) -> str:
    """The setting that holds the bound of a score."""
    if name == MIN_SIMILARITY:
        return "align.min_similarity"
    return f"{'tiers' if name in TIER_SCORES else 'filters'}.{name}"


def passing(scored: Scored, bounds: Mapping[str, Bound]) -> Marks:
    """Which scores pass, [n_rows, n_names]; one that was not measured does."""
    marks = np.ones(scored.values.shape, dtype=bool)
    for column, name in enumerate(scored.names):
        values, bound = scored.values[:, column], bounds[name]
        low = -np.inf if bound.min is None else bound.min
        high = np.inf if bound.max is None else bound.max
        marks[:, column] = np.isnan(values) | ((values >= low) & (values <= high))
    return marks


def spreads(unit: str, scored: Scored, bounds: Mapping[str, Bound]) -> UnitSpreads:
    """What every bound of a unit does; counts are those of the build, scaled up where rows were left out."""
    marks = passing(scored, bounds)
    n_failed = (~marks).sum(axis=1)
    found = tuple(
        spread(
            (name, bounds[name]), scored.values[:, column], marks[:, column], (n_failed == 1, scored.stride)
        )
        for column, name in enumerate(scored.names)
    )
    n_kept = int((n_failed == 0).sum())
    return UnitSpreads(unit, len(marks) * scored.stride, n_kept * scored.stride, scored.stride, found)


def spread(named: tuple[str, Bound], values: Values, passes: Marks, rows: tuple[Marks, int]) -> Spread:
    """One filter; `rows` marks those that one bound alone stops, and says how many each stands for."""
    (name, bound), (alone, stride) = named, rows
    measured = values[~np.isnan(values)]
    low, high = window(measured, bound)
    counts = np.histogram(np.clip(measured, low, high), BINS, (low, high))[0]
    return Spread(
        name,
        bound,
        len(measured) * stride,
        int((~passes).sum()) * stride,
        int((~passes & alone).sum()) * stride,
        tuple(float(each) for each in np.percentile(measured, PERCENTS)) if len(measured) else (),
        low,
        high,
        tuple(int(n) * stride for n in counts),
    )


def window(measured: Values, bound: Bound) -> tuple[float, float]:
    """From the first to the last percentile, and on to an end of the bound that is not far out."""
    if not len(measured):
        return 0.0, 1.0
    low, high = (float(each) for each in np.percentile(measured, (PERCENTS[0], PERCENTS[-1])))
    reach = (high - low) or 1.0
    ends = [end for end in (bound.min, bound.max) if end is not None and low - reach <= end <= high + reach]
    low, high = min([low, *ends]), max([high, *ends])
    return (low, high) if low < high else (low - 0.5, high + 0.5)


@dataclass(frozen=True)
class Bin:
    """A bar of a histogram: its height, 0 to 1, and whether a score in it may pass."""

    height: float
    passes: bool


def bins(spread: Spread) -> list[Bin]:
    """The bars; heights are roots of shares, so that the few rows at a bound are seen beside the many elsewhere."""
    highest = max(spread.counts) or 1
    ends = np.linspace(spread.low, spread.high, BINS + 1)
    low = -np.inf if spread.bound.min is None else spread.bound.min
    high = np.inf if spread.bound.max is None else spread.bound.max
    passes = (ends[:-1] <= high) & (ends[1:] >= low)
    return [Bin((n / highest) ** 0.5, bool(each)) for n, each in zip(spread.counts, passes, strict=True)]


def edges(spread: Spread) -> list[float]:
    """Where the ends of the bound stand, 0 to 1 from low to high; without those beyond."""
    width = spread.high - spread.low
    places = ((end - spread.low) / width for end in (spread.bound.min, spread.bound.max) if end is not None)
    return [place for place in places if 0 <= place <= 1]
