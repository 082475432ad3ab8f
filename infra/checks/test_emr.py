"""infra/emr: formatted, valid, its claims hold; then made and removed on an imitation of AWS, its policies read.

Needs the program terraform, and its AWS provider from the folder TF_PLUGINS or from its registry."""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import hcl2
import pytest
from parliament import analyze_policy_string

EMR = Path(__file__).parents[1] / "emr"
PLUGINS = os.environ.get("TF_PLUGINS", "/opt/tf-plugins")
BUCKET = "corpus-check"
OVERRIDE = """
provider "aws" {{
  access_key                  = "check"
  secret_key                  = "check"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {{
    ec2           = "{0}"
    emr           = "{0}"
    emrserverless = "{0}"
    iam           = "{0}"
    s3            = "{0}"
    sts           = "{0}"
  }}
}}
"""

needs_terraform = pytest.mark.skipif(
    shutil.which("terraform") is None, reason="there is no program terraform here: infra/emr is only parsed"
)


def terraform(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["terraform", f"-chdir={folder}", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=540,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of infra/emr with its provider installed."""
    base = tmp_path_factory.mktemp("emr")
    folder = base / "emr"
    shutil.copytree(EMR, folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    if Path(PLUGINS).is_dir():
        config = base / "terraformrc"
        config.write_text(f'provider_installation {{\n  filesystem_mirror {{ path = "{PLUGINS}" }}\n}}\n')
        os.environ["TF_CLI_CONFIG_FILE"] = str(config)
    terraform(folder, "init", "-input=false", "-no-color")
    return folder


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """The address of moto's server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("moto_server.py")), str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def applied(module: Path, aws: str) -> Iterator[tuple[dict[str, Any], Any]]:
    """Outputs of the module made without GPUs, and a maker of clients; removed afterwards."""
    (module / "check_override.tf").write_text(OVERRIDE.format(aws))
    given = ("-input=false", "-no-color", "-auto-approve", f"-var=bucket={BUCKET}")
    terraform(module, "apply", *given)
    outputs = {
        name: value["value"] for name, value in json.loads(terraform(module, "output", "-json")).items()
    }

    def client(service: str) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=aws,
            aws_access_key_id="c",
            aws_secret_access_key="c",
        )

    yield outputs, client
    terraform(module, "destroy", *given)
    assert terraform(module, "state", "list").strip() == ""


@pytest.mark.parametrize("path", sorted(EMR.glob("*.tf")), ids=lambda path: path.name)
def test_every_file_is_hcl(path: Path) -> None:
    with path.open() as file:
        assert hcl2.load(file)


@needs_terraform
def test_files_are_formatted() -> None:
    terraform(EMR, "fmt", "-check", "-recursive", "-diff")


@needs_terraform
def test_the_module_is_valid_and_its_claims_hold(module: Path) -> None:
    terraform(module, "validate", "-no-color")
    assert "0 failed" in terraform(module, "test", "-no-color")


@needs_terraform
def test_outputs_bear_the_names_of_the_options_of_submit(applied: tuple[dict[str, Any], Any]) -> None:
    outputs, _ = applied
    assert {"region", "application", "role", "logs"} <= set(outputs)
    assert outputs["logs"] == f"s3://{BUCKET}/logs/"


@needs_terraform
def test_an_application_stands_in_private_subnets(applied: tuple[dict[str, Any], Any]) -> None:
    outputs, client = applied
    application = client("emr-serverless").get_application(applicationId=outputs["application"])[
        "application"
    ]
    assert application["releaseLabel"] == "emr-7.13.0"
    subnets = application["networkConfiguration"]["subnetIds"]
    found = client("ec2").describe_subnets(SubnetIds=subnets)["Subnets"]
    assert [subnet["MapPublicIpOnLaunch"] for subnet in found] == [False, False]


def policy_of(client: Any, role_arn: str) -> dict[str, Any]:
    iam, role = client("iam"), role_arn.rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy: dict[str, Any] = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    return policy


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def allows(policy: dict[str, Any], action: str, resource: str) -> bool:
    """Whether a statement names both; these policies have neither conditions nor denials."""
    return any(
        statement["Effect"] == "Allow"
        and any(fnmatch.fnmatchcase(action, pattern) for pattern in listed(statement["Action"]))
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in listed(statement["Resource"]))
        for statement in policy["Statement"]
    )


@needs_terraform
@pytest.mark.parametrize("output", ["role", "download_role"])
def test_policies_name_known_actions_and_no_wildcards(
    applied: tuple[dict[str, Any], Any], output: str
) -> None:
    outputs, client = applied
    policy = policy_of(client, outputs[output])
    assert [finding.issue for finding in analyze_policy_string(json.dumps(policy)).findings] == []
    for statement in policy["Statement"]:
        assert not any("*" in action for action in listed(statement["Action"]))
        assert "*" not in listed(statement["Resource"])


@needs_terraform
def test_the_download_writes_its_own_table_alone(applied: tuple[dict[str, Any], Any]) -> None:
    outputs, client = applied
    policy = policy_of(client, outputs["download_role"])
    bucket = f"arn:aws:s3:::{BUCKET}"
    own = f"{bucket}/corpus/tables/images/0123456789ab/chunk=c00000/part-00000.parquet"
    others = [
        f"{bucket}/corpus/tables/documents/0123456789ab/chunk=c00000/part-00000.parquet",
        f"{bucket}/corpus/tables/images_of_others/x",
        f"{bucket}/corpus/plan.json",
        f"{bucket}/corpus/build.json",
        f"{bucket}/release/data/x.parquet",
        f"{bucket}/dist/jobs/images.py",
        f"{bucket}/models/ViT-L-14/openai/x",
        "arn:aws:s3:::another/corpus/tables/images/x",
    ]
    assert allows(policy, "s3:GetObject", own)
    assert allows(policy, "s3:PutObject", own)
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert [other for other in others if allows(policy, action, other)] == []
    assert allows(policy, "s3:PutObject", f"{bucket}/corpus/running.json")
    assert not allows(policy, "s3:DeleteObject", f"{bucket}/corpus/running.json")
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert allows(policy, action, f"{bucket}/corpus/_0123.unfinished")


@needs_terraform
def test_the_build_reads_the_crawl_and_cannot_change_its_own_code(
    applied: tuple[dict[str, Any], Any],
) -> None:
    outputs, client = applied
    policy = policy_of(client, outputs["role"])
    bucket = f"arn:aws:s3:::{BUCKET}"
    assert allows(policy, "s3:GetObject", "arn:aws:s3:::commoncrawl/crawl-data/CC-MAIN-2026-30/warc.paths.gz")
    assert allows(policy, "s3:PutObject", f"{bucket}/corpus/build.json")
    assert not allows(policy, "s3:PutObject", f"{bucket}/dist/jobs/build.py")
    assert not allows(policy, "s3:PutObject", f"{bucket}/models/ViT-L-14/openai/x")


@needs_terraform
def test_stale_uploads_go_after_three_days(applied: tuple[dict[str, Any], Any]) -> None:
    _, client = applied
    rules = client("s3").get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    stale = next(rule for rule in rules if "AbortIncompleteMultipartUpload" in rule)
    assert stale["Status"] == "Enabled"
    assert stale["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 3
