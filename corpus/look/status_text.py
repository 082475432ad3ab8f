"""A status as text and as JSON, and the file of prices that it is given.

Goes in: a `Status`. Comes out: lines, or a JSON value of the same.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from typing import Any

from corpus.errors import InputError
from corpus.look.status import Prices, Status, TableStatus
from corpus.look.words import count_text, seconds_text
from corpus.storage import read_bytes
from corpus.tables import TABLES

UNITS = {"documents": "pages", "images": "images", "image_features": "images", "warc_files": "files"}
KEYS = {"currency", "per_hour", "stage_per_hour"}


def read_prices(uri: str) -> Prices:
    """Prices from a TOML file with `currency`, `per_hour` and, if wanted, a table `stage_per_hour`. InputError when it
    cannot be read."""
    data = read_bytes(uri)
    if data is None:
        raise InputError(f"there is no file {uri}; give a TOML file with currency and per_hour")
    try:
        told = tomllib.loads(data.decode())
        unknown = {*told} - KEYS | {*told.get("stage_per_hour", {})} - {*TABLES}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        stages = {name: float(price) for name, price in told.get("stage_per_hour", {}).items()}
        return Prices(str(told["currency"]), float(told["per_hour"]), stages)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f'{uri} is no table of prices ({error}); it has `currency = "USD"`, `per_hour = 12.4` and, for stages that '
            "run elsewhere, [stage_per_hour] with `image_features = 31.0`"
        ) from None


def status_lines(status: Status) -> list[str]:
    """What a person reads."""
    begun = f", begun {status.begun}" if status.begun else ""
    idle = f", last wrote {seconds_text(status.idle_s)} ago" if status.idle_s is not None else ""
    stage = f" (stage {status.stage} alone)" if status.stage else ""
    lines = [f"{status.out}: {status.state}{stage}{begun}{idle}", ""]
    lines += [table_line(table) for table in status.tables]
    left = status.left_s
    if left is not None:
        waiting = [table.table for table in status.tables if not table.n_done]
        rest = f", and what {', '.join(waiting)} will take" if waiting else ""
        lines += ["", f"left: {seconds_text(left)}{rest}"]
    lines += [*failure_lines(status), *slowest_lines(status)]
    if status.cost is not None:
        lines += [
            "",
            f"cost so far: {status.cost:,.2f} {status.currency}, of the time in which tables were made",
        ]
    return lines


def table_line(table: TableStatus) -> str:
    unit = UNITS.get(table.table, "rows")
    rate = f"{table.rows_per_s:>10,.1f} {unit}/s" if table.rows_per_s else ""
    left = f"  {seconds_text(table.left_s)} left" if table.left_s else ""
    some = f"  (newest {count_text(table.n_read)} chunks)" if table.n_read < table.n_done else ""
    rows = f"{count_text(table.n_rows):>14} {unit:<7}" if table.n_read else " " * 22
    return f"{table.table:<20} {table.n_done:>6}/{table.n_chunks} chunks {rows} {rate}{left}{some}".rstrip()


def failure_lines(status: Status) -> list[str]:
    told = [table for table in status.tables if table.failures]
    if not told:
        return []
    return ["", "dropped or failed"] + [
        f"  {table.table:<18} {', '.join(f'{outcome} {count_text(n)}' for outcome, n in table.failures.items())}"
        for table in told
    ]


def slowest_lines(status: Status) -> list[str]:
    told = [table for table in status.tables if len(table.slowest) > 1]
    if not told:
        return []
    return ["", "slowest chunks"] + [
        f"  {table.table:<18} {', '.join(f'{chunk} {seconds_text(s)}' for chunk, s in table.slowest)}"
        for table in told
    ]


def status_json(status: Status) -> dict[str, Any]:
    """The same for machines."""
    return {**asdict(status), "left_s": status.left_s}
