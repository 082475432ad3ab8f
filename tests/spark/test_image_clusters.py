import random
from types import SimpleNamespace

import pytest

from corpus.config import Dedup, Settings
from corpus.recipes import image_clusters
from corpus.recipes.image_clusters import with_clusters

CONTENTS = "content_hash string, perceptual_hash string, width_px int, height_px int"
LOOK = 0xF0F0F0F05A5A9696


def flipped(hash_, *places):
    for place in places:
        hash_ ^= 1 << place
    return hash_


def hexed(hash_):
    return None if hash_ is None else f"{hash_:016x}"


@pytest.fixture
def clusters(spark):
    """cluster by content_hash, of contents given as (name, hash) or (name, hash, width_px)."""

    def make(contents, image_bits=3):
        rows = [(name, hexed(hash_), *(width or [100]), 100) for name, hash_, *width in contents]
        build = SimpleNamespace(settings=Settings(dedup=Dedup(image_bits=image_bits)))
        found = with_clusters(build, spark.createDataFrame(rows, CONTENTS)).collect()
        assert len(found) == len(contents)
        return {row.content_hash: row.cluster for row in found}

    return make


def test_pictures_within_the_bits_are_one_cluster_headed_by_the_largest(clusters):
    contents = [
        ("a", LOOK),
        ("b", flipped(LOOK, 0, 21, 63), 200),
        ("c", flipped(LOOK, 0, 21, 62, 63), 300),
        ("d", flipped(LOOK, 3, 9, 14, 30, 44)),
        ("e", LOOK, 50),
    ]
    assert clusters(contents) == {"a": "c", "b": "c", "c": "c", "d": "d", "e": "c"}
    assert clusters(contents, image_bits=0) == {"a": "a", "b": "b", "c": "c", "d": "d", "e": "a"}


def test_blank_pictures_and_those_without_a_hash_resemble_nothing(clusters):
    contents = [("a", 0), ("b", 1), ("c", None), ("d", None), ("e", 2**64 - 1), ("f", 2**64 - 2)]
    assert clusters(contents) == {name: name for name, _ in contents}


@pytest.mark.parametrize("most", [1_000, 1])
def test_every_pair_within_the_bits_is_found_and_a_full_bucket_costs_pairs_but_no_more(
    clusters, monkeypatch, most
):
    monkeypatch.setattr(image_clusters, "MOST_IN_A_BUCKET", most)
    chosen = random.Random(0)
    contents = []
    for n in range(60):
        look = chosen.getrandbits(64)
        near = flipped(look, *chosen.sample(range(64), 1 + n % 3))
        contents += [(f"{n:02d}", look, 200), (f"{n:02d} near", near)]
    assert clusters(contents) == {name: name[:2] for name, *_ in contents}
