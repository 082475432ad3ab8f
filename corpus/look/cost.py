"""What a build cost: core-hours, requests, bytes and, with prices, dollars.

Goes in: the tables of a build, and a table of prices (dollars per core_hour, gpu_hour, read_requests_1000,
write_requests_1000, network_in_gb, storage_gb_month). Comes out: a `Cost` per table and their sum, as docs/cost.md has
it. Core-hours are those in which tasks ran, by Spark's count; cores that wait are paid besides. Requests are those that
an object store counts for what the build wrote, wherever it lies.

    dollars = core-hours * core_hour + gpu-hours * gpu_hour + requests / 1000 * price
              + GB from the web * network_in_gb + GB stored * storage_gb_month * months
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from corpus.config import Settings
from corpus.entry import Total
from corpus.errors import InputError
from corpus.look.stored import Stored
from corpus.storage import read_bytes
from corpus.tables import TABLES
from corpus.tables.images import IMAGES
from corpus.tables.pages import WARC_FILES
from corpus.tables.product import FUNNEL, INTERLEAVED

GB = 1e9
MILLION = 1e6
MONTHS = 1
# Requests as pyarrow sends them (bench/counted_store.py): an upload is begun, sent in pieces, ended, and moved; the
# part is then read back: HEAD and GET to hash it, HEAD and two GETs to count it, HEAD for its size. A manifest is an
# upload of one piece after a listing, and is read once.
PART_WRITES, PART_READS = 3, 6
MANIFEST_WRITES, MANIFEST_READS = 5, 2
FILE_READS = 2  # HEAD, GET
PRICES = ("core_hour", "read_requests_1000", "write_requests_1000", "network_in_gb", "storage_gb_month")


@dataclass(frozen=True)
class Cost:
    """What some stage or table, or all of them, take and cost."""

    name: str
    core_hours: float = 0.0
    gpu_hours: float = 0.0
    read_requests: float = 0.0
    write_requests: float = 0.0
    gb_from_web: float = 0.0
    gb_from_archives: float = 0.0
    gb_stored: float = 0.0
    dollars: float = 0.0

    def times(self, factor: float) -> Cost:
        values = [value * factor for name, value in asdict(self).items() if name != "name"]
        return Cost(self.name, *values)


def priced(taken: Cost, prices: Mapping[str, float], months: float) -> Cost:
    """The same with its dollars."""
    dollars = (
        taken.core_hours * prices["core_hour"]
        + taken.gpu_hours * prices.get("gpu_hour", 0.0)
        + taken.read_requests / 1000 * prices["read_requests_1000"]
        + taken.write_requests / 1000 * prices["write_requests_1000"]
        + taken.gb_from_web * prices["network_in_gb"]
        + taken.gb_stored * prices["storage_gb_month"] * months
    )
    return replace(taken, dollars=dollars)


def total(costs: Sequence[Cost], name: str = "all") -> Cost:
    names = [field for field in asdict(Cost("")) if field != "name"]
    return Cost(name, *(sum(getattr(cost, field) for cost in costs) for field in names))


def run_costs(stored: Stored, settings: Settings, prices: Mapping[str, float] | None = None) -> list[Cost]:
    """What each table of a build took; without prices no dollars."""
    on_web = settings.fetch.images == "web"
    taken = [table_cost(stored.total(name), on_web) for name in TABLES if name != FUNNEL.name]
    return [priced(cost, prices, MONTHS) if prices else cost for cost in taken]


def table_cost(made: Total, on_web: bool) -> Cost:
    """A GPU is rented with its cores, so the time of tasks that share GPUs counts as theirs alone."""
    n_files = 0 if TABLES[made.table].inputs else made.n_files
    from_web, from_archives = bytes_read(made, on_web)
    return Cost(
        made.table,
        core_hours=made.core_s / 3600,
        gpu_hours=made.gpu_s / 3600,
        read_requests=PART_READS * made.n_parts + MANIFEST_READS * made.n_chunks + FILE_READS * n_files,
        write_requests=PART_WRITES * made.n_parts + made.n_pieces + MANIFEST_WRITES * made.n_chunks,
        gb_from_web=from_web / GB,
        gb_from_archives=from_archives / GB,
        gb_stored=made.n_bytes / GB,
    )


def bytes_read(made: Total, on_web: bool) -> tuple[int, int]:
    """Bytes from the web and from archives: bodies of pictures, and what was read of WARC files. Rows of earlier tables
    and data: URIs come from neither. Of chunks made before sources were counted all bytes are taken for the web's."""
    whole = sum(count.n_bytes for count in made.counts if not count.item)
    if made.table == WARC_FILES.name:
        return 0, whole
    if made.table != IMAGES.name:
        return 0, 0
    by_source = {count.outcome: count.n_bytes for count in made.counts if count.item == IMAGES.source}
    by_engine = by_source.get("img2dataset", 0) + whole - sum(by_source.values())
    return by_source.get("web", 0) + (by_engine if on_web else 0), by_source.get("archive", 0)


def documents_of(stored: Stored) -> int:
    return stored.total(INTERLEAVED.name).n_rows


def read_prices(uri: str | None, platform: str | None) -> Mapping[str, float] | None:
    """The prices of a platform in a TOML file with a table for each, such as infra/prices.toml; None without a file.
    InputError when there are none of it."""
    if uri is None:
        return None
    data = read_bytes(uri)
    if data is None:
        raise InputError(f"there is no file of prices at {uri}; infra/prices.toml is one")
    try:
        tables = tomllib.loads(data.decode())
        name = platform or (next(iter(tables)) if len(tables) == 1 else "")
        if name not in tables:
            raise InputError(
                f"{uri} has prices of {', '.join(tables)}, not of {name!r}: name one of these platforms"
            )
        prices = {key: float(value) for key, value in tables[name].items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{uri} is no file of prices ({error}); infra/prices.toml is one") from None
    missing = [key for key in PRICES if key not in prices]
    if missing:
        raise InputError(f"{uri} has no {', '.join(missing)} of {name}")
    return prices


def as_table(costs: Sequence[Cost], documents: float) -> str:
    """Markdown: a line per stage or table, one for all, one per million documents."""
    lines = [
        "| stage | core-hours | GPU-hours | requests | GB from web | GB from archives | GB stored | dollars |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        *(f"| {name} | {' | '.join(values)} |" for name, *values in cost_rows(costs, documents)),
    ]
    return "\n".join(lines)


def cost_rows(costs: Sequence[Cost], documents: float) -> list[list[str]]:
    """The cells of these lines; what took nothing has none."""
    whole = total(costs)
    last = [whole.times(MILLION / documents)] if documents else []
    named = [*((cost.name, cost) for cost in costs if any(numbers(cost))), ("all", whole)]
    named += [("per million documents", cost) for cost in last]
    return [[name, *map(figure, numbers(cost))] for name, cost in named]


def numbers(cost: Cost) -> list[float]:
    requests = cost.read_requests + cost.write_requests
    gb_read = [cost.gb_from_web, cost.gb_from_archives]
    return [cost.core_hours, cost.gpu_hours, requests, *gb_read, cost.gb_stored, cost.dollars]


def figure(value: float) -> str:
    """Three digits that count, or nothing where there is nothing."""
    if not value:
        return ""
    return f"{float(f'{value:.3g}'):,.0f}" if value >= 100 else f"{value:.3g}"


def cost_line(costs: Sequence[Cost]) -> str:
    """All of it in one line."""
    units = (
        "core-hours", "GPU-hours", "requests", "GB from the web", "GB from archives", "GB stored", "dollars",
    )  # fmt: skip
    told = zip(map(figure, numbers(total(costs))), units, strict=True)
    return ", ".join(f"{value} {unit}" for value, unit in told if value)
