"""infra/images, built by buildah from what `make package` made, and run.

Each platform's base is stood in for by a Debian of debootstrap: no registry is asked. It takes root, a Debian, and some
minutes and gigabytes. CORPUS_BUILDAH holds further arguments for `buildah build`, such as a volume with pip's settings.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

IMAGES = Path(__file__).parents[1] / "images"
DIST = IMAGES.parents[1] / "dist"
TOOLS = ("buildah", "debootstrap")
INDEX = "https://pypi.org/simple"
# Amazon Linux has another package manager and other names of packages.
DNF = "#!/bin/sh\napt-get update && apt-get install -y --no-install-recommends python3.11 python3.11-venv\n"
PREPARED = {
    "dataproc": "",
    "spark": "",
    "emr": f"printf '%b' {shlex.quote(DNF)} > /usr/bin/dnf && chmod +x /usr/bin/dnf && useradd hadoop",
}
USERS = {"dataproc": "1099:1099", "spark": "185:185", "emr": "hadoop:hadoop"}
PROGRAM = """
import importlib.util, json, os, corpus.encode.encoder
print(json.dumps([os.getuid() == 0, importlib.util.find_spec("pyspark") is None, os.environ["HF_HUB_OFFLINE"]]))
"""

pytestmark = [
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {' and '.join(TOOLS)}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a base"),
    pytest.mark.skipif(not list(DIST.glob("*.whl")), reason="nothing is packed: `make package`"),
]


def buildah(*arguments: str | Path) -> str:
    return subprocess.run(
        ["buildah", *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


@pytest.fixture(scope="module", autouse=True)
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Images of these tests lie in a folder of their own."""
    folder = tmp_path_factory.mktemp("storage")
    settings = folder / "storage.conf"
    settings.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/root"\nrunroot = "{folder}/run"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTAINERS_STORAGE_CONF", str(settings))
        patch.setenv("BUILDAH_ISOLATION", "chroot")
        patch.setenv("TMPDIR", str(folder))
        yield
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("debian")
    subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", folder], check=True
    )
    return folder


@pytest.mark.parametrize("name", sorted(PREPARED))
def test_an_image_is_built_and_runs_as_its_user_with_our_packages_and_without_spark(
    name: str, debian: Path
) -> None:
    base = buildah("from", "scratch")
    buildah("add", "--quiet", base, debian, "/")
    buildah("config", "--entrypoint", '["/usr/bin/entry"]', base)
    buildah("run", base, "--", "sh", "-c", PREPARED[name] or "true")
    buildah("commit", "--quiet", base, f"base-{name}")
    arguments = {"BASE_IMAGE": f"localhost/base-{name}", "TORCH_INDEX": INDEX}
    given = [f"--build-arg={key}={value}" for key, value in arguments.items()]
    given += shlex.split(os.environ.get("CORPUS_BUILDAH", ""))
    buildah("build", "--quiet", *given, "--file", IMAGES / f"{name}.Dockerfile", "--tag", name, DIST)
    built = json.loads(buildah("inspect", "--type", "image", name))["OCIv1"]["config"]
    assert built["User"] == USERS[name]
    assert built["Entrypoint"] == ["/usr/bin/entry"]  # the base's own: platforms refuse another
    container = buildah("from", name)
    told = buildah("run", container, "--", "/opt/corpus/bin/python", "-c", PROGRAM)
    assert json.loads(told) == [False, True, "1"]
    assert "min_similarity" in buildah("run", container, "--", "/opt/corpus/bin/corpus", "settings")
    buildah("rm", "--all")
    buildah("rmi", "--all", "--force")
