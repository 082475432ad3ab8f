"""The report: one HTML page that shows what a build made, what it dropped and why.

Goes in: a scan of the tables, and what is known of the build. Comes out: the text of a page that needs
nothing else: its pictures are inside, it asks no other host for anything and runs no script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa

from corpus import __version__
from corpus.config import Settings
from corpus.look.absences import absences
from corpus.look.block_examples import block_reasons
from corpus.look.cost import Cost, cost_rows
from corpus.look.documents_shown import choose_documents, show_documents
from corpus.look.examples import Reason, file_reasons, page_reasons
from corpus.look.figures import figures, measure_documents
from corpus.look.filter_groups import FilterGroups, shown_rates, warning_of
from corpus.look.funnel import Tally, Waterfall, seconds_in, tallies_in, waterfalls
from corpus.look.image_examples import image_reasons, unmatched_reasons
from corpus.look.page_groups import PageGroups, group_warnings
from corpus.look.private_examples import without_personal_data
from corpus.look.scan import Scan
from corpus.look.scores import bounds_of, spreads, unit_scores
from corpus.look.template import TAGS, template_environment
from corpus.look.tiers import tier_counts, tier_text

DEMO = "demo"
DOCUMENTS = 12
INPUTS_SHOWN = 5
TITLES = {
    "warc_files": "Files",
    "page_decisions": "Pages, before any picture was fetched",
    "block_decisions": "Sentences, by the block that they stand in",
    "image_decisions": "Pictures, before the matching",
    "alignments": "Pictures, in the matching",
    "document_decisions": "Documents, after the matching",
}
REASON_UNITS = {"page_decisions": "page", "document_decisions": "page", "block_decisions": "sentence"}


@dataclass(frozen=True)
class BuildFacts:
    """What is known of a build besides its tables: its inputs, its settings with the similarity bound filled
    in and their digest, the identity of the encoder; `funnel` holds the rows of that table, `groups` the fates of its
    pages, `filter_groups` what each filter does to groups of them, `costs` what each table took, `set_lines` what was
    found of evaluation sets; `sampled` says what part of the tables is looked at, nothing when it is all."""

    inputs: Sequence[str]
    settings: Settings
    settings_digest: str
    encoder: str
    funnel: pa.Table
    groups: PageGroups
    filter_groups: FilterGroups
    costs: Sequence[Cost] = ()
    set_lines: Sequence[str] = ()
    sampled: str = ""


def render_report(scan: Scan, facts: BuildFacts) -> str:
    """The whole page. At most a few dozen pictures are read; the page stays under about 10 MB."""
    settings, measured = facts.settings, measure_documents(scan)
    tallies, shown = tallies_in(facts.funnel), waterfalls(facts.funnel)
    reasons = drop_reasons(scan, settings, tallies)
    return (
        template_environment()
        .get_template("report.html.j2")
        .render(
            version=__version__,
            facts=facts,
            absences=absences(settings),
            tiers=[tier_text(each, settings) for each in tier_counts(scan)],
            is_demo=settings.encode.encoder == DEMO,
            inputs_shown=facts.inputs[:INPUTS_SHOWN],
            seconds=sum(seconds_in(facts.funnel).values()),
            waterfalls=shown,
            totals=totals(shown),
            warnings=group_warnings(facts.groups),
            flagged=[(warning_of(rate), rate) for rate in facts.filter_groups.flagged],
            rates=shown_rates(facts.filter_groups),
            figures=figures(measured),
            costs=cost_rows(facts.costs, measured.images.total()),
            documents=show_documents(scan, choose_documents(scan, DOCUMENTS, settings.seed), settings),
            reason_groups=[
                (TITLES[table], [(reason, count_of(reason, tallies)) for reason in group])
                for table, group in groupby(reasons, key=lambda reason: reason.table)
            ],
            spreads=[spreads(unit, scored, bounds_of(settings)) for unit, scored in unit_scores(scan)],
            tags=TAGS,
        )
    )


def drop_reasons(scan: Scan, settings: Settings, tallies: Sequence[Tally]) -> list[Reason]:
    """Every drop reason with its examples, by table in their order, the one that dropped most first."""
    found = (
        *file_reasons(scan, settings.seed),
        *page_reasons(scan, settings),
        *block_reasons(scan, settings),
        *image_reasons(scan, settings),
        *unmatched_reasons(scan, settings),
    )
    return sorted(
        (without_personal_data(reason, settings) for reason in found),
        key=lambda reason: (list(TITLES).index(reason.table), -count_of(reason, tallies), reason.outcome),
    )


def totals(shown: Sequence[Waterfall]) -> list[tuple[str, int, int]]:
    """The counts at the head: what, how many came out, how many went in."""
    by_unit = {waterfall.unit: waterfall for waterfall in shown}
    named = (
        ("files read to the end", "file"),
        ("documents", "page"),
        ("pictures in them", "image reference"),
        ("sentences", "sentence"),
    )
    return [(name, by_unit[unit].n_kept, by_unit[unit].n_in) for name, unit in named]


def count_of(reason: Reason, tallies: Sequence[Tally]) -> int:
    """How many rows or items of the table were dropped for the reason, or have faults."""
    if reason.table == "warc_files":
        return len(reason.examples)
    unit = REASON_UNITS.get(reason.table, "image reference")
    return sum(
        tally.n_rows
        for tally in tallies
        if (tally.unit, tally.table, tally.outcome) == (unit, reason.table, reason.outcome)
    )
