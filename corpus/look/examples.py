"""Seeded examples of the files and pages that were dropped, for people to judge the bounds.

Goes in: a scan of the decisions, then of the few rows chosen. Comes out: reasons with their examples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from corpus.columns import KEPT, Row
from corpus.config import Bound, Settings
from corpus.fetch.outcomes import BLOCKED
from corpus.look.pictures import Thumbnail
from corpus.look.scan import Scan, rows, sample
from corpus.look.words import bound_text, count_text, number_text, shortened

EXAMPLES = 20
NO_EXAMPLES = (BLOCKED, "document_blocked_images")
"""Outcomes of which the funnel alone tells, by their number."""
MAX_CHARACTERS = 240


@dataclass(frozen=True)
class Example:
    """Something that was dropped. `title` and `text` are what it says, in `language`, of any length; `facts` are named
    values."""

    url: str
    title: str = ""
    text: str = ""
    language: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    thumbnail: Thumbnail | None = None


@dataclass(frozen=True)
class Reason:
    """One drop reason of a table: its name, what would have passed, examples."""

    table: str
    outcome: str
    bound: str
    examples: tuple[Example, ...]


def file_reasons(scan: Scan, seed: int) -> list[Reason]:
    """WARC files with faults; `kept` are those that could be read to their end nevertheless."""
    columns = ["warc_filename", "outcome", "n_faults", "fault", "fault_offset"]
    faulty = (
        batch.filter(
            pc.or_(pc.not_equal(batch.column("outcome"), KEPT), pc.greater(batch.column("n_faults"), 0))
        )
        for batch in scan("warc_files", columns)
    )
    chosen = sample(faulty, "outcome", ["warc_filename"], EXAMPLES, seed)
    return [
        Reason("warc_files", outcome, "", tuple(map(file_example, chosen[outcome]))) for outcome in chosen
    ]


def file_example(row: Row) -> Example:
    facts = [("faults", count_text(row["n_faults"]))]
    if row["fault_offset"] is not None:
        facts.append(("first at byte", count_text(row["fault_offset"])))
    return Example(row["warc_filename"], text=row["fault"] or "", facts=tuple(facts))


def page_reasons(scan: Scan, settings: Settings) -> list[Reason]:
    """Pages dropped by extraction and page filters, then documents dropped by document filters."""
    pages = dropped(
        scan, "page_decisions", ["document_id", "outcome", "scores", "duplicate_of"], settings.seed
    )
    documents = dropped(
        scan, "document_decisions", ["document_id", "outcome", "scores", "duplicate_of"], settings.seed
    )
    late = {outcome: found for outcome, found in documents.items() if outcome not in pages}
    chosen = [row for found in (*pages.values(), *late.values()) for row in found]
    ids = {row[key] for row in chosen for key in ("document_id", "duplicate_of") if row.get(key)}
    told = page_facts(scan, ids)
    return [
        Reason(table, outcome, bound_of(outcome, settings), tuple(page_example(row, told) for row in found))
        for table, reasons in (("page_decisions", pages), ("document_decisions", late))
        for outcome, found in reasons.items()
    ]


def dropped(scan: Scan, table: str, columns: Sequence[str], seed: int) -> dict[str, list[Row]]:
    """Examples of each outcome but kept and NO_EXAMPLES; the key of the table has to be among the columns."""
    without = pa.array([KEPT, *NO_EXAMPLES])
    batches = (
        batch.filter(pc.invert(pc.is_in(batch.column("outcome"), without))) for batch in scan(table, columns)
    )
    identity = [column for column in ("document_id", "dom_index") if column in columns]
    return sample(batches, "outcome", identity, EXAMPLES, seed)


def page_facts(scan: Scan, ids: set[str]) -> dict[str, Row]:
    """What `documents` tells of these pages."""
    columns = ["document_id", "url", "title", "language", "fault", "sentences"]
    return {row["document_id"]: row for row in rows(scan, "documents", columns, ids)}


def page_example(row: Row, pages: Mapping[str, Row]) -> Example:
    page = pages[row["document_id"]]
    facts = [*score_facts(row), *([("language", page["language"])] if page["language"] else [])]
    if page["fault"]:
        facts.append(("fault", shortened(page["fault"], MAX_CHARACTERS)))
    if row.get("duplicate_of") in pages:
        facts.append(("copy of", shortened(pages[row["duplicate_of"]]["url"], MAX_CHARACTERS)))
    return Example(
        url=page["url"],
        title=page["title"] or "",
        text=next(iter(page["sentences"]), ""),
        language=page["language"] or "",
        facts=tuple(facts),
    )


def score_facts(row: Row) -> Iterator[tuple[str, str]]:
    """The score of the filter that dropped the row, where a filter did."""
    scores = dict(row["scores"])
    if row["outcome"] in scores:
        yield "score", number_text(scores[row["outcome"]])


def bound_of(outcome: str, settings: Settings) -> str:
    """What would have passed, where the outcome is the name of a filter."""
    bound = getattr(settings.filters, outcome, None)
    return bound_text(bound) if isinstance(bound, Bound) else ""
