"""The pages of the viewer, as answers to requests.

Goes in: a build, maybe another one to compare with, and the target of a GET request. Comes out: a response. Nothing is
written, and nothing is asked of another host.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import duckdb
import jinja2
import pyarrow.compute as pc

from corpus.config import Settings
from corpus.errors import SettingsError
from corpus.fetch.outcomes import BLOCKED
from corpus.filters.tiers import TIERS
from corpus.look.examples import bound_of
from corpus.look.lookup import Find, finder, open_build
from corpus.look.report import TAGS, template_environment
from corpus.look.scores import MIN_SIMILARITY, Scored, bounds_of, setting_of, spreads, unit_scores
from corpus.look.stored import Stored
from corpus.look.unsafe import is_unsafe
from corpus.look.words import UNSPACED_LANGUAGES
from corpus.overrides import overridden
from corpus.view.index import SORTS, Question, count, groups, open_index, pages
from corpus.view.page import show_page
from corpus.view.private import private
from corpus.view.search import MAX_FOUND, pages_with

PAGES_SHOWN = 50
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
FLAGS = ("changed", "descending")


@dataclass(frozen=True, eq=False)
class OpenBuild:
    """A build that is looked at: where it lies, its tables, its settings, the index of its pages."""

    out: str
    stored: Stored
    settings: Settings
    index: duckdb.DuckDBPyConnection

    def find(self, chunk: str) -> Find:
        """Finds rows in one chunk; nothing of the others is read."""
        return finder(replace(self.stored, chunks=(chunk,)))

    @property
    def find_all(self) -> Find:
        """Finds rows in all chunks."""
        return finder(self.stored)


@dataclass(frozen=True)
class Site:
    """What is looked at."""

    build: OpenBuild
    other: OpenBuild | None = None


@dataclass(frozen=True)
class Response:
    """What is sent back."""

    status: int
    media_type: str
    body: bytes


def look_at(out: str) -> OpenBuild:
    """Open a finished build. InputError when there is none."""
    stored, settings = open_build(out)
    return OpenBuild(out, stored, settings, open_index(stored))


def respond(site: Site, target: str) -> Response:
    """The answer to a GET request for `target`: path and query."""
    parts = urlsplit(target)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    match [unquote(each) for each in parts.path.strip("/").split("/")]:
        case [""]:
            return listing(site, asked)
        case ["page", document_id]:
            return page(site, document_id, asked)
        case ["picture", chunk, content_hash]:
            return picture(site, chunk, content_hash, "unsafe" in asked)
        case ["scores"]:
            return scores(site.build, asked)
        case ["view.css" | "view.js" as name]:
            return Response(200, "text/css" if name.endswith("css") else "text/javascript", asset(name))
    return missing(site, "There is no such page.")


def question_of(site: Site, asked: Mapping[str, str]) -> Question:
    """The question that a query string asks; what it does not know is left out."""
    text = asked.get("text", "")
    ids = found_in_text(site.build, text) if text and "sentences" in asked else ()
    return Question(
        outcome=asked.get("outcome", ""),
        language=asked.get("language", ""),
        tier=asked.get("tier", "") if asked.get("tier") in TIERS else "",
        text=text,
        ids=ids,
        changed="changed" in asked,
        sort=asked.get("sort", "") if asked.get("sort") in SORTS else "",
        descending="descending" in asked,
    )


@lru_cache(maxsize=16)
def found_in_text(build: OpenBuild, text: str) -> tuple[str, ...]:
    return pages_with(build.stored, text)


def whole(text: str | None) -> int:
    """A number from 0 on; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else 0


def listing(site: Site, asked: Mapping[str, str]) -> Response:
    question, first = question_of(site, asked), whole(asked.get("first"))
    index, settings = site.build.index, site.build.settings
    found = pages(index, question, first, PAGES_SHOWN)
    return render(
        "view_list.html.j2",
        site,
        asked=asked,
        pages=[{**row, "title": private(row["title"], row, settings)} for row in found],
        first=first,
        n_found=count(index, question),
        n_pages=count(index, Question()),
        step=PAGES_SHOWN,
        outcomes=groups(index, "outcome"),
        languages=groups(index, "language"),
        tiers=[(tier, count(index, Question(tier=tier))) for tier in TIERS],
        sorts=SORTS,
        is_cut=len(question.ids) == MAX_FOUND,
    )


def page(site: Site, document_id: str, asked: Mapping[str, str]) -> Response:
    rows = site.build.index.cursor().execute(
        "SELECT chunk, other_outcome, changed FROM pages WHERE document_id = ?", [document_id]
    )
    known = rows.fetchone()
    if known is None:
        return missing(site, f"This build has no page {document_id}.")
    shown = show_page(site.build.find(known[0]), site.build.settings, document_id)
    question, at = question_of(site, asked), whole(asked.get("at"))
    around = pages(site.build.index, question, max(0, at - 1), 3) if "at" in asked else []
    others = {each["document_id"]: index for index, each in enumerate(around, max(0, at - 1))}
    return render(
        "view_page.html.j2",
        site,
        asked=asked,
        page=shown,
        beside=beside(site, document_id) if "compare" in asked else None,
        at=at,
        before=next((each for each, index in others.items() if index == at - 1), None),
        after=next((each for each, index in others.items() if index == at + 1), None),
        changed=known[2],
        other_outcome=known[1],
    )


def beside(site: Site, document_id: str) -> object:
    """The same page in the other build; None when there is none."""
    if site.other is None:
        return None
    sql = "SELECT chunk FROM pages WHERE document_id = ?"
    row = site.other.index.cursor().execute(sql, [document_id]).fetchone()
    return show_page(site.other.find(row[0]), site.other.settings, document_id) if row else None


def scores(build: OpenBuild, asked: Mapping[str, str]) -> Response:
    """Every score with its bound; a query of `name.min=3` tries another one."""
    tried = [f"{setting(name)}={value or 'null'}" for name, value in asked.items()]
    try:
        settings = overridden(build.settings.model_dump(), tried)
        fault = ""
    except SettingsError as error:
        settings, fault = build.settings, str(error)
    scored = scores_of(build)
    tables = [
        (spreads(unit, each, bounds_of(build.settings)), spreads(unit, each, bounds_of(settings)))
        for unit, each in scored.items()
    ]
    return render("view_scores.html.j2", Site(build), asked=asked, tables=tables, fault=fault, tried=tried)


def setting(name: str) -> str:
    """The setting behind the name of an end of a bound."""
    score, _, end = name.rpartition(".")
    return setting_of(score) if score == MIN_SIMILARITY else f"{setting_of(score)}.{end}"


@lru_cache(maxsize=2)
def scores_of(build: OpenBuild) -> dict[str, Scored]:
    return unit_scores(build.stored)


def picture(site: Site, chunk: str, content_hash: str, shows_unsafe: bool) -> Response:
    """The bytes of a picture as they are kept in the build, or in the one beside it: never of one that either has
    blocked, and of one that is not safe for work when it is asked for as such."""
    here = pc.field("content_hash") == content_hash
    builds = [build for build in (site.build, site.other) if build is not None]
    if any(content_hash in blocked_contents(build) for build in builds):
        return Response(404, "text/plain", b"there is no such picture")
    holding = [build for build in builds if chunk in build.stored.chunks]
    if not shows_unsafe and any(holds_unsafe(build, chunk, here) for build in holding):
        return Response(403, "text/plain", b"this picture is not safe for work")
    wanted = here & pc.field("media_type").isin(PICTURES)
    for build in holding:
        for row in build.find(chunk)("images", ["bytes", "media_type"], wanted):
            if row["bytes"]:
                return Response(200, row["media_type"], row["bytes"])
    return Response(404, "text/plain", b"there is no such picture")


def holds_unsafe(build: OpenBuild, chunk: str, here: pc.Expression) -> bool:
    found = build.find(chunk)("image_safety", ["scores"], here)
    return any(is_unsafe(row["scores"], build.settings) for row in found)


@lru_cache(maxsize=2)
def blocked_contents(build: OpenBuild) -> frozenset[str]:
    """Hashes of the contents that block lists named; tables without one are not read."""
    counts = (count for entry in build.stored.entries("images") for count in entry.counts)
    if not any(count.outcome == BLOCKED and count.n for count in counts):
        return frozenset()
    found = build.find_all("images", ["content_hash"], pc.field("outcome") == BLOCKED)
    return frozenset(row["content_hash"] for row in found)


def missing(site: Site, what: str) -> Response:
    return replace(render("view_missing.html.j2", site, asked={}, what=what), status=404)


def render(template: str, site: Site, **values: object) -> Response:
    text = environment().get_template(template).render(site=site, **values)
    return Response(200, "text/html", text.encode())


@cache
def environment() -> jinja2.Environment:
    found = template_environment()
    found.globals |= {
        "tags": TAGS,
        "with_query": with_query,
        "bound_of": bound_of,
        "unspaced": UNSPACED_LANGUAGES,
    }
    return found


def with_query(path: str, asked: Mapping[str, str], **changes: object) -> str:
    """A link to `path` that asks the same, but for these changes; None takes a name out."""
    query = {name: value for name, value in {**asked, **changes}.items() if value not in (None, "")}
    return f"{path}?{urlencode(query)}" if query else path


@cache
def asset(name: str) -> bytes:
    return template_text(name).encode()


def template_text(name: str) -> str:
    environment_ = environment()
    return environment_.get_template(name).render()
