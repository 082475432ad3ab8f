"""How much of the text of a page is found: `python -m bench.text PATH`, beside trafilatura's own output.

Goes in: a gzip file of JSON lines with `url`, `source_html` and `expected_html`, the article alone. Comes out: mean
precision, recall and F1 over the pages, by words with their counts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from statistics import fmean

import lxml.html
import trafilatura

from corpus.config import Settings
from corpus.extract.page import extract_page

WORD = re.compile(r"\w+")
Case = Mapping[str, str]


def ours(case: Case) -> str:
    page = extract_page(
        case["source_html"].encode(), "text/html; charset=utf-8", case["url"], Settings().extract
    )
    return "\n".join(page.sentences)


def plain(case: Case) -> str:
    return trafilatura.extract(case["source_html"], url=case["url"]) or ""


def fast(case: Case) -> str:
    return trafilatura.extract(case["source_html"], url=case["url"], fast=True) or ""


METHODS: Mapping[str, Callable[[Case], str]] = {
    "ours": ours, "trafilatura.extract": plain, "trafilatura.extract, fast": fast,
}  # fmt: skip


def overlap(found: str, expected: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the words of a text, 0 to 1; 0 where one of the texts has none."""
    have, want = Counter(WORD.findall(found.lower())), Counter(WORD.findall(expected.lower()))
    n_common = (have & want).total()
    precision, recall = n_common / max(1, have.total()), n_common / max(1, want.total())
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path")
    with gzip.open(parser.parse_args().path, "rt", encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    print(f"{'mean over ' + str(len(cases)) + ' pages':28} precision  recall      F1")
    for name, method in METHODS.items():
        scores = [
            overlap(method(case), " ".join(lxml.html.fromstring(case["expected_html"]).itertext()))
            for case in cases
        ]
        print(f"{name:28} {' '.join(f'{fmean(column):>9.3f}' for column in zip(*scores, strict=True))}")


if __name__ == "__main__":
    main()
