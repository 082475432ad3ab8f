from types import SimpleNamespace

import numpy as np
import pytest

from corpus.columns import KEPT
from corpus.config import Dedup, Settings
from corpus.recipes import image_neighbours as recipe
from corpus.recipes.image_neighbours import image_neighbours
from corpus.vectors import pack, unit, unpack

D = 24
FEATURES = "content_hash string, outcome string, embedding binary, n_dimensions int, chunk string"
CONTENTS = "content_hash string, width_px int, height_px int, chunk string"


def drawn(n, seed=0):
    return unit(np.random.default_rng(seed).standard_normal((n, D)))


def near(vectors, cosine, seed=1):
    """One vector at this cosine to each."""
    away = drawn(len(vectors), seed)
    away = unit(away - (away * vectors).sum(axis=1, keepdims=True) * vectors)
    return cosine * vectors + (1 - cosine**2) ** 0.5 * away


@pytest.fixture
def neighbours(spark):
    """(similar_to, cosine, chunk) by content, of pictures given as (name, vector, width_px)."""

    def find(pictures, is_on=True, tasks=3):
        features = [(name, KEPT, pack(vector), D, f"c{len(name)}") for name, vector, _ in pictures]
        features.append(("bad", "undecodable", None, D, "c0"))
        contents = [(name, width_px, 100, f"c{len(name)}") for name, _, width_px in pictures]
        tables = {
            "image_features": spark.createDataFrame(features, FEATURES),
            "image_contents": spark.createDataFrame(contents, CONTENTS),
        }
        settings = Settings(dedup=Dedup(image_embeddings=is_on))
        build = SimpleNamespace(spark=spark, read=tables.get, settings=settings, tasks=tasks)
        rows = image_neighbours(build, "").collect()
        assert len({row.content_hash for row in rows}) == len(rows)
        return {row.content_hash: (row.similar_to, row.cosine, row.chunk) for row in rows}

    return find


def exact(pictures):
    """The cosine with the likest of those before, by all pairs."""
    order = sorted(pictures, key=lambda each: (-min(each[2], 100), -each[2], each[0]))
    vectors = unit(unpack(b"".join(pack(vector) for _, vector, _ in order), D))
    cosines = np.tril(vectors @ vectors.T, -1) - 2 * np.triu(np.ones((len(order),) * 2))
    return {name: cosines[row].max() for row, (name, _, _) in enumerate(order) if row}


def test_of_pictures_that_are_alike_the_largest_stays_then_that_of_the_least_hash(neighbours):
    (one,) = drawn(1)
    pictures = [("a", one, 90), ("bb", one, 300), ("ccc", one, 200), ("d", one, 300)]
    found = neighbours(pictures)
    assert {name: similar for name, (similar, _, _) in found.items()} == {"a": "bb", "ccc": "bb", "d": "bb"}
    assert {chunk for _, _, chunk in found.values()} == {"c1", "c3"}
    assert all(cosine == pytest.approx(1) for _, cosine, _ in found.values())


def test_few_pictures_are_compared_as_all_pairs_are(neighbours):
    vectors = drawn(120)
    pictures = [(f"p{n}", vector, 50 + n % 70) for n, vector in enumerate([*vectors, *near(vectors, 0.9)])]
    wanted, found = exact(pictures), neighbours(pictures)
    assert found.keys() == wanted.keys()
    for name, (_, cosine, _) in found.items():
        assert cosine == pytest.approx(wanted[name], abs=1e-6)


def test_in_cells_planted_copies_are_found_and_no_cosine_is_told_that_is_not_there(neighbours, monkeypatch):
    monkeypatch.setattr(recipe, "PICTURES_PER_CELL", 40)
    vectors = drawn(400)
    pictures = [(f"a{n:03}", vector, 300) for n, vector in enumerate(vectors)]
    pictures += [(f"b{n:03}", vector, 200) for n, vector in enumerate(near(vectors, 0.97))]
    wanted, found = exact(pictures), neighbours(pictures)
    assert all(cosine <= wanted[name] + 1e-6 for name, (_, cosine, _) in found.items())
    told = [found[f"b{n:03}"] for n in range(400) if f"b{n:03}" in found]
    n_found = sum(cosine == pytest.approx(0.97, abs=0.002) for _, cosine, _ in told)
    assert n_found >= 380
    assert not [name for name, (_, cosine, _) in found.items() if name.startswith("a") and cosine > 0.95]
    assert neighbours(pictures, tasks=2) == found


def test_a_cell_of_very_many_is_compared_with_its_largest_alone(neighbours, monkeypatch):
    monkeypatch.setattr(recipe, "MOST_COMPARED", 2)
    one, other, third = drawn(3)
    pictures = [("a", one, 900), ("b", other, 800), ("c", third, 700), ("d", third, 600), ("e", other, 500)]
    found = neighbours(pictures)
    assert found["e"][0] == "b"
    assert found["d"][1] < 0.9


def test_nothing_is_compared_unless_it_is_asked_for(neighbours):
    (one,) = drawn(1)
    assert neighbours([("a", one, 90), ("b", one, 90)], is_on=False) == {}
    assert not Settings().dedup.image_embeddings
