"""infra/dataproc, infra/k8s, infra/images and scripts: each read by what its platform, or its linter, reads it with."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from google.cloud import dataproc_v1
from google.protobuf import json_format

INFRA = Path(__file__).parents[1]
ROOT = INFRA.parent
TOOLS = Path(sys.executable).parent
KUBERNETES = "1.31"
DATAPROC = {
    "cluster.yaml": dataproc_v1.Cluster,
    "cluster-gpu.yaml": dataproc_v1.Cluster,
    "autoscaling.yaml": dataproc_v1.AutoscalingPolicy,
    "batch.yaml": dataproc_v1.Batch,
    "workflow.yaml": dataproc_v1.WorkflowTemplate,
}


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def test_every_file_of_dataproc_is_known_here() -> None:
    assert sorted(path.name for path in (INFRA / "dataproc").glob("*.yaml")) == sorted(DATAPROC)


@pytest.mark.parametrize("name", sorted(DATAPROC))
def test_dataproc_reads_it_as_its_own_type(name: str) -> None:
    kind = DATAPROC[name]
    (value,) = documents(INFRA / "dataproc" / name)
    json_format.ParseDict(value, kind.pb(kind()))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("batch.yaml", {"environmentConfig": {"executionConfig": {"ttl": "1 day"}}}),
        ("batch.yaml", {"pysparkBatch": {"mainPython": "x"}}),
        ("cluster.yaml", {"config": {"secondaryWorkerConfig": {"preemptibility": "SPOTTY"}}}),
    ],
)
def test_what_dataproc_does_not_know_would_be_found(name: str, change: dict[str, Any]) -> None:
    kind = DATAPROC[name]
    with pytest.raises(json_format.ParseError):
        json_format.ParseDict(change, kind.pb(kind()))


@pytest.mark.parametrize("path", sorted((INFRA / "k8s").glob("*.yaml")), ids=lambda path: path.name)
def test_kubernetes_knows_every_field(path: Path) -> None:
    for value in documents(path):
        if value["kind"] == "Pod":  # spark-submit puts the image in
            for container in value["spec"]["containers"]:
                container["image"] = "corpus"
        kubernetes_validate.validate(value, KUBERNETES, strict=True)


@pytest.mark.parametrize("path", sorted((INFRA / "images").glob("*.Dockerfile")), ids=lambda path: path.name)
def test_container_files_pass_hadolint(path: Path) -> None:
    done = subprocess.run([TOOLS / "hadolint", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "user"), [("emr", "hadoop:hadoop"), ("dataproc", "1099:1099"), ("spark", "185:185")]
)
def test_images_end_as_the_user_that_their_platform_asks_for(name: str, user: str) -> None:
    lines = (INFRA / "images" / f"{name}.Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")][-1] == f"USER {user}"
    assert not any(re.match(r"(ENTRYPOINT|CMD|WORKDIR) ", line) for line in lines), "these are the platform's"
    assert not any("pyspark" in line.lower().replace("pyspark_", "") for line in lines), (
        "Spark is the platform's"
    )


@pytest.mark.parametrize("path", sorted(INFRA.rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_pass_shellcheck(path: Path) -> None:
    done = subprocess.run([TOOLS / "shellcheck", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_checkov_finds_nothing_that_has_no_reason() -> None:
    """What is skipped, and why, stands in checkov.yaml."""
    done = subprocess.run(
        [
            TOOLS / "checkov",
            "--config-file",
            INFRA / "checks" / "checkov.yaml",
            "--directory",
            INFRA,
            "--output",
            "json",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=540,
    )
    reports = json.loads(done.stdout)
    reports = reports if isinstance(reports, list) else [reports]
    failed = {
        f"{found['check_id']} {found['resource']} {found['check_name']}"
        for report in reports
        for found in report["results"]["failed_checks"]
    }
    assert sorted(failed) == []
    assert {report["check_type"] for report in reports} == {"terraform", "dockerfile", "kubernetes"}
    assert all(report["summary"]["passed"] > 10 for report in reports)
