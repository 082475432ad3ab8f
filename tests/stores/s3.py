"""OpenStack Swift's S3 API on the loopback interface."""

from __future__ import annotations

import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from tests.jobs.built import ROOT
from tests.stores.ports import free_ports

PYTHON = ROOT / ".venv-s3" / "bin" / "python"
BUCKET = "corpus-test"


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The URI of an empty bucket; whoever reads S3 in this process or its children gets to it."""
    if not PYTHON.exists():
        pytest.skip("no .venv-s3: `make .venv-s3/.made` installs the object store")
    port = free_ports(4)
    command = [str(PYTHON), "-W", "ignore", str(ROOT / "tests" / "s3_server.py"), str(folder), str(port)]
    with (
        open(folder / "log", "wb") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as server,
        pytest.MonkeyPatch.context() as environment,
    ):
        try:
            assert server.stdout is not None
            ready = server.stdout.readline()
            assert ready.startswith(b"ready"), (folder / "log").read_text()
            address = f"http://127.0.0.1:{port}"
            assert urllib.request.urlopen(f"{address}/healthcheck").read() == b"OK"
            environment.setenv("AWS_ENDPOINT_URL", address)
            environment.setenv("AWS_ACCESS_KEY_ID", "test:tester")
            environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
            environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
            environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
            environment.setenv("CORPUS_TEST_REQUESTS", str(folder / "requests"))
            boto3.client("s3").create_bucket(Bucket=BUCKET)
            yield f"s3://{BUCKET}"
        finally:
            server.kill()
