"""What the tests on a cluster share: a build to compare with, and an object store that Spark can read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyspark
import pytest

from tests.cluster.builds import built_here
from tests.jobs.built import ROOT
from tests.stores import s3

JARS = ROOT / ".s3a-jars"
AWS = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
# Defaults of Hadoop 3.4 and newer carry units, which the client of 3.3 in .s3a-jars cannot read.
PLAIN_NUMBERS = {
    "threads.keepalivetime": "60",
    "connection.establish.timeout": "30000",
    "connection.timeout": "200000",
    "connection.request.timeout": "0",
    "connection.idle.time": "60000",
    "connection.ttl": "300000",
    "connection.acquisition.timeout": "60000",
    "multipart.purge.age": "86400",
    "assumed.role.session.duration": "1800",
}


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The sample built without a cluster."""
    return built_here(tmp_path_factory.mktemp("here") / "out")


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3.serve(tmp_path_factory.mktemp("s3")) as uri:
        yield uri


@pytest.fixture(scope="session")
def s3a() -> Mapping[str, str]:
    """What spark-submit is told so that Spark reads the object store, as a platform with Hadoop's client would have
    it."""
    jars = sorted(JARS.glob("*.jar"))
    if not jars:
        pytest.skip("no .s3a-jars: `make .s3a-jars/.made` gets Hadoop's client for S3")
    numbers = {} if pyspark.__version__.startswith("3") else PLAIN_NUMBERS
    return {
        "spark.jars": ",".join(map(str, jars)),
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        **{f"spark.hadoop.fs.s3a.{key}": value for key, value in numbers.items()},
    }


@pytest.fixture
def store(bucket: str, request: pytest.FixtureRequest) -> str:
    """A prefix of the object store that is this test's own."""
    return f"{bucket}/{request.node.name.replace('[', '-').rstrip(']')}"


@pytest.fixture
def keys(bucket: str) -> dict[str, str]:
    """What the machines of a cluster know of the object store."""
    return {name: os.environ[name] for name in AWS}


@pytest.fixture
def run_toml(tmp_path: Path) -> Path:
    return tmp_path / "run.toml"
