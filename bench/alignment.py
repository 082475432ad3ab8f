"""How well pictures find their sentences: `python -m bench.alignment`, each way of matching beside the others.

Goes in: the finished build of the bundled sample, and gold files with texts that are not bundled. Comes out: a table in
Markdown, weights fitted to the textbooks, and pictures that went wrong. What the columns mean: `LEGEND`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.conditional_logit import Choice, fitted
from bench.gold import Document, sample_documents, story_documents, textbook_documents
from bench.ranking import auc, coverage, precision_at_1, share_right
from corpus.align.assignment import assign
from corpus.align.evidence import FACTS, evidence, page_facts
from corpus.align.similarity import similarity_matrix, text_units
from corpus.config import Evidence
from demo.precision import GOLD

SEED = 0
CLIP_WEIGHT = 0.01
NO_BOUND = -1e9
PLACE = Evidence(words=0, sentence_words=0, reference=0)
WORDS = Evidence(near=0, distance=0, other_side=0, heading=0, reference=0)
PAGE = "page: place, words, citations"
SAID, CUT = "textbooks", "textbooks, citations cut"
HEADER = (
    "| data | pictures | scored by | AUC | p@1 | max: right | covered | cosine | linear: right | covered | cosine |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)
LEGEND = """\
AUC and p@1: table 2 of MMC4, per document, over all cells of its matrix. max, linear: every picture goes to its best
sentence, or by the assignment. right: share of the pictures with a link that went to a linked sentence. covered: mean
share of a document's sentences that have a picture. cosine: mean cosine of the pairs that were made."""

Floats = NDArray[np.floating]
Way = Callable[[Document], Floats]
Facts = Mapping[str, NDArray[np.float32]]


def random_order(document: Document) -> Floats:
    seed = [SEED, *document.url.encode()]
    return np.random.default_rng(seed).random(document.gold.shape)


def page_order(document: Document) -> Floats:
    """Highest at the sentence right before the picture, as OBELICS and mOSCAR leave pictures where they stand."""
    before = np.array([[image["dom_text_index"] - 1] for image in document.images])
    return np.asarray(-np.abs(np.arange(len(document.sentences)) - np.maximum(before, 0)), float)


def cosine(document: Document) -> Floats:
    return document.similarity


def cosine_of_two(document: Document) -> Floats:
    if document.vectors is None:
        return document.similarity
    pictures, sentences = document.vectors
    return similarity_matrix(pictures, text_units(sentences, 2))


def by_page(facts: Facts, weights: Evidence) -> Way:
    return lambda document: evidence(facts[document.url], weights)


def fused(facts: Facts) -> Way:
    return lambda document: document.similarity + CLIP_WEIGHT * evidence(facts[document.url], Evidence())


def facts_of(documents: Sequence[Document]) -> Facts:
    return {each.url: page_facts(each.sentences, each.blocks, each.images) for each in documents}


def ways_of(documents: Sequence[Document], facts: Facts) -> dict[str, Way]:
    ways: dict[str, Way] = {
        "chance": random_order,
        "page order: the sentence before": page_order,
        "place": by_page(facts, PLACE),
        "words": by_page(facts, WORDS),
        PAGE: by_page(facts, Evidence()),
    }
    if any(document.vectors is not None for document in documents):
        ways |= {
            "cosine (MMC4)": cosine,
            "cosine with two sentences": cosine_of_two,
            f"cosine + {CLIP_WEIGHT:g} page": fused(facts),
        }
    return ways


def line(data: str, documents: Sequence[Document], way: str, scored: Way) -> str:
    """One row of the table."""
    scores = [scored(document) for document in documents]
    links = [document.gold for document in documents]
    n = sum(int(each.any(axis=1).sum()) for each in links)
    ranking = [
        np.nanmean([measure(own, each) for own, each in zip(scores, links, strict=True)])
        for measure in (auc, precision_at_1)
    ]
    cells = [data, f"{n:,}", way, *(f"{value:.3f}" for value in ranking)]
    for matched in (
        [own.argmax(axis=1).astype(np.int32) for own in scores],
        [assign(own, NO_BOUND) for own in scores],
    ):
        cells += [
            f"{share_right(matched, links):.3f}",
            f"{coverage(matched, links):.3f}",
            mean_cosine(documents, matched),
        ]
    return f"| {' | '.join(cells)} |"


def mean_cosine(documents: Sequence[Document], matched: Sequence[NDArray[np.int32]]) -> str:
    if all(document.vectors is None for document in documents):
        return "-"
    found = [d.similarity[np.arange(len(own)), own] for d, own in zip(documents, matched, strict=True)]
    return f"{np.concatenate(found).mean():.3f}"


def choices(documents: Sequence[Document], facts: Facts) -> list[Choice]:
    return [
        (of_image, right)
        for document in documents
        for of_image, right in zip(facts[document.url], document.gold, strict=True)
        if right.any()
    ]


def as_evidence(weights: Floats) -> Evidence:
    return Evidence(**dict(zip(FACTS, weights.tolist(), strict=True)))


def textbook_lines(path: Path) -> Iterator[str]:
    """Rows for the textbooks with and without citations, and with weights fitted on the other half of the chapters."""
    read = {SAID: list(textbook_documents(path, with_citations=True))}
    read[CUT] = list(textbook_documents(path, with_citations=False))
    facts = {data: facts_of(documents) for data, documents in read.items()}
    chapters = sorted({document.group for document in read[SAID]})
    halves = np.random.default_rng(SEED).permutation(len(chapters)) % 2
    half_of = dict(zip(chapters, halves.tolist(), strict=True))
    learned = {
        half: as_evidence(fitted(pooled(read, facts, [name for name, own in half_of.items() if own != half])))
        for half in (0, 1)
    }
    for data, documents in read.items():
        for way, scored in ways_of(documents, facts[data]).items():
            yield line(data, documents, way, scored)

        def left_out(document: Document, own: Facts = facts[data]) -> Floats:
            return evidence(own[document.url], learned[half_of[document.group]])

        yield line(data, documents, "page, fitted on other chapters", left_out)
    weights = as_evidence(fitted(pooled(read, facts, chapters)))
    yield f"\nFitted to all: {', '.join(f'{name} {value:.2f}' for name, value in weights)}."
    yield f"\nWrong with the citations cut, by {PAGE} (first sentence linked; sentence taken):\n"
    yield from wrong(read[CUT], facts[CUT])


def pooled(
    read: Mapping[str, Sequence[Document]], facts: Mapping[str, Facts], chapters: Sequence[str]
) -> list[Choice]:
    """Each picture twice, with and without citations, lest weights rely on citations that most pages do not have."""
    return [
        choice
        for data, documents in read.items()
        for choice in choices([each for each in documents if each.group in chapters], facts[data])
    ]


def wrong(documents: Sequence[Document], facts: Facts) -> Iterator[str]:
    for document in documents:
        found = evidence(facts[document.url], Evidence()).argmax(axis=1)
        for image, right, sentence in zip(document.images, document.gold, found, strict=True):
            if right.any() and not right[sentence]:
                link = document.sentences[int(right.argmax())]
                yield f"- {image['title'] or image['url']}: {link[:100]}; {document.sentences[sentence][:100]}"


def report(options: argparse.Namespace) -> Iterator[str]:
    yield HEADER
    if options.build:
        sample = list(sample_documents(options.build, GOLD))
        for way, scored in ways_of(sample, facts_of(sample)).items():
            yield line("sample", sample, way, scored)
    if options.storybook:
        stories = list(story_documents(*options.storybook))
        for way, scored in ways_of(stories, facts_of(stories)).items():
            yield line("storybooks", stories, way, scored)
    if options.textbook:
        yield from textbook_lines(options.textbook)
    yield f"\n{LEGEND}"


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench.alignment", description="Measure the matching.")
    options.add_argument("--build", type=Path, metavar="OUT", help="finished build of the bundled sample")
    options.add_argument(
        "--textbook", type=Path, metavar="FILE", help="sections with figures that paragraphs cite"
    )
    options.add_argument(
        "--storybook",
        type=Path,
        nargs=2,
        metavar=("FILE", "WARC"),
        help="stories, and the pages that tell them",
    )
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    for text in report(parser().parse_args(arguments)):
        print(text, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
