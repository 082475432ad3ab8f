"""A run: from settings to a finished corpus.

Goes in: settings. Comes out: tables, funnel, report and `build.json`, the one file that says which tables make up the
build, written last.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from heapq import heappop, heappush
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus import __version__
from corpus.config import Settings, digest
from corpus.errors import SettingsError
from corpus.events import listen, since, tell
from corpus.history import BUILD, alone_in, begin_build, end_build, leave_build, write_build
from corpus.look.absences import absences
from corpus.look.cost import cost_line, read_prices, run_costs
from corpus.look.evaluation_sets import set_counts, set_lines
from corpus.look.filter_groups import filter_groups, warning_of
from corpus.look.funnel import Tally, add_tallies, check_funnel, funnel_table
from corpus.look.funnel_text import format_funnel
from corpus.look.page_groups import group_warnings, page_groups
from corpus.look.report import BuildFacts, render_report
from corpus.look.scan import seeded_hash
from corpus.look.scores import bounds_of
from corpus.look.stored import Stored, read_funnel, stage_seconds
from corpus.look.tallies import part_tallies
from corpus.look.words import share_text
from corpus.overrides import flat
from corpus.plan import number_of
from corpus.prepare import Run, prepare
from corpus.spark.here import check_spark
from corpus.storage import join, read_json, write_bytes, writing
from corpus.tables import TABLES
from corpus.tables.product import FUNNEL, INTERLEAVED

REPORT = "report.html"
CHARACTERS_TOLD = 4_000
WARNINGS_TOLD = 10


def build(
    settings: Settings, say: Callable[[str], None], stage: str | None = None, retry_failed: bool = False
) -> None:
    """Make what is missing of the corpus, or of the tables of one stage alone; say what came of it. `retry_failed` asks
    again for images whose failure may have passed."""
    listen(settings.spark.log)
    started = time.monotonic()
    try:
        made = make(settings, say, stage, retry_failed)
    except BaseException as error:
        text = str(error)[:CHARACTERS_TOLD]  # errors through Spark are as long as its traces
        kind = type(error).__name__
        tell("run failed", level=logging.ERROR, error=kind, text=text, elapsed_s=since(started))
        raise
    tell("run done", stage=stage, n_chunks_made=made, elapsed_s=since(started))


def make(settings: Settings, say: Callable[[str], None], stage: str | None, retry_failed: bool) -> int:
    """The same; the number of chunks made."""
    started = time.monotonic()
    if retry_failed and stage is not None:
        raise SettingsError(
            "--retry-failed goes with a whole build; with --stage, raise fetch.round by one instead"
        )
    if stage is not None:  # one that there is not is told before anything is written
        check_spark()
        from corpus.pipeline import chosen

        chosen(stage)
    run = prepare(settings, retry_failed)
    with alone_in(run.out):
        made = make_tables(run, say, stage)
    if stage is not None:
        say(f"{stage}: {made} chunk(s) made")
        return made
    say(f"\n{made} chunk(s) of tables made in {since(started):.0f} s")
    say(f"look at   {join(run.out, REPORT)}")
    product = join(run.out, "tables", INTERLEAVED.name, run.digests[INTERLEAVED.name], "*", "*.parquet")
    is_empty = not run.stored.total(INTERLEAVED.name).n_parts
    say("no document was kept: the report says what was dropped" if is_empty else f"train on  {product}")
    return made


def make_tables(run: Run, say: Callable[[str], None], stage: str | None) -> int:
    """Tables and, without a stage, what is told of them; the number of chunks made. `running.json` says how far it
    came."""
    told = {"version": __version__, "settings": flat(run.settings), "digests": dict(run.digests)}
    n_chunks, shape = len(run.chunks), digest(flat(run.settings))
    tell("run begun", out=run.out, stage=stage, n_chunks=n_chunks, version=__version__, settings_digest=shape)
    running = begin_build(run.out, told, stage)
    try:
        made = run_recipes(run, stage)
        if stage is None:
            finish(run, say, made)
    except BaseException:
        with suppress(Exception):  # what went wrong is told; the folder may be what cannot be written
            leave_build(run.out, running)
        raise
    end_build(run.out)
    return made


def run_recipes(run: Run, stage: str | None) -> int:
    """Spark's part; the number of chunks made."""
    from corpus.pipeline import encodes, run_pipeline
    from corpus.spark.build import Build

    build = Build(run.out, run.settings, run.chunks, run.digests, run.catalog, partial(encodes, stage=stage))
    try:
        return run_pipeline(build, stage)
    finally:
        build.stop()


def finish(run: Run, say: Callable[[str], None], made: int) -> None:
    """Count, check, report. Nothing is written that is there already."""
    known = read_json(join(run.out, BUILD))
    if made or known is None or known["digests"] != dict(run.digests) or known["version"] != __version__:
        known = conclude(run)
    for line in known.get("not_measured", ()):
        say(line)
    say(format_funnel(read_funnel(run.stored)))
    for line in known.get("evaluation_sets", ()):
        say(line)
    if known.get("cost"):
        say(f"taken: {known['cost']}")
    for line in warning_lines(known.get("warnings", ()), run.out):
        say(line)


def warning_lines(warnings: Sequence[str], out: str) -> list[str]:
    """The first of them, and where all are: thousands of pages in many languages make a hundred."""
    lines = [f"warning: {warning}" for warning in warnings[:WARNINGS_TOLD]]
    n_more = len(warnings) - len(lines)
    return [*lines, f"and {n_more} more: corpus report {out}"] if n_more else lines


def conclude(run: Run) -> dict[str, Any]:
    """Count, check and report tables that are all made; what `build.json` says of them."""
    funnel, sample = recount(run), pages_looked_at(run)
    found = facts(run, funnel, sample)
    write_bytes(join(run.out, REPORT), render_report(sample, found).encode())
    flagged = [warning_of(rate) for rate in found.filter_groups.flagged]
    known = build_manifest(run) | {
        "warnings": group_warnings(found.groups) + flagged,
        "evaluation_sets": found.set_lines,
        "not_measured": absences(run.settings),
        "cost": cost_line(found.costs),
    }
    write_build(run.out, known)
    return known


def recount(run: Run) -> pa.Table:
    """The table `funnel`, counted, checked and written."""
    tallies = count(run)
    check_funnel(tallies)
    seconds = stage_seconds(run.stored, [name for name in TABLES if name != FUNNEL.name])
    funnel = funnel_table(tallies, seconds)
    write_funnel(run, funnel)
    return funnel


def pages_looked_at(run: Run) -> Stored:
    """What the report shows: the documents of chunks drawn by seed until they hold `spark.report_pages` pages, and of
    those no larger a share than makes so many."""
    bound, n_pages = run.settings.spark.report_pages, 0
    chosen: list[tuple[int, str, int]] = []  # those that come first by the seed, the last of them on top
    for entry in run.stored.entries("documents"):
        heappush(chosen, (-seeded_hash(entry.chunk, run.settings.seed), entry.chunk, entry.n_rows))
        n_pages += entry.n_rows
        while n_pages - chosen[0][2] >= bound:
            n_pages -= heappop(chosen)[2]
    share = min(1.0, bound / n_pages) if n_pages else 1.0
    names = sorted((chunk for _, chunk, _ in chosen), key=number_of)
    return replace(run.stored, chunks=tuple(names), share=share)


def facts(run: Run, funnel: pa.Table, sample: Stored) -> BuildFacts:
    """What the report tells of the build besides its tables."""
    chunks = [replace(sample, chunks=(chunk,)) for chunk in sample.chunks]
    prices = read_prices(run.settings.places.prices, run.settings.places.platform)
    return BuildFacts(
        inputs=[file for chunk in run.chunks for file in chunk.files],
        settings=run.settings,
        settings_digest=digest(flat(run.settings)),
        encoder=run.encoder,
        funnel=funnel,
        groups=page_groups(chunks),
        filter_groups=filter_groups(chunks, bounds_of(run.settings)),
        costs=run_costs(run.stored, run.settings, prices),
        set_lines=set_lines(set_counts(run.stored, run.settings)),
        sampled=sampled_text(len(sample.chunks), len(run.chunks), sample.share),
    )


def sampled_text(n_chunks: int, n_all: int, share: float) -> str:
    """What the report says of what it looked at; nothing when that is everything."""
    if n_chunks == n_all and share == 1:
        return ""
    of_documents = f"{share_text(share)} of the documents" if share < 1 else "the documents"
    return (
        f"Shown and measured here are {of_documents} of {n_chunks} of {n_all} chunks, drawn by seed "
        "(spark.report_pages); the funnel, drop counts and what it took are of all."
    )


def count(run: Run) -> list[Tally]:
    """Tallies of every table, from the manifests, added up: they do not grow with chunks."""
    return add_tallies(part_tallies(run.stored.total(name) for name in TABLES if name != FUNNEL.name))


def funnel_uri(run: Run) -> str:
    return join(run.out, "tables", FUNNEL.name, run.digests[FUNNEL.name], "funnel.parquet")


def write_funnel(run: Run, funnel: pa.Table) -> None:
    with writing(funnel_uri(run)) as stream:
        pq.write_table(funnel, stream)


def build_manifest(run: Run) -> dict[str, object]:
    """What `build.json` holds besides warnings and what was not measured: the tables of the build by digest, and the
    files of the product relative to it."""
    return {
        "version": __version__,
        "settings": flat(run.settings),
        "chunks": [chunk.name for chunk in run.chunks],
        "digests": dict(run.digests),
        "encoder": run.encoder,
        "interleaved": product_parts(run),
        "report": REPORT,
    }


def product_parts(run: Run) -> list[str]:
    return [
        join("tables", INTERLEAVED.name, entry.digest, f"chunk={entry.chunk}", name)
        for entry in run.stored.entries(INTERLEAVED.name)
        for name in entry.names
    ]
