"""Groups of documents, and how over-represented each is."""

from math import log
from types import SimpleNamespace

import numpy as np
import pytest

from corpus.config import Settings
from corpus.recipes.document_groups import document_groups
from corpus.vectors import pack

SCHEMAS = {
    "alignments": "document_id string, chunk string, picture_mean binary",
    "documents": "document_id string, language string, url string",
}


def groups_of(spark, documents):
    """Rows of `document_groups` by document, of (document, language, URL, axis of its pictures)."""
    axes = np.eye(4, dtype=np.float32)
    rows = {
        "alignments": [
            (name, "c00000", None if axis is None else pack(axes[axis])) for name, _, _, axis in documents
        ],
        "documents": [(name, language, url) for name, language, url, _ in documents],
    }
    build = SimpleNamespace(
        read=lambda table, chunks=None: spark.createDataFrame(rows[table], SCHEMAS[table]),
        settings=Settings(),
        tasks=2,
    )
    return {row.document_id: row for row in document_groups(build, "").collect()}


def test_a_group_is_over_represented_by_the_logarithm_of_its_share_over_an_equal_one(spark):
    documents = [(f"d{n}", "en", "https://a.com/", 0) for n in range(12)]
    documents += [(f"e{n}", "is", "https://a.is/", 1) for n in range(3)]
    documents += [("f", None, "https://a.fr/", 1), ("none", "en", "https://a.is/", None)]
    found = groups_of(spark, documents)
    assert len(found) == 16
    assert "none" not in found
    assert found["d0"].language_bias == pytest.approx(log(12 / 15 * 2))
    assert found["e0"].language_bias == pytest.approx(log(3 / 15 * 2))
    assert found["f"].language_bias is None
    assert (found["d0"].region, found["d0"].region_bias) == (None, None)
    assert found["e0"].region_bias == pytest.approx(log(3 / 4 * 2))
    assert found["f"].region_bias == pytest.approx(log(1 / 4 * 2))
    assert len({row.topic for row in found.values()}) == 2
    assert found["d0"].topic_bias == pytest.approx(log(12 / 16 * 2))
    assert found["e0"].topic_bias == found["f"].topic_bias == pytest.approx(log(4 / 16 * 2))


def test_weights_by_the_biases_make_all_languages_equal(spark):
    documents = [(f"d{n}", "en" if n < 9 else "de", "https://a.com/", 0) for n in range(12)]
    found = groups_of(spark, documents).values()
    weight = {"en": 0.0, "de": 0.0}
    for row in found:
        weight[row.language] += np.exp(-row.language_bias)
    assert weight["en"] == pytest.approx(weight["de"])


def test_without_a_matched_picture_there_are_no_rows(spark):
    assert groups_of(spark, [("d", "en", "https://a.is/", None)]) == {}
