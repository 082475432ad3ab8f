"""Spark's own Kubernetes: the command that submits a stage, the one that asks after it, and the settings of pods."""

from __future__ import annotations

from collections.abc import Mapping

from infra.job import IMAGE_PYTHON, Job, conf_arguments, driver_models, spark_settings
from infra.profiles import Profile


def kubernetes_settings(job: Job, profile: Profile) -> dict[str, str]:
    """Pods that are told to go hand their shuffle blocks to others first; Python is that of the image."""
    settings = spark_settings(job, profile) | driver_models(job, "spark.kubernetes.driverEnv.")
    settings |= {
        "spark.dynamicAllocation.shuffleTracking.enabled": "true",
        "spark.decommission.enabled": "true",
        "spark.storage.decommission.enabled": "true",
        "spark.storage.decommission.shuffleBlocks.enabled": "true",
        "spark.kubernetes.container.image": job.places["image"],
        "spark.pyspark.python": IMAGE_PYTHON,
        "spark.pyspark.driver.python": IMAGE_PYTHON,
    }
    if profile.gpus:
        settings["spark.executor.resource.gpu.vendor"] = "nvidia.com"
        settings["spark.executor.resource.gpu.discoveryScript"] = "/opt/corpus/gpus.sh"
    return settings


def k8s(job: Job, profile: Profile) -> list[str]:
    template = "executor-gpu" if profile.gpus else "executor"
    settings = kubernetes_settings(job, profile) | {
        "spark.kubernetes.namespace": job.places["namespace"],
        "spark.kubernetes.authenticate.driver.serviceAccountName": job.places["role"],
        "spark.kubernetes.driver.podTemplateFile": "infra/k8s/driver.yaml",
        "spark.kubernetes.executor.podTemplateFile": f"infra/k8s/{template}.yaml",
        "spark.kubernetes.submission.waitAppCompletion": "false",
    }
    # Outside EMR and Dataproc the event log has no place of its own, and s3:// no file system.
    settings |= {
        "spark.eventLog.dir": job.places["logs"],
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    } | dict(job.conf)
    return [
        "spark-submit", "--master", f"k8s://{job.places['cluster']}", "--deploy-mode", "cluster", "--name", job.name,
        *conf_arguments(settings), "--py-files", job.code, job.script, *job.script_arguments,
    ]  # fmt: skip


def k8s_status(places: Mapping[str, str], job_id: str) -> list[str]:
    return [
        "kubectl",
        "--namespace",
        places["namespace"],
        "get",
        "pods",
        "--selector",
        f"spark-app-name={job_id}",
    ]
