"""Document filters: judged after the assignment.

Goes in: a row with `document_id`, `n_sentences`, `n_images`, `first_of_images`, `shuffle_z`, `n_blocked_images`,
`n_unsafe_images`, `n_nsfw_judged_images`, `n_contaminated`, `language_bias`, `region_bias` and `topic_bias` of a
document. Comes out: scores.
"""

from __future__ import annotations

from corpus.columns import Row
from corpus.filters.filter import Filter

BIAS_SOURCE = "docs/noise.md: for weights of sampling; a bound drops whole groups, and none is set"


def document_sentences(row: Row) -> float:
    """Number of sentences."""
    return float(row["n_sentences"])


def document_images(row: Row) -> float:
    """Number of images that have a sentence."""
    return float(row["n_images"])


def document_blocked_images(row: Row) -> float:
    """Number of its images that a block list names."""
    return float(row["n_blocked_images"])


def document_unsafe_images(row: Row) -> float | None:
    """Share of its images that are not safe for work, of those that detectors looked at."""
    n_judged = row["n_nsfw_judged_images"]
    return row["n_unsafe_images"] / n_judged if n_judged else None


def document_contaminated(row: Row) -> float | None:
    """Number of its images that look like one of an evaluation set, those in dedup.flag_only left out; not measured
    where no picture is given."""
    return None if row["n_contaminated"] is None else float(row["n_contaminated"])


def document_image_set_copies(row: Row) -> float:
    """Number of its images when a document captured earlier has the same set of them, else 0."""
    is_copy = row["first_of_images"] not in (None, row["document_id"])
    return float(row["n_images"] if is_copy else 0)


def document_shuffle_z(row: Row) -> float | None:
    """By how many standard deviations the pairs beat a random pairing of the same pictures and sentences; not measured
    with fewer than two pairs."""
    value: float | None = row["shuffle_z"]
    return value


def document_language_bias(row: Row) -> float | None:
    """How over-represented its language is: natural logarithm of its share of the documents with matched pictures over
    the share that it would have were all languages there equally large; 0.7 is twice that."""
    value: float | None = row.get("language_bias")
    return value


def document_region_bias(row: Row) -> float | None:
    """The same of the region of its host, among documents whose top-level domain is a country's."""
    value: float | None = row.get("region_bias")
    return value


def document_topic_bias(row: Row) -> float | None:
    """The same of its topic, one of up to 256 clusters of what documents show."""
    value: float | None = row.get("topic_bias")
    return value


def document_sampling_bias(row: Row) -> float | None:
    """The three together, as if they were independent: the sum of those measured. A document drawn with a weight of the
    exponential of its negative counts as if all groups were equally large."""
    biases = [
        score for score in map(row.get, ("language_bias", "region_bias", "topic_bias")) if score is not None
    ]
    return sum(biases) if biases else None


DOCUMENT_FILTERS = (
    Filter(
        "document_blocked_images", document_blocked_images, "mOSCAR, section 3.4: the document falls with one"
    ),
    Filter(
        "document_unsafe_images",
        document_unsafe_images,
        "mOSCAR, section 3.4, and MINT-1T (arXiv 2406.11271): the document falls with one",
    ),
    Filter("document_sentences", document_sentences, "MMC4-core asks for 4 to 40; the full set for any"),
    Filter("document_images", document_images, "OBELICS, table 3, and mOSCAR, section 3.1: 1 to 30"),
    Filter(
        "document_contaminated",
        document_contaminated,
        "mOSCAR, section 3.5: perceptual hashes of evaluation sets",
    ),
    Filter(
        "document_image_set_copies",
        document_image_set_copies,
        "OBELICS' code, build_obelics/11_02: one document per set of images",
    ),
    Filter(
        "document_shuffle_z", document_shuffle_z, "docs/noise.md: tells pages whose pictures were exchanged"
    ),
    Filter("document_language_bias", document_language_bias, BIAS_SOURCE),
    Filter("document_region_bias", document_region_bias, BIAS_SOURCE),
    Filter("document_topic_bias", document_topic_bias, BIAS_SOURCE),
    Filter("document_sampling_bias", document_sampling_bias, BIAS_SOURCE),
)
