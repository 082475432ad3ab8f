"""One page: from the body of an HTML response to a document, or to the reason why there is none.

Goes in: the body, its Content-Type, its URL. Comes out: a `Page`, always. The steps come cheapest first
(measured: a search for <img 0.1 ms, parsing 1 ms, text 4-19 ms; docs/extraction.md), and what was learned before a
step failed is kept.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import lxml.etree
import lxml.html

from corpus.child import CRASHED, DEADLINE, OUT_OF_MEMORY
from corpus.columns import KEPT
from corpus.config import Extract
from corpus.extract.charset import decode_page
from corpus.extract.content import Facts, content_facts, kept_text, without_captions
from corpus.extract.deadline import DeadlineExceeded, cpu_deadline
from corpus.extract.language import identify_languages
from corpus.extract.metadata import base_of, license_of, preview_of, title_of
from corpus.extract.permissions import directives_in_page, reserved_in_page
from corpus.extract.placement import borders_within, compact, cut_line, locate
from corpus.extract.references import ImageReference, is_placeholder
from corpus.extract.sentences import split_sentences
from corpus.extract.survey import UNSEEN, Survey, survey_page
from corpus.extract.text import CAPTION, CODE, TABLE_ROW, TextBlock, extract_blocks

EMPTY = "empty"
NOT_HTML = "not_html"
TOO_LARGE = "too_large"
TOO_MANY_ELEMENTS = "too_many_elements"
TOO_DEEP = "too_deep"
NO_IMAGE = "no_image"
NO_TEXT = "no_text"
UNDECODABLE = "undecodable"
PARSE_FAILED = "parse_failed"
TRUNCATED = "truncated"
OUTCOMES = (
    KEPT, EMPTY, NOT_HTML, TOO_LARGE, TOO_MANY_ELEMENTS, TOO_DEEP, NO_IMAGE, NO_TEXT, UNDECODABLE, PARSE_FAILED,
    DEADLINE, OUT_OF_MEMORY, CRASHED, TRUNCATED,
)  # fmt: skip

SURE = 0.9  # probability from which the language of a block outweighs that of the page
IMAGE_TAG = re.compile(rb"<(?:img|amp-img|image)\b", re.IGNORECASE)
# The extractor copies a page several times, and asks for none of these.
UNASKED = ("href", "srcset", "alt", "title", "name", "value", "width", "height", "valign")
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
OTHER_STARTS = (
    b"%PDF-",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"RIFF",
    b"\x1f\x8b",
    b"{\\rtf",
)
OTHER_MARKUP = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:rss|feed|urlset|svg)\b", re.DOTALL
)
HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|title|meta|script|style|body|div|p|h[1-6]|table|font|a|b|br|iframe)\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass
class Block:
    """A block of the document: its kind, which sentences are its own, and their language where it is long enough."""

    kind: str
    first_sentence: int
    n_sentences: int
    language: str | None = None
    language_probability: float | None = None


@dataclass
class Page:
    """What is known of a page. For each reference, `places` has the number of sentences before it, `facts` what
    tells whether it is content; `robots` holds the directives that the page itself gives.
    """

    outcome: str = PARSE_FAILED
    fault: str | None = None
    charset: str | None = None
    title: str | None = None
    license_url: str | None = None
    preview_url: str | None = None
    robots: set[str] = field(default_factory=set)
    tdm_reserved: bool = False
    language: str | None = None
    language_probability: float | None = None
    sentences: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    references: list[ImageReference] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)


def extract_page(body: bytes, content_type: str | None, url: str, bounds: Extract) -> Page:
    """The page, `kept` when it has text and image references, else with the outcome that says what it lacks.

    Raises MemoryError: what was read until then may be in pieces.
    """
    page = Page()
    try:
        with cpu_deadline(bounds.deadline_s):
            page.outcome = read_page(page, body, content_type, url, bounds)
    except DeadlineExceeded:
        page.outcome, page.fault = DEADLINE, f"took more than {bounds.deadline_s} s of CPU time"
    except MemoryError:
        raise
    except Exception as error:  # hostile bytes meet the parsers here; it concerns this page alone
        page.outcome, page.fault = PARSE_FAILED, f"{type(error).__name__}: {error}"[:500]
    return page


def read_page(page: Page, body: bytes, content_type: str | None, url: str, bounds: Extract) -> str:
    """Fill in the page from its bytes; the outcome."""
    if not body.strip(b" \t\r\n\f\0"):
        return EMPTY
    if len(body) > bounds.max_html_bytes:
        return TOO_LARGE
    if is_something_else(body):
        return NOT_HTML
    if not body.startswith(WIDE_MARKS) and not IMAGE_TAG.search(body):
        return NO_IMAGE
    decoded = decode_page(body, content_type)
    if decoded is None:
        return UNDECODABLE
    text, page.charset = decoded
    parser = page_parser()
    root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        page.fault = "elements nest deeper than the parser goes; the rest of the page is not seen"
        return TOO_DEEP
    if text.count("<") > bounds.max_elements and sum(1 for _ in root.iter()) > bounds.max_elements:
        return TOO_MANY_ELEMENTS
    return read_tree(page, root, url, bounds)


def page_parser() -> Any:
    """A parser of pages. All its elements are of one class: to choose one for each, as lxml.html does for forms, takes
    a call into Python for every look at an element, a tenth of the time of a page."""
    parser = lxml.etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True
    )
    parser.set_element_class_lookup(lxml.etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement))
    return parser


def is_something_else(body: bytes) -> bool:
    """Whether the bytes are no HTML, whatever the server calls them."""
    start = body[:1024].lstrip()
    return (
        start.startswith(OTHER_STARTS)
        or b"<" not in body
        or OTHER_MARKUP.match(start) is not None
        or (not body.startswith(WIDE_MARKS) and start.count(b"\0") * 10 > len(start))
    )


def looks_like_html(body: bytes) -> bool:
    """Whether bytes that nobody declared start like HTML (WHATWG MIME Sniffing, section 7.1)."""
    return HTML_START.match(body[:4096]) is not None


def read_tree(page: Page, root: Any, url: str, bounds: Extract) -> str:
    """Fill in the page from its tree; the outcome."""
    open_shadows(root)
    lxml.etree.strip_elements(root, *UNSEEN, with_tail=False)
    base_url = base_of(root, url)
    page.title, page.license_url = title_of(root), license_of(root, base_url)
    page.preview_url = preview_of(root, base_url)
    page.robots, page.tdm_reserved = directives_in_page(root), reserved_in_page(root)
    survey = survey_page(root, base_url, bounds.max_image_references)
    page.references = survey.references
    place_references(page, survey, [])
    if survey.n_images > len(survey.references):
        page.fault = f"{survey.n_images} image references, the first {len(survey.references)} are kept"
    if all(is_placeholder(reference) for reference in survey.references):
        return NO_IMAGE
    # On short pages the extractor would take navigation for text.
    lxml.etree.strip_elements(root, "nav", with_tail=False)
    lxml.etree.strip_attributes(root, *UNASKED)
    text_blocks = extract_blocks(root)
    if not text_blocks:
        return NO_TEXT
    place_references(page, survey, fill_sentences(page, text_blocks, survey))
    return KEPT if page.sentences else NO_TEXT


def open_shadows(root: Any) -> None:
    """Make declarative shadow roots (HTML standard, section 4.12.3) plain elements: pages show what is in them."""
    for template in list(root.iter("template")):
        if template.get("shadowrootmode") is not None:
            template.tag = "div"


def place_references(page: Page, survey: Survey, spans: Sequence[tuple[int, int]]) -> None:
    """Fill in where the references stand among the sentences; `spans` has (start, end) of each of these."""
    starts = [start for start, _ in spans]
    kept = kept_text(without_captions(spans, survey.captions))
    page.places = [bisect_left(starts, reference.position) for reference in survey.references]
    page.facts = [content_facts(around, kept, survey.n_outside_captions) for around in survey.surroundings]


def fill_sentences(page: Page, text_blocks: Sequence[TextBlock], survey: Survey) -> list[tuple[int, int]]:
    """Fill in sentences and blocks; (start, end) of each sentence on the page, starts never decreasing."""
    spans: list[tuple[int, int]] = []
    letters = cache(compact)  # of lines, most of which are one sentence
    split = cache(partial(measured_sentences, letters))  # tables say the same in many cells
    placed = list(place_lines(text_blocks, survey, letters))
    (page.language, page.language_probability), told = identify_languages(
        [line for block in text_blocks for line in block.lines],
        ["" if kind == CODE else " ".join(line for line, _ in lines) for kind, lines in placed],
    )
    for (kind, lines), found in zip(placed, told, strict=True):
        first = len(page.sentences)
        language, probability = found or (None, None)
        splits_as = language if probability and probability >= SURE else page.language
        for line, position in lines:
            for sentence, n_characters in split(line, splits_as or "en"):
                page.sentences.append(sentence)
                spans.append((position, position + n_characters))
                position += n_characters
        if len(page.sentences) > first:
            caption = survey.captions and is_caption(lines[0][1], survey.captions)
            n_sentences = len(page.sentences) - first
            page.blocks.append(Block(CAPTION if caption else kind, first, n_sentences, language, probability))
    return spans


def measured_sentences(letters: Callable[[str], str], line: str, language: str) -> list[tuple[str, int]]:
    """The sentences of a line, and how many letters and digits each has."""
    return [(sentence, len(letters(sentence))) for sentence in split_sentences(line, language)]


def place_lines(
    text_blocks: Sequence[TextBlock], survey: Survey, letters: Callable[[str], str]
) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Kind and (line, position) of each block. A line that spans several elements becomes several blocks.

    On pages with little text the extractor runs headings and paragraphs together; the page still knows
    their borders.
    """
    keys = [letters(line) for block in text_blocks for line in block.lines]
    positions = iter(zip(keys, locate(keys, survey.stream, survey.units), strict=True))
    for block in text_blocks:
        lines: list[tuple[str, int]] = []
        for line in block.lines:
            key, position = next(positions)
            cuts = borders_within(survey.borders, position, len(key))
            if not cuts or block.kind == TABLE_ROW or not survey.stream.startswith(key, position):
                lines.append((line, position))
                continue
            if lines:
                yield block.kind, lines
            lines = []
            for part, start in zip(cut_line(line, cuts), [0, *cuts], strict=True):
                yield block.kind, [(part, position + start)]
        if lines:
            yield block.kind, lines


def is_caption(position: int, captions: Sequence[tuple[int, int]]) -> bool:
    """Whether a position lies within a figcaption; `captions` ascend."""
    index = bisect_right(captions, (position, sys.maxsize)) - 1
    return index >= 0 and captions[index][0] <= position < captions[index][1]
