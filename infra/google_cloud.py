"""Dataproc and Dataproc Serverless: the commands that submit a stage, and those that ask after it."""

from __future__ import annotations

from collections.abc import Mapping

from infra.job import Job, driver_models, spark_settings, yarn_settings
from infra.profiles import OBSERVED, Profile

# gcloud splits properties at commas unless told another mark; none of our values holds this one.
MARK = "^#^"


def properties(settings: Mapping[str, str]) -> str:
    """Settings as gcloud takes them; ValueError when one holds the mark that parts them."""
    if any("#" in value for value in settings.values()):
        raise ValueError("gcloud is told properties with # between them: no value may hold one")
    return MARK + "#".join(f"{key}={settings[key]}" for key in sorted(settings))


def dataproc_cluster(job: Job, profile: Profile) -> list[str]:
    settings = yarn_settings(job, profile, "appMasterEnv") | {"spark.submit.deployMode": "cluster"}
    if profile.gpus:
        settings["spark.executor.resource.gpu.discoveryScript"] = (
            "/usr/lib/spark/scripts/gpu/getGpusResources.sh"
        )
    return [
        "gcloud", "dataproc", "jobs", "submit", "pyspark", job.script,
        f"--project={job.places['project']}", f"--region={job.places['region']}",
        f"--cluster={job.places['cluster']}", f"--py-files={job.code}", f"--archives={job.environment}",
        # Where a node is lost with the driver on it the job starts again, and goes on with the next chunk.
        "--max-failures-per-hour=3", "--async", f"--properties={properties(settings)}",
        "--", *job.script_arguments,
    ]  # fmt: skip


def dataproc_cluster_status(places: Mapping[str, str], job_id: str) -> list[str]:
    return [
        "gcloud", "dataproc", "jobs", "describe", job_id,
        f"--project={places['project']}", f"--region={places['region']}",
    ]  # fmt: skip


def batch_settings(job: Job, profile: Profile) -> dict[str, str]:
    """Dataproc Serverless fixes sizes of its own, keeps its own event log, refuses what belongs to YARN, and lets
    nobody reach its drivers. An accelerator is asked for by name, and only in its premium tier."""
    refused = (
        "spark.eventLog.enabled",
        "spark.executor.resource.gpu.amount",
        "spark.python.worker.reuse",
        *OBSERVED,
    )
    kept = {key: value for key, value in spark_settings(job, profile).items() if key not in refused}
    kept |= driver_models(job, "spark.dataproc.driverEnv.")
    if profile.gpus:
        kept |= {
            "spark.dataproc.executor.compute.tier": "premium",
            "spark.dataproc.executor.disk.tier": "premium",
            "spark.dataproc.executor.resource.accelerator.type": job.places.get("accelerator", "l4"),
        }
    return kept | dict(job.conf)


def dataproc_serverless(job: Job, profile: Profile) -> list[str]:
    return [
        "gcloud", "dataproc", "batches", "submit", "pyspark", job.script,
        f"--project={job.places['project']}", f"--region={job.places['region']}",
        f"--version={job.places['release']}", f"--container-image={job.places['image']}",
        f"--subnet={job.places['subnet']}", f"--service-account={job.places['role']}",
        f"--py-files={job.code}", "--ttl=7d", "--async",
        f"--properties={properties(batch_settings(job, profile))}",
        "--", *job.script_arguments,
    ]  # fmt: skip


def dataproc_serverless_status(places: Mapping[str, str], job_id: str) -> list[str]:
    return [
        "gcloud", "dataproc", "batches", "describe", job_id,
        f"--project={places['project']}", f"--region={places['region']}",
    ]  # fmt: skip
