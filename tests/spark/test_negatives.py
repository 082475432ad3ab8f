from types import SimpleNamespace

import numpy as np
import pytest
from pyspark.sql import types as T

from corpus.recipes import negatives
from corpus.vectors import pack, unpack

D = 2
DOCUMENTS = T.StructType(
    [T.StructField("document_id", T.StringType()), T.StructField("language", T.StringType())]
)
IMAGE = T.StructType(
    [T.StructField("dom_index", T.IntegerType()), T.StructField("embedding", T.BinaryType())]
)
ROWS = T.StructType(
    [
        T.StructField("document_id", T.StringType()),
        T.StructField("images", T.ArrayType(IMAGE)),
        T.StructField("n_sentences", T.IntegerType()),
        T.StructField("n_dimensions", T.IntegerType()),
        T.StructField("embeddings", T.BinaryType()),
    ]
)


def row(number, n_sentences, n_images):
    """A document whose vectors hold its number and, halved, their place: pictures negative, sentences positive."""
    images = [(place, pack(np.array([-number, -place / 2]))) for place in range(n_images)]
    sentences = np.array([[number, place / 2] for place in range(n_sentences)])
    return (f"d{number}", images, n_sentences, D, pack(sentences))


@pytest.fixture
def drawn(spark):
    def draw(documents, languages, seed=0):
        rows = spark.createDataFrame(documents, ROWS)
        names = spark.createDataFrame(
            [(each[0], language) for each, language in zip(documents, languages, strict=True)], DOCUMENTS
        )
        tables = {"documents": names, "sentence_embeddings": rows.drop("images")}
        build = SimpleNamespace(read=lambda table, _: tables[table], settings=SimpleNamespace(seed=seed))
        return {each.document_id: each for each in negatives.with_negatives(build, "c", rows).collect()}

    return draw


def vectors(items):
    return [(item.document_id, unpack(bytes(item.embedding), D)[0].tolist()) for item in items]


def test_documents_get_vectors_of_their_own_language_each_from_where_it_says(drawn):
    found = drawn([row(1, 3, 1), row(2, 5, 4), row(3, 2, 2)], ["en", "en", None])
    for name in ("d1", "d2"):
        assert {each for each, _ in vectors(found[name].negative_sentences)} == {"d1", "d2"}
        for owner, (number, place) in vectors(found[name].negative_sentences):
            assert owner == f"d{number:.0f}"
            assert 0 <= 2 * place < {1: 3, 2: 5}[number]
        for owner, (number, _) in vectors(found[name].negative_images):
            assert owner == f"d{-number:.0f}"
    assert {each for each, _ in vectors(found["d3"].negative_images)} == {"d3"}


def test_no_vector_is_drawn_twice_and_each_document_gives_one_before_any_gives_two(drawn):
    found = drawn([row(n, 40, 1) for n in range(1, 11)], ["en"] * 10)["d1"]
    sentences = vectors(found.negative_sentences)
    assert len(sentences) == len({(owner, tuple(vector)) for owner, vector in sentences})
    assert len({owner for owner, _ in sentences[:10]}) == 10
    assert len(sentences) <= negatives.DRAWN
    assert len(found.negative_images) == 10


def test_the_sample_depends_on_the_seed_alone(drawn):
    documents, languages = [row(n, 30, 3) for n in range(1, 6)], ["en"] * 5
    first = vectors(drawn(documents, languages)["d1"].negative_sentences)
    again = vectors(drawn(documents[::-1], languages)["d1"].negative_sentences)
    other = vectors(drawn(documents, languages, seed=1)["d1"].negative_sentences)
    assert first == again != other
