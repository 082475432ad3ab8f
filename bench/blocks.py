"""What bounds on blocks cost each language: `python -m bench.blocks WARC ...`, the published bounds beside the default
ones.

Goes in: WARC files. Comes out: per language how many sentences stand on the pages that page filters pass, and the share
of them that each block filter would drop, in per cent; blocks that a host repeats are not told from others here.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from corpus.columns import KEPT, Row
from corpus.config import Bound, Filters, Settings
from corpus.filters.blocks import MEASURES
from corpus.filters.text import MEASURES as PAGE_MEASURES
from corpus.recipes.documents import read_file

PUBLISHED = {
    "block_words": Bound(min=4, max=1_000),
    "block_special_characters": Bound(max=0.3),
    "block_stop_words": Bound(min=0.3),
    "block_punctuation": Bound(min=0.001),
    "block_end_mark": Bound(min=1),
    "block_repeated_characters": Bound(max=0.1),
    "block_repeated_words": Bound(max=0.1),
    "block_notices": Bound(max=0),
}
DEFAULT = {measure.__name__: getattr(Filters(), measure.__name__) for measure, _ in MEASURES}
ANY = "any of them"

Counts = Mapping[str, Counter[str]]


def pages_of(warcs: Iterable[str]) -> Iterator[Row]:
    """Documents that pass the filters on their text."""
    bounds = Filters()
    for warc in warcs:
        for table, row in read_file(warc, Settings()):
            if table == "documents" and row["outcome"] == KEPT:
                scores = dict(row["text_scores"])
                names = (measure.__name__ for measure, _ in PAGE_MEASURES)
                if all(getattr(bounds, name).passes(scores.get(name)) for name in names):
                    yield row


def dropped(pages: Iterable[Row], bounds: Mapping[str, Bound]) -> dict[str, Counter[str]]:
    """Sentences that each filter drops, by language."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*bounds, ANY)}
    for page in pages:
        for block in page["blocks"]:
            scores = dict(block["scores"])
            names = [name for name, bound in bounds.items() if not bound.passes(scores.get(name))]
            for name in (*names, *([ANY] if names else [])):
                counts[name][page["language"]] += block["n_sentences"]
    return counts


def table(counts: Counts, n_sentences: Counter[str]) -> str:
    """One line per filter, one column per language, the largest first."""
    languages = [language for language, _ in n_sentences.most_common()]
    lines = [f"{'':26}" + "".join(f"{language:>7}" for language in languages)]
    lines.append(f"{'sentences':26}" + "".join(f"{n_sentences[language]:>7,}" for language in languages))
    for name, found in counts.items():
        shares = (100 * found[language] / n_sentences[language] for language in languages)
        lines.append(f"{name:26}" + "".join(f"{share:>7.1f}" for share in shares))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warcs", nargs="+")
    pages = list(pages_of(parser.parse_args().warcs))
    n_sentences: Counter[str] = Counter()
    for page in pages:
        n_sentences[page["language"]] += len(page["sentences"])
    for name, bounds in (("published bounds", PUBLISHED), ("default bounds", DEFAULT)):
        print(f"{name}, % of sentences dropped\n{table(dropped(pages, bounds), n_sentences)}\n")


if __name__ == "__main__":
    main()
