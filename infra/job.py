"""A job as every platform takes it: what is submitted, and the Spark settings that platforms share.

Goes in: a stage, places, a `Profile`. Comes out: a `Job`, and settings as argument lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.profiles import Profile

ENVIRONMENT = "./environment/bin/python"
IMAGE_PYTHON = "/opt/corpus/bin/python"


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


def spark_settings(job: Job, profile: Profile) -> dict[str, str]:
    """What every platform is told; `--conf` wins over it."""
    models = {"spark.executorEnv.CORPUS_MODELS": job.models} if job.models else {}
    return profile.settings | models


def conf_arguments(settings: Mapping[str, str]) -> list[str]:
    return [text for key in sorted(settings) for text in ("--conf", f"{key}={settings[key]}")]


def driver_models(job: Job, prefix: str) -> dict[str, str]:
    """The store of models as the driver's environment names it."""
    return {f"{prefix}CORPUS_MODELS": job.models} if job.models else {}


def yarn_settings(job: Job, profile: Profile, master: str) -> dict[str, str]:
    """On YARN the driver runs inside the cluster, with the archive unpacked beside it."""
    settings = spark_settings(job, profile) | driver_models(job, f"spark.yarn.{master}.")
    settings |= dict.fromkeys(("spark.pyspark.python", "spark.pyspark.driver.python"), ENVIRONMENT)
    return settings | dict(job.conf)
