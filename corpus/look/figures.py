"""The numbers that people know of an interleaved corpus, beside those published for others.

Goes in: a scan of the tables. Comes out: rows of one table: this build, MMC4, OBELICS, mOSCAR.
Sources: MMC4 (arXiv 2304.06939v1), figures 4 and 5 and the shares it gives for other bounds; OBELICS (arXiv
2306.16527v2), table 1; mOSCAR (arXiv 2406.08707), section 4.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from corpus.columns import KEPT
from corpus.look.scan import Scan
from corpus.look.words import number_text, share_text

NOT_PUBLISHED = ""
PAIR_COLUMNS = ("image_info.list.element.matched_sim", "image_info.list.element.matched_text_index")
SIMILARITY_BOUNDS = (0.15, 0.20, 0.25, 0.30)
MMC4_SHARE_ABOVE = {0.15: "98.0 %", 0.20: "72.5 %", 0.25: "37.3 %", 0.30: "9.3 %"}


@dataclass(frozen=True)
class Figure:
    """One number: its name, and its values as text; empty where a corpus gives none."""

    name: str
    here: str
    mmc4: str = NOT_PUBLISHED
    obelics: str = NOT_PUBLISHED
    moscar: str = NOT_PUBLISHED


@dataclass(frozen=True)
class Measured:
    """Histograms over the kept documents: pictures and sentences per document, cosines in thousandths."""

    images: Counter[int]
    sentences: Counter[int]
    similarities: Counter[int]
    n_matched_sentences: int


def measure_documents(scan: Scan) -> Measured:
    """One pass over counts in `document_decisions` and one over two numbers per picture of `interleaved`: neither text
    nor pictures are read."""
    images: Counter[int] = Counter()
    sentences: Counter[int] = Counter()
    for batch in scan("document_decisions", ["outcome", "n_sentences", "n_images"]):
        kept = batch.filter(pc.equal(batch.column("outcome"), KEPT))
        add_values(images, kept.column("n_images"))
        add_values(sentences, kept.column("n_sentences"))
    similarities: Counter[int] = Counter()
    n_matched_sentences = 0
    for batch in scan("interleaved", PAIR_COLUMNS):
        infos = batch.column("image_info")
        flat = infos.flatten()
        add_values(
            similarities, pc.round(pc.multiply(flat.field("matched_sim").cast("double"), 1000)).cast("int32")
        )
        pairs = pa.table(
            [pc.list_parent_indices(infos), flat.field("matched_text_index")], ["document", "place"]
        )
        n_matched_sentences += pairs.group_by(["document", "place"]).aggregate([]).num_rows
    return Measured(images, sentences, similarities, n_matched_sentences)


def add_values(histogram: Counter[int], values: pa.Array) -> None:
    for each in pc.value_counts(values):
        histogram[each["values"].as_py()] += each["counts"].as_py()


def figures(measured: Measured) -> list[Figure]:
    """Empty when no document was kept."""
    if not measured.images:
        return []
    n_sentences = total(measured.sentences)
    n_images = measured.similarities.total()
    rows = [
        Figure("pictures per document, median", number_text(median(measured.images)), "2", "1", "2"),
        Figure("pictures per document, mean", f"{mean(measured.images):.1f}", "5.7", "2.5", "3.8"),
        Figure("sentences per document, median", number_text(median(measured.sentences)), "13"),
        Figure("sentences per document, mean", f"{mean(measured.sentences):.1f}", "24.3"),
        Figure("sentences with a picture", share_of(measured.n_matched_sentences, n_sentences), "34 %"),
        Figure("similarity of matched pairs, mean", f"{mean(measured.similarities) / 1000:.3f}", "0.240"),
    ]
    for bound in SIMILARITY_BOUNDS:
        above = sum(
            count for thousandths, count in measured.similarities.items() if thousandths >= 1000 * bound
        )
        name = f"pictures with similarity {bound:.2f} or more"
        rows.append(Figure(name, share_of(above, n_images), MMC4_SHARE_ABOVE[bound]))
    return rows


def share_of(part: int, whole: int) -> str:
    return share_text(part / whole) if whole else NOT_PUBLISHED


def total(histogram: Counter[int]) -> int:
    return sum(value * count for value, count in histogram.items())


def mean(histogram: Counter[int]) -> float:
    return total(histogram) / histogram.total() if histogram else 0.0


def median(histogram: Counter[int]) -> float:
    """The middle value, or the mean of the two in the middle."""
    n = histogram.total()
    return (nth(histogram, (n - 1) // 2) + nth(histogram, n // 2)) / 2


def nth(histogram: Counter[int], position: int) -> int:
    """The value at a position, from 0, of the sorted values."""
    for value in sorted(histogram):
        position -= histogram[value]
        if position < 0:
            return value
    raise IndexError(position)
