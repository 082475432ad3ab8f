"""Clusters of what documents show, and where their hosts are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.align.topics import DOCUMENTS_PER_TOPIC, MOST_TOPICS, centroids, nearest
from corpus.recipes.document_groups import host_region
from corpus.vectors import unit


def around(axes, n_each, d=8):
    """Documents near each of the axes, one of each in turn."""
    random = np.random.default_rng(0)
    vectors = np.tile(np.eye(d)[list(axes)], (n_each, 1))
    return unit(vectors + 0.05 * random.standard_normal(vectors.shape))


def test_documents_that_show_the_same_are_one_topic():
    sample = around((0, 1, 2), 4)
    topics = centroids(sample)
    assert topics.shape == (3, 8)
    assert len(set(nearest(np.eye(8, dtype=np.float32)[:3], topics))) == 3
    assert nearest(sample, topics).tolist() == nearest(sample[:3], topics).tolist() * 4


def test_a_crowd_that_shows_the_same_is_one_topic_however_large():
    sample = np.concatenate([np.tile(np.eye(64, dtype=np.float32)[:1], (90, 1)), around(range(1, 31), 1, 64)])
    found = nearest(sample, centroids(sample))
    assert len(set(found[:90])) == 1
    assert len(set(found)) == 30


def test_topics_are_the_same_each_time():
    sample = around((0, 1, 2, 3, 4), 20)
    np.testing.assert_array_equal(centroids(sample), centroids(sample.copy()))


@given(st.integers(0, 60), st.integers(1, 3))
def test_there_are_as_many_topics_as_the_sample_bears_and_all_are_unit_vectors(n, n_distinct):
    sample = np.tile(np.eye(4, dtype=np.float32)[:n_distinct], (n, 1))[:n]
    topics = centroids(sample)
    most = min(MOST_TOPICS, -(-n // DOCUMENTS_PER_TOPIC), n_distinct)
    assert len(topics) == most
    np.testing.assert_allclose(np.linalg.norm(topics, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://a.is/", "Northern Europe"),
        ("https://www.a.com.br:8443/x", "South America"),
        ("https://a.xn--p1ai./", "Eastern Europe"),
        ("https://a.com/", None),
        ("https://a.tv/", None),
        ("http://192.0.2.1/", None),
        ("http://[2001:db8::1]/", None),
        ("http://[broken/", None),
        ("https://localhost/", None),
        ("", None),
    ],
)
def test_a_host_is_of_the_region_of_its_country_or_of_none(url, region):
    assert host_region(url) == region
