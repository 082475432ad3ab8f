"""Pages by language, by the top-level domain of their host and by its region: who is kept, and what drops whom.

Goes in: one scan per chunk, of `documents`, `document_decisions` and `block_decisions`. Comes out: counts, also of the
sentences that blocks leave, and a warning for each language and each region that is kept much more seldom than the
others. Bounds made for English drop other languages without a word in the funnel; here they show.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from corpus.columns import KEPT
from corpus.look.grouped_pages import GroupedPages, grouped
from corpus.look.scan import Scan
from corpus.look.words import count_text, share_text
from corpus.regions import GENERIC, region_of

UNKNOWN = "not known"
ADDRESS = "IP address"
NO_DOMAIN = "no domain"
TOP_LEVEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
GROUPS_SHOWN = 20
MIN_PAGES = 20
MIN_SHARE_OF_OVERALL = 0.5
NO_PLACE = (UNKNOWN, ADDRESS, NO_DOMAIN, GENERIC)

Fates = dict[str, Counter[str]]


@dataclass(frozen=True)
class Group:
    """Pages, or sentences, of one language, domain or region; `drops` are the outcomes but `kept`, commonest first."""

    name: str
    n_all: int
    n_kept: int
    drops: tuple[tuple[str, int], ...]

    @property
    def kept_share(self) -> float:
        return self.n_kept / self.n_all


@dataclass(frozen=True)
class PageGroups:
    """All pages of a build, three times: by language, by top-level domain, and by its region; and the sentences of the
    pages that page filters kept, by the language of the page. Largest groups first."""

    languages: tuple[Group, ...]
    domains: tuple[Group, ...]
    regions: tuple[Group, ...]
    sentences: tuple[Group, ...]


def page_groups(chunks: Iterable[Scan]) -> PageGroups:
    """Final fates of all pages, and what became of sentences by their blocks. Memory is that of the pages of one
    chunk, some twenty bytes each."""
    languages: Fates = {}
    domains: Fates = {}
    sentences: Fates = {}
    for scan in chunks:
        groups = named_groups(scan)
        for batch in scan("document_decisions", ["document_id", "outcome"]):
            documents, outcomes = (batch.column(name).to_pylist() for name in batch.schema.names)
            for (language, domain), outcome in zip(groups.groups_of(documents), outcomes, strict=True):
                languages.setdefault(language, Counter())[outcome] += 1
                domains.setdefault(domain, Counter())[outcome] += 1
        for batch in scan("block_decisions", ["document_id", "sentences"]):
            counts = list(sentence_counts(batch))
            of_documents = groups.groups_of([document for document, _, _ in counts])
            for (language, _), (_, outcome, n) in zip(of_documents, counts, strict=True):
                sentences.setdefault(language, Counter())[outcome] += n
    return PageGroups(
        in_order(languages), in_order(domains), in_order(by_region(domains)), in_order(sentences)
    )


def sentence_counts(batch: pa.RecordBatch) -> Iterator[tuple[str, str, int]]:
    """How many sentences of each document end as each outcome."""
    lists = batch.column("sentences")
    documents = batch.column("document_id").take(pc.list_parent_indices(lists))
    flat = pa.table({"document": documents, "outcome": lists.flatten().field("outcome")})
    counts = flat.group_by(["document", "outcome"]).aggregate([([], "count_all")])
    return zip(
        *(counts.column(name).to_pylist() for name in ("document", "outcome", "count_all")), strict=True
    )


def named_groups(scan: Scan) -> GroupedPages[tuple[str, str]]:
    """Language and domain by document."""

    def batches() -> Iterator[tuple[list[str], Iterator[tuple[str, str]]]]:
        for batch in scan("documents", ["document_id", "language", "url"]):
            documents, languages, urls = (batch.column(name).to_pylist() for name in batch.schema.names)
            named = (
                (language or UNKNOWN, top_level_domain(url))
                for language, url in zip(languages, urls, strict=True)
            )
            yield documents, named

    return grouped(batches())


def top_level_domain(url: str) -> str:
    """The last label of the host of a URL, such as `de`, `com` or, for .рф, `xn--p1ai`; port and final dot do not
    count."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return NO_DOMAIN
    if is_address(host):
        return ADDRESS
    name, dot, last = host.rpartition(".")
    return last if name and dot and TOP_LEVEL.fullmatch(last) else NO_DOMAIN


def by_region(domains: Fates) -> Fates:
    """The same pages by the region that their domain names."""
    regions: Fates = {}
    for domain, fates in domains.items():
        regions.setdefault(region_name(domain), Counter()).update(fates)
    return regions


def region_name(domain: str) -> str:
    """The region that a top-level domain names, or why it names none."""
    return domain if domain in NO_PLACE else region_of(domain) or UNKNOWN


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def in_order(fates: Mapping[str, Counter[str]]) -> tuple[Group, ...]:
    groups = [group(name, found) for name, found in fates.items()]
    return tuple(sorted(groups, key=lambda each: (-each.n_all, each.name)))


def group(name: str, found: Counter[str]) -> Group:
    drops = sorted(
        ((outcome, n) for outcome, n in found.items() if outcome != KEPT), key=lambda drop: (-drop[1], drop)
    )
    return Group(name, found.total(), found[KEPT], tuple(drops))


def largest(groups: Sequence[Group]) -> list[Group]:
    """The largest groups, the rest as one."""
    if len(groups) <= GROUPS_SHOWN:
        return list(groups)
    rest: Counter[str] = Counter()
    for each in groups[GROUPS_SHOWN - 1 :]:
        rest.update({KEPT: each.n_kept, **dict(each.drops)})
    n_rest = len(groups) - GROUPS_SHOWN + 1
    return [*groups[: GROUPS_SHOWN - 1], group(f"{n_rest} others", rest)]


def group_warnings(groups: PageGroups) -> list[str]:
    """One line for each language, then each region, of at least 20 pages of which less than half as large a share is
    kept as of all pages, then for each language of as many sentences; it names the outcome that took most of them.
    Pages without a language, which are mostly pages without text, count for neither side of the languages; hosts of no
    region are no group, but count in all."""
    languages = [each for each in groups.languages if each.name != UNKNOWN]
    regions = [each for each in groups.regions if each.name not in NO_PLACE]
    return [
        *(
            warning(each, "pages in", "language", overall)
            for each, overall in seldom_kept(languages, languages)
        ),
        *(
            warning(each, "pages from", "region", overall)
            for each, overall in seldom_kept(regions, groups.regions)
        ),
        *(
            warning(each, "sentences on pages in", "language", overall)
            for each, overall in seldom_kept(groups.sentences, groups.sentences)
        ),
    ]


def seldom_kept(groups: Sequence[Group], all_groups: Sequence[Group]) -> list[tuple[Group, float]]:
    """The groups kept far less often than all pages are, and how often these are."""
    n_all = sum(each.n_all for each in all_groups)
    overall = sum(each.n_kept for each in all_groups) / n_all if n_all else 0.0
    return [
        (each, overall)
        for each in groups
        if each.n_all >= MIN_PAGES and each.kept_share < MIN_SHARE_OF_OVERALL * overall
    ]


def warning(group: Group, where: str, what: str, overall: float) -> str:
    outcome, n = group.drops[0]
    return (
        f"of {count_text(group.n_all)} {where} {group.name} {share_text(group.kept_share)} are kept, "
        f"of all {share_text(overall)}; {outcome} dropped most of them, {count_text(n)}: see whether its bound fits "
        f"the {what}"
    )
