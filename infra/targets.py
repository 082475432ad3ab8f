"""The platforms by name: what each must be told, and how it submits a stage and asks after it, as lists of arguments.

Goes in: a `Job` and a `Profile`. Comes out: argument lists for aws, gcloud, spark-submit and kubectl. Nothing here
starts anything, and no cloud library is needed: what is submitted can be read before it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infra.amazon import (
    emr_ec2,
    emr_ec2_status,
    emr_eks,
    emr_eks_status,
    emr_serverless,
    emr_serverless_status,
)
from infra.google_cloud import (
    dataproc_cluster,
    dataproc_cluster_status,
    dataproc_serverless,
    dataproc_serverless_status,
)
from infra.job import Job
from infra.pods import k8s, k8s_status
from infra.profiles import Profile


@dataclass(frozen=True)
class Target:
    """A platform: what it must be told, and its two argument lists."""

    needs: tuple[str, ...]
    submit: Callable[[Job, Profile], list[str]]
    status: Callable[[Mapping[str, str], str], list[str]]


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
