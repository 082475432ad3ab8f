"""EMR Serverless, EMR on EC2, EMR on EKS: the commands that submit a stage, and those that ask after it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from infra.job import (
    ENVIRONMENT,
    IMAGE_PYTHON,
    Job,
    conf_arguments,
    driver_models,
    spark_settings,
    yarn_settings,
)
from infra.pods import kubernetes_settings
from infra.profiles import OBSERVED, Profile

SERVERLESS_PYTHON = (
    "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON",
    "spark.emr-serverless.driverEnv.PYSPARK_PYTHON",
    "spark.executorEnv.PYSPARK_PYTHON",
)


def parameters(settings: Mapping[str, str]) -> str:
    """Settings as one text, which EMR splits at spaces; ValueError when one holds a space."""
    if any(character.isspace() for value in settings.values() for character in value):
        raise ValueError("EMR splits Spark's settings at spaces: no value may hold one")
    return " ".join(conf_arguments(settings))


def serverless_settings(job: Job, profile: Profile) -> dict[str, str]:
    """EMR Serverless keeps its own event log, has no spot nodes, rounds workers up to its sizes, and lets nobody reach
    its drivers."""
    dropped = ("spark.eventLog.enabled", "spark.stage.maxConsecutiveAttempts", *OBSERVED)
    kept = {key: value for key, value in spark_settings(job, profile).items() if key not in dropped}
    kept |= driver_models(job, "spark.emr-serverless.driverEnv.")
    if job.places.get("python") == "image":
        kept |= dict.fromkeys(SERVERLESS_PYTHON, IMAGE_PYTHON)
    else:
        kept |= dict.fromkeys(SERVERLESS_PYTHON, ENVIRONMENT) | {"spark.archives": job.environment}
    kept["spark.submit.pyFiles"] = job.code
    return kept | dict(job.conf)


def emr_serverless(job: Job, profile: Profile) -> list[str]:
    if profile.gpus:
        raise ValueError(
            "EMR Serverless has no GPUs: submit this stage to emr-ec2 or emr-eks, or leave --gpu out"
        )
    where = ["--application-id", job.places["application"], "--execution-role-arn", job.places["role"]]
    driver = spark_job("sparkSubmit", job, serverless_settings(job, profile))
    return start_job_run("emr-serverless", where, job, driver)


def spark_job(kind: str, job: Job, settings: Mapping[str, str]) -> dict[str, object]:
    """The script and its settings as a job driver of EMR, which names it by `kind`."""
    return {
        kind: {
            "entryPoint": job.script,
            "entryPointArguments": job.script_arguments,
            "sparkSubmitParameters": parameters(settings),
        }
    }


def start_job_run(service: str, where: list[str], job: Job, driver: Mapping[str, object]) -> list[str]:
    """The command that starts a job run of EMR Serverless or EMR on EKS, `where` says on what."""
    logs = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": job.places["logs"]}}}
    return [
        "aws", service, "start-job-run", "--region", job.places["region"], *where, "--name", job.name,
        "--job-driver", json.dumps(driver), "--configuration-overrides", json.dumps(logs),
    ]  # fmt: skip


def emr_serverless_status(places: Mapping[str, str], job_id: str) -> list[str]:
    return [
        "aws", "emr-serverless", "get-job-run", "--region", places["region"],
        "--application-id", places["application"], "--job-run-id", job_id,
    ]  # fmt: skip


def emr_ec2(job: Job, profile: Profile) -> list[str]:
    arguments = [
        "spark-submit", "--deploy-mode", "cluster", "--name", job.name,
        *conf_arguments(yarn_settings(job, profile, "appMasterEnv")),
        "--py-files", job.code, "--archives", job.environment, job.script, *job.script_arguments,
    ]  # fmt: skip
    step = {
        "Type": "CUSTOM_JAR",
        "Name": job.name,
        "ActionOnFailure": "CONTINUE",
        "Jar": "command-runner.jar",
        "Args": arguments,
    }
    return [
        "aws", "emr", "add-steps", "--region", job.places["region"],
        "--cluster-id", job.places["cluster"], "--steps", json.dumps([step]),
    ]  # fmt: skip


def emr_ec2_status(places: Mapping[str, str], job_id: str) -> list[str]:
    return [
        "aws", "emr", "describe-step", "--region", places["region"],
        "--cluster-id", places["cluster"], "--step-id", job_id,
    ]  # fmt: skip


def emr_eks(job: Job, profile: Profile) -> list[str]:
    settings = kubernetes_settings(job, profile) | {"spark.submit.pyFiles": job.code} | dict(job.conf)
    where = [
        "--virtual-cluster-id", job.places["cluster"], "--execution-role-arn", job.places["role"],
        "--release-label", job.places["release"],
    ]  # fmt: skip
    return start_job_run("emr-containers", where, job, spark_job("sparkSubmitJobDriver", job, settings))


def emr_eks_status(places: Mapping[str, str], job_id: str) -> list[str]:
    return [
        "aws", "emr-containers", "describe-job-run", "--region", places["region"],
        "--virtual-cluster-id", places["cluster"], "--id", job_id,
    ]  # fmt: skip
