"""The pages of the viewer, as answers to requests.

Goes in: a build or a release, maybe another one to compare with, and the target of a GET request. Comes out: a
response. Nothing is written, and nothing is asked of another host.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jinja2

from corpus.errors import SettingsError
from corpus.filters.tiers import TIERS
from corpus.look.examples import bound_of
from corpus.look.released import open_release
from corpus.look.scores import MIN_SIMILARITY, Scored, bounds_of, setting_of, spreads, unit_scores
from corpus.look.template import TAGS, template_environment
from corpus.look.words import UNSPACED_LANGUAGES
from corpus.overrides import overridden
from corpus.view.build import OpenBuild, blocked_contents, holds_unsafe, look_at_build
from corpus.view.index import Question, count, find, groups, pages
from corpus.view.reading import Site, reading
from corpus.view.release import OpenRelease, look_at_release
from corpus.view.search import MAX_FOUND

PAGES_SHOWN = 50
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
FLAGS = ("changed", "descending")


@dataclass(frozen=True)
class Response:
    """What is sent back."""

    status: int
    media_type: str
    body: bytes


def look_at(out: str) -> OpenBuild | OpenRelease:
    """Open a finished build or a release. InputError when there is neither."""
    release = open_release(out)
    if release is not None:
        return look_at_release(out, release)
    return look_at_build(out)


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
            return scores(site, asked)
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
        sort=asked.get("sort", "") if asked.get("sort") in site.build.index.sorts else "",
        descending="descending" in asked,
    )


@lru_cache(maxsize=16)
def found_in_text(build: OpenBuild | OpenRelease, text: str) -> tuple[str, ...]:
    return build.search(text)


def whole(text: str | None) -> int:
    """A number from 0 on; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else 0


def listing(site: Site, asked: Mapping[str, str]) -> Response:
    question, first = question_of(site, asked), whole(asked.get("first"))
    index = site.build.index
    found = pages(index, question, first, PAGES_SHOWN)
    return render(
        "view_list.html.j2",
        site,
        asked=asked,
        pages=[{**row, "title": site.build.title(row)} for row in found],
        first=first,
        n_found=count(index, question),
        n_pages=count(index, Question()),
        step=PAGES_SHOWN,
        outcomes=groups(index, "outcome"),
        languages=groups(index, "language"),
        tiers=[(tier, count(index, Question(tier=tier))) for tier in TIERS],
        sorts=site.build.index.sorts,
        is_cut=len(question.ids) == MAX_FOUND,
    )


def page(site: Site, document_id: str, asked: Mapping[str, str]) -> Response:
    known = find(site.build.index, document_id)
    if reading(site) and (known is None or ("compare" in asked and not site.build.index.is_compared)):
        return replace(render("view_reading.html.j2", site, asked=asked), status=202)
    if known is None:
        return missing(site, f"This build has no page {document_id}.")
    shown = site.build.show(known["chunk"], document_id)
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
        changed=known["changed"],
        other_outcome=known["other_outcome"],
    )


def beside(site: Site, document_id: str) -> object:
    """The same page in the other build; None when there is none."""
    if site.other is None:
        return None
    row = find(site.other.index, document_id)
    return site.other.show(row["chunk"], document_id) if row else None


def scores(site: Site, asked: Mapping[str, str]) -> Response:
    """Every score of a build with its bound; a query of `name.min=3` tries another one."""
    build = site.build
    if not isinstance(build, OpenBuild):
        return missing(site, f"There are no scores here. {build.about}")
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
    return dict(unit_scores(build.stored))


def picture(site: Site, chunk: str, content_hash: str, shows_unsafe: bool) -> Response:
    """The bytes of a picture as they are kept in the build, or in the one beside it: never of one that either has
    blocked, and of one that is not safe for work when it is asked for as such."""
    builds = [build for build in site.opened if isinstance(build, OpenBuild)]
    if any(content_hash in blocked_contents(build) for build in builds):
        return Response(404, "text/plain", b"there is no such picture")
    if not shows_unsafe and any(holds_unsafe(build, chunk, content_hash) for build in builds):
        return Response(403, "text/plain", b"this picture is not safe for work")
    for each in site.opened:
        media_type, data = each.picture(chunk, content_hash) or (None, None)
        if data and media_type in PICTURES:
            return Response(200, media_type, data)
    return Response(404, "text/plain", b"there is no such picture")


def missing(site: Site, what: str) -> Response:
    return replace(render("view_missing.html.j2", site, asked={}, what=what), status=404)


def render(template: str, site: Site, **values: object) -> Response:
    text = environment().get_template(template).render(site=site, reading=reading(site), **values)
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
