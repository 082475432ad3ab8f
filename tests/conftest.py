"""Fixtures for all tests. The one Spark session is started by the first test that asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest

from corpus.overrides import settings_from

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # else img2dataset's import asks the package index

# The same examples in every run, and no deadline: machines that test are busy.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """The session of a build on two cores, with few shuffle partitions: test data are small."""
    from corpus.spark.session import start_session

    session = start_session(settings_from({"spark": {"master": "local[2]"}}))
    session.conf.set("spark.sql.shuffle.partitions", "2")
    yield session
    session.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whatever uses the session carries its marker, so that `-m "not spark"` needs no Java. What takes half an hour,
    or servers of hundreds of megabytes, runs when it is asked for."""
    for name in ("cluster", "hdfs"):
        if name not in config.option.markexpr:
            items[:] = [item for item in items if item.get_closest_marker(name) is None]
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.spark)
