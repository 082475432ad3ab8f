"""The stores that the claims of this folder hold for: servers on the loopback interface, or the folder that
CORPUS_TEST_STORE names, whose credentials are those of whoever runs the tests."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest

from corpus.storage import join, remove_folder
from tests.stores import gcs, hdfs, s3

SERVERS = {"s3": s3.serve, "gcs": gcs.serve, "hdfs": hdfs.serve, "libhdfs": hdfs.serve_to_libhdfs}
GIVEN = os.environ.get("CORPUS_TEST_STORE")
HERE = [pytest.param(name, marks=pytest.mark.hdfs if name.endswith("hdfs") else ()) for name in SERVERS]


@pytest.fixture(scope="session", params=["given"] if GIVEN else HERE)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of a folder of a store."""
    if GIVEN:
        yield GIVEN
        return
    with SERVERS[request.param](tmp_path_factory.mktemp(request.param)) as uri:
        yield uri


@pytest.fixture
def place_for(store: str) -> Iterator[str]:
    """The URI of an empty folder that is this test's own."""
    uri = join(store, f"test-{uuid.uuid4().hex}")
    yield uri
    remove_folder(uri)
