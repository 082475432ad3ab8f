"""Precision of the assignment on the sample crawl, beside that of the page's own order and of chance.

Goes in: the `interleaved` files of a build of the sample, and the sample's gold, which names the one right
sentence of each content image. Comes out: a small table, per language and over all. The order baseline takes
the sentence right before the image on the page, as OBELICS and mOSCAR leave images where they stand.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

GOLD = Path(__file__).parent / "sample-gold.jsonl"
COLUMNS = ["url", "text_list", "image_info"]
ALL = "all"


@dataclass(frozen=True)
class Tally:
    """Kept content images that were judged, how many stood at their right sentence by assignment and by page
    order, how many a random sentence of their page would hit on average, and kept images that are no content
    at all.
    """

    n_images: int = 0
    n_matched: int = 0
    n_dom: int = 0
    n_random: float = 0.0
    n_other: int = 0

    def __add__(self, more: "Tally") -> "Tally":
        return Tally(
            self.n_images + more.n_images,
            self.n_matched + more.n_matched,
            self.n_dom + more.n_dom,
            self.n_random + more.n_random,
            self.n_other + more.n_other,
        )


def normalised(text: str) -> str:
    """White space runs as one space."""
    return " ".join(text.split())


def same_sentence(found: str, right: str) -> bool:
    """Whether `found` is the right sentence, holds it (two sentences were joined), or is the greater part of
    it (it was cut).
    """
    found, right = normalised(found), normalised(right)
    if not found or not right:
        return False
    return right in found or (found in right and 2 * len(found) >= len(right))


def precision(rows: Iterable[Mapping[str, Any]], gold: Iterable[Mapping[str, Any]]) -> dict[str, Tally]:
    """A tally per language of the gold, sorted by it, and one named `all`.

    `rows` have `url`, `text_list` and `image_info` as in the table interleaved; `gold` is one mapping per
    page with `url`, `language` and `images`, each of these with `url`, `also` (further URLs of the same
    picture) and `sentence`. Rows of pages that the gold does not know are left out.
    """
    pages = {page["url"]: page for page in gold}
    tallies: dict[str, Tally] = {}
    for row in rows:
        if row["url"] in pages:
            page = pages[row["url"]]
            language = page["language"]
            tallies[language] = sum(judged(row, page), tallies.get(language, Tally()))
    by_language = dict(sorted(tallies.items()))
    return {**by_language, ALL: sum(by_language.values(), Tally())}


def judged(row: Mapping[str, Any], page: Mapping[str, Any]) -> Iterator[Tally]:
    """One tally per image of a document."""
    sentences = row["text_list"]
    right = {url: image["sentence"] for image in page["images"] for url in (image["url"], *image["also"])}
    for info in row["image_info"]:
        sentence = right.get(info["raw_url"])
        if sentence is None:
            yield Tally(n_other=1)
            continue
        before = sentences[max(info["dom_text_index"] - 1, 0)]
        matched = sentences[info["matched_text_index"]]
        yield Tally(1, same_sentence(matched, sentence), same_sentence(before, sentence), 1 / len(sentences))


def table(tallies: Mapping[str, Tally]) -> str:
    """The tallies as lines of text; a share of nothing is shown as a dash."""
    lines = [
        f"{'language':<10}{'images':>8}{'assignment':>12}{'page order':>12}{'random':>8}{'no content':>12}"
    ]
    for language, tally in tallies.items():
        hits = (tally.n_matched, tally.n_dom, tally.n_random)
        shares = [f"{hit / tally.n_images:.3f}" if tally.n_images else "-" for hit in hits]
        lines.append(
            f"{language:<10}{tally.n_images:>8}{shares[0]:>12}{shares[1]:>12}{shares[2]:>8}{tally.n_other:>12}"
        )
    return "\n".join(lines)


def interleaved_rows(out: Path) -> Iterator[dict[str, Any]]:
    """The rows of all interleaved files that OUT/build.json names, without the pictures' bytes."""
    for name in json.loads((out / "build.json").read_text(encoding="utf-8"))["interleaved"]:
        yield from pq.read_table(out / name, columns=COLUMNS, partitioning=None).to_pylist()


def read_gold(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m demo.precision OUT", file=sys.stderr)
        return 2
    out = Path(arguments[0])
    if not (out / "build.json").is_file():
        print(
            f"{out} holds no build.json: give the output folder of a finished build of the sample",
            file=sys.stderr,
        )
        return 1
    print(table(precision(interleaved_rows(out), read_gold(GOLD))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
