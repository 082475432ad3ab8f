"""The command that submits a stage, and the one that asks after it, for each platform, as lists of arguments.

Goes in: a `Job` and a `Profile`. Comes out: argument lists for aws, gcloud, spark-submit and kubectl. Nothing here
starts anything, and no cloud library is needed: what is submitted can be read before it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.profiles import Profile

ENVIRONMENT = "./environment/bin/python"
IMAGE_PYTHON = "/opt/corpus/bin/python"
SERVERLESS_PYTHON = (
    "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON",
    "spark.emr-serverless.driverEnv.PYSPARK_PYTHON",
    "spark.executorEnv.PYSPARK_PYTHON",
)
# gcloud splits properties at commas unless told another mark; none of our values holds this one.
MARK = "^#^"


@dataclass(frozen=True)
class Job:
    """What is submitted: the stage, where `make package` was copied to, settings, and what the platform wants to know
    (`places`: its ids, roles and names, by the option that gave them)."""

    stage: str
    package: str
    version: str
    config: str
    places: Mapping[str, str]
    models: str = ""
    arguments: tuple[str, ...] = ()
    conf: Mapping[str, str] = field(default_factory=dict)

    @property
    def script(self) -> str:
        return f"{self.package}/jobs/{self.stage}.py"

    @property
    def code(self) -> str:
        return f"{self.package}/corpus-{self.version}.zip"

    @property
    def environment(self) -> str:
        return f"{self.package}/environment.tar.gz#environment"

    @property
    def script_arguments(self) -> list[str]:
        """What the entry point is given: settings by URI, but for `publish`, which has none."""
        return [*(["--config", self.config] if self.config else []), *self.arguments]

    @property
    def name(self) -> str:
        return f"corpus-{self.stage.replace('_', '-')}"


@dataclass(frozen=True)
class Target:
    """A platform: what it must be told, and its two argument lists."""

    needs: tuple[str, ...]
    submit: Callable[[Job, Profile], list[str]]
    status: Callable[[Mapping[str, str], str], list[str]]


def spark_settings(job: Job, profile: Profile) -> dict[str, str]:
    """What every platform is told; `--conf` wins over it."""
    models = {"spark.executorEnv.CORPUS_MODELS": job.models} if job.models else {}
    return profile.settings | models


def conf_arguments(settings: Mapping[str, str]) -> list[str]:
    return [text for key in sorted(settings) for text in ("--conf", f"{key}={settings[key]}")]


def parameters(settings: Mapping[str, str]) -> str:
    """Settings as one text, which EMR splits at spaces; ValueError when one holds a space."""
    if any(character.isspace() for value in settings.values() for character in value):
        raise ValueError("EMR splits Spark's settings at spaces: no value may hold one")
    return " ".join(conf_arguments(settings))


def driver_models(job: Job, prefix: str) -> dict[str, str]:
    """The store of models as the driver's environment names it."""
    return {f"{prefix}CORPUS_MODELS": job.models} if job.models else {}


def serverless_settings(job: Job, profile: Profile) -> dict[str, str]:
    """EMR Serverless keeps its own event log, has no spot nodes, and rounds workers up to its sizes."""
    dropped = ("spark.eventLog.enabled", "spark.stage.maxConsecutiveAttempts")
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


def yarn_settings(job: Job, profile: Profile, master: str) -> dict[str, str]:
    """On YARN the driver runs inside the cluster, with the archive unpacked beside it."""
    settings = spark_settings(job, profile) | driver_models(job, f"spark.yarn.{master}.")
    settings |= dict.fromkeys(("spark.pyspark.python", "spark.pyspark.driver.python"), ENVIRONMENT)
    return settings | dict(job.conf)


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
    """Dataproc Serverless fixes sizes of its own, keeps its own event log, and refuses what belongs to YARN. An
    accelerator is asked for by name, and only in its premium tier."""
    refused = ("spark.eventLog.enabled", "spark.executor.resource.gpu.amount", "spark.python.worker.reuse")
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


TARGETS: dict[str, Target] = {
    "emr-serverless": Target(
        ("region", "application", "role", "logs"), emr_serverless, emr_serverless_status
    ),
    "emr-ec2": Target(("region", "cluster"), emr_ec2, emr_ec2_status),
    "emr-eks": Target(("region", "cluster", "role", "release", "image", "logs"), emr_eks, emr_eks_status),
    "dataproc": Target(("project", "region", "cluster"), dataproc_cluster, dataproc_cluster_status),
    "dataproc-serverless": Target(
        ("project", "region", "release", "image", "subnet", "role"),
        dataproc_serverless,
        dataproc_serverless_status,
    ),
    "k8s": Target(("cluster", "namespace", "role", "image", "logs"), k8s, k8s_status),
}
