"""How well the content score tells content images from the rest: `python -m bench.content PATH`.

Goes in: gzipped JSON lines, one page each with `case`, `url`, `source_html` and `expected_html` (what a reader of the
page should get, as the test pages of mozilla/readability have it). Comes out: recall and precision on distinct picture
URLs, in sample and with the weights fitted without the page, beside two plain ways, and what was missed on which page.

A picture is content when one of the URLs that its element offers is in `expected_html`; data: URIs are left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lxml.html
import numpy as np
import numpy.typing as npt
import trafilatura
from scipy.optimize import minimize

from corpus.config import Extract, Filters
from corpus.errors import CorpusError, InputError
from corpus.extract.content import Facts, content_score
from corpus.extract.metadata import base_of
from corpus.extract.page import extract_page
from corpus.extract.references import candidates, picture_url
from corpus.extract.srcset import parse_srcset
from corpus.extract.survey import IMAGES

CHROME = frozenset(("header", "nav", "footer", "aside"))
SET_NAMES = ("srcset", "data-srcset", "data-lazy-srcset")
PENALTY = 1.0
BOUNDS = tuple(n / 20 for n in range(1, 20))

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Picture:
    """One distinct picture URL of a page: the facts of each reference to it (none when there is no reference), and
    whether each of the two plain ways takes it."""

    case: str
    url: str
    is_content: bool
    facts: tuple[Facts, ...]
    by_trafilatura: bool
    outside_chrome: bool


@dataclass(frozen=True)
class Element:
    """An image element of the page: the URLs it offers, likeliest first, and whether CHROME tags surround it."""

    urls: tuple[str, ...]
    in_chrome: bool


@dataclass(frozen=True)
class Quality:
    """Recall and precision; 1 where there was nothing to find, or nothing found."""

    recall: float
    precision: float


def pictures_of(case: Mapping[str, str]) -> list[Picture]:
    """The distinct pictures of a page, in page order, those without a reference last."""
    root = lxml.html.document_fromstring(case["source_html"])
    base_url = base_of(root, case["url"])
    elements = list(elements_of(root, base_url))
    expected = offered(lxml.html.document_fromstring(case["expected_html"]), base_url)
    taken = trafilatura_urls(case, base_url)
    page = extract_page(case["source_html"].encode(), "text/html; charset=utf-8", case["url"], Extract())
    facts: dict[str, list[Facts]] = {}
    for reference, each in zip(page.references, page.facts, strict=True):
        if not reference.data_characters:
            facts.setdefault(reference.url, []).append(each)
    known = dict.fromkeys(facts)
    known.update((element.urls[0], None) for element in elements if not facts.keys() & set(element.urls))
    found = []
    for url in known:
        showing = [element for element in elements if url in element.urls]
        same = {url}.union(*(element.urls for element in showing))
        free = any(not element.in_chrome for element in showing)
        of_url = tuple(facts.get(url, ()))
        found.append(Picture(case["case"], url, bool(same & expected), of_url, bool(same & taken), free))
    return found


def elements_of(root: Any, base_url: str) -> Iterator[Element]:
    """The image elements that offer an http(s) URL."""
    for image in root.iter(*IMAGES):
        around = list(image.iterancestors())
        sources = [source for each in around if each.tag == "picture" for source in each.iter("source")]
        sets = [(name, source.get(name, "")) for source in sources for name in SET_NAMES]
        raw = [url for _, url in candidates(image.attrib, sets)]
        written = [text for _, text in sets] + [image.get(name, "") for name in SET_NAMES]
        raw += [url for text in written for url, _, _ in parse_srcset(text)]
        urls = tuple(dict.fromkeys(url for each in raw if (url := picture_url(base_url, each))))
        if urls:
            yield Element(urls, any(each.tag in CHROME for each in around))


def offered(root: Any, base_url: str) -> set[str]:
    """All URLs of the images of a tree."""
    return {url for element in elements_of(root, base_url) for url in element.urls}


def trafilatura_urls(case: Mapping[str, str], base_url: str) -> set[str]:
    """The pictures that trafilatura itself keeps. Where it takes a whole srcset for a URL, any URL in it counts."""
    found = trafilatura.extract(
        case["source_html"],
        url=case["url"],
        fast=True,
        include_images=True,
        include_comments=False,
        output_format="xml",
    )
    raw = [graphic.get("src", "") for graphic in lxml.html.fromstring(found).iter("graphic")] if found else []
    raw += [url for text in raw for url, _, _ in parse_srcset(text)]
    return {url for each in raw if (url := picture_url(base_url, each))}


def quality(is_content: Sequence[bool], is_taken: Sequence[bool]) -> Quality:
    n_both = sum(a and b for a, b in zip(is_content, is_taken, strict=True))
    n_content, n_taken = sum(is_content), sum(is_taken)
    return Quality(n_both / n_content if n_content else 1.0, n_both / n_taken if n_taken else 1.0)


def fitted(pictures: Sequence[Picture]) -> Floats:
    """Weights of the facts and, last, the intercept [n_facts + 1]: logistic regression on the references.

    The facts are standardised and the squares of their weights penalised; a page counts as the square root of the
    number of its references, lest a few crowded pages decide.
    """
    rows = [(each.case, facts, each.is_content) for each in pictures for facts in each.facts]
    cases = [case for case, _, _ in rows]
    facts, content = np.array([row[1] for row in rows]), np.array([row[2] for row in rows], np.float64)
    share = np.array([cases.count(case) ** -0.5 for case in cases])
    share /= share.mean()
    mean, deviation = facts.mean(0), facts.std(0) + 1e-9
    inputs = np.column_stack([(facts - mean) / deviation, np.ones(len(rows))])
    penalised = PENALTY * np.append(np.ones(facts.shape[1]), 0.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        z = inputs @ weights
        value = share @ (np.logaddexp(0, z) - content * z) + penalised @ weights**2
        return float(value), inputs.T @ (share * (1 / (1 + np.exp(-z)) - content)) + 2 * penalised * weights

    found = minimize(loss, np.zeros(inputs.shape[1]), jac=True, method="L-BFGS-B").x
    slopes = found[:-1] / deviation
    return np.append(slopes, found[-1] - slopes @ mean)


def scored(picture: Picture, weights: Floats | None = None) -> float:
    """The highest score of the references to a picture; 0 without one. `weights` as of `fitted`; None: those in use."""
    if weights is None:
        return max(map(content_score, picture.facts), default=0.0)
    sums = (float(np.dot(weights[:-1], facts) + weights[-1]) for facts in picture.facts)
    return max((1 / (1 + float(np.exp(-each))) for each in sums), default=0.0)


def left_out_scores(pictures: Sequence[Picture]) -> list[float]:
    """The score of each picture by weights fitted on the other pages."""
    weights = {
        case: fitted([other for other in pictures if other.case != case])
        for case in dict.fromkeys(each.case for each in pictures)
    }
    return [scored(each, weights[each.case]) for each in pictures]


def report(pictures: Sequence[Picture], bound: float) -> Iterator[str]:
    """The lines that are printed."""
    content = [each.is_content for each in pictures]
    own, left_out = [scored(each) for each in pictures], left_out_scores(pictures)
    n_pages = len({each.case for each in pictures})
    yield f"{n_pages} pages, {len(pictures)} distinct pictures, {sum(content)} of them content"
    yield f"\n{'':34}recall  precision"
    yield line(f"score, at least {bound:g}", content, [score >= bound for score in own])
    yield line("  fitted without the page", content, [score >= bound for score in left_out])
    yield line("trafilatura with images", content, [each.by_trafilatura for each in pictures])
    yield line("outside header, nav, footer, aside", content, [each.outside_chrome for each in pictures])
    yield "\nbound   recall  precision   fitted without the page"
    for each in BOUNDS:
        one, other = (quality(content, [score >= each for score in scores]) for scores in (own, left_out))
        yield f"{each:5.2f}{one.recall:9.3f}{one.precision:11.3f}{other.recall:12.3f}{other.precision:11.3f}"
    names = ", ".join(f"{name} {w:.2f}" for name, w in zip(Facts._fields, fitted(pictures), strict=False))
    yield f"\nweights fitted to all pages: {names}, intercept {fitted(pictures)[-1]:.2f}\n"
    for picture, score in zip(pictures, own, strict=True):
        if picture.is_content != (score >= bound):
            fault = "missed" if picture.is_content else "taken "
            yield f"{picture.case}: {fault} {score:.2f} {picture.url[:100]}"


def line(name: str, is_content: Sequence[bool], is_taken: Sequence[bool]) -> str:
    found = quality(is_content, is_taken)
    return f"{name:34}{found.recall:6.3f}{found.precision:11.3f}"


def read_cases(path: str) -> list[dict[str, str]]:
    """The pages of a file. InputError when it cannot be read or has a line that is no page."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            cases = [json.loads(text) for text in lines]
    except (OSError, EOFError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as gzipped JSON lines: {error}") from None
    wanted = {"case", "url", "source_html", "expected_html"}
    for number, case in enumerate(cases, start=1):
        if not isinstance(case, dict) or not wanted <= case.keys():
            raise InputError(f"{path}, line {number}: a page has {', '.join(sorted(wanted))}")
    return cases


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(
        prog="python -m bench.content", description="Measure the content score."
    )
    options.add_argument("path", help="gzipped JSON lines with case, url, source_html, expected_html")
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    bound = Filters().image_content.min
    try:
        pictures = [
            each for case in read_cases(options.parse_args(arguments).path) for each in pictures_of(case)
        ]
    except CorpusError as error:
        print(f"bench.content: {error}", file=sys.stderr)
        return 1
    print("\n".join(report(pictures, bound if bound is not None else 0.0)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
