"""How much machine each stage gets on a cluster, and why: sizes and Spark settings, the same for every platform.

Goes in: the name of a stage. Comes out: its `Profile`. Sizes are per executor; users change them here, or with
`--conf` of `python -m infra.submit`, and no result changes with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

WHOLE_BUILD = "build"

# What every stage gets, each with its reason.
COMMON: dict[str, str] = {
    # The slower of two copies is stopped while it writes the object that the faster one has finished: an object store
    # may then show half a file under the name that the manifest is about to vouch for.
    "spark.speculation": "false",
    # A spot node takes its tasks along; four failures of one task are soon reached on a fleet that is being reclaimed.
    "spark.task.maxFailures": "8",
    "spark.stage.maxConsecutiveAttempts": "10",
    # Models are loaded once per Python worker, so workers have to live on.
    "spark.python.worker.reuse": "true",
    # One task per core already; more threads only fight for it.
    "spark.executorEnv.OMP_NUM_THREADS": "1",
    # Weights come from CORPUS_MODELS alone: a task that asks a hub is a task that fails at scale.
    "spark.executorEnv.HF_HUB_OFFLINE": "1",
    "spark.executorEnv.TRANSFORMERS_OFFLINE": "1",
    "spark.eventLog.enabled": "true",
}

# What the driver's web page tells a Prometheus that scrapes it (docs/operations.md): its own metrics, stages and tasks
# at /metrics/prometheus, those of all executors at /metrics/executors/prometheus. Series are called alike in every job.
OBSERVED: dict[str, str] = {
    "spark.metrics.conf.driver.sink.prometheusServlet.class": "org.apache.spark.metrics.sink.PrometheusServlet",
    "spark.metrics.conf.driver.sink.prometheusServlet.path": "/metrics/prometheus",
    "spark.metrics.appStatusSource.enabled": "true",
    "spark.metrics.namespace": "corpus",
    "spark.ui.prometheus.enabled": "true",
}


@dataclass(frozen=True)
class Profile:
    """One shape of executor. `memory_gib` is Java's heap, `overhead_gib` what Python workers live in; `executors` is
    the most there will be, and with `elastic` false also the least."""

    cores: int
    memory_gib: int
    overhead_gib: int
    executors: int
    why: str
    gpus: int = 0
    elastic: bool = True
    conf: Mapping[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, str]:
        """Spark settings that every platform understands."""
        chosen = (
            COMMON
            | OBSERVED
            | {
                "spark.executor.cores": str(self.cores),
                "spark.executor.memory": f"{self.memory_gib}g",
                "spark.executor.memoryOverhead": f"{self.overhead_gib}g",
                "spark.driver.cores": "4",
                "spark.driver.memory": "12g",
                "spark.driver.memoryOverhead": "2g",
            }
        )
        return chosen | self.allocation | self.gpu_settings | dict(self.conf)

    @property
    def allocation(self) -> dict[str, str]:
        """Executors that come and go with the tasks that wait, or a number that stays."""
        if not self.elastic:
            return {
                "spark.dynamicAllocation.enabled": "false",
                "spark.executor.instances": str(self.executors),
            }
        return {
            "spark.dynamicAllocation.enabled": "true",
            "spark.dynamicAllocation.minExecutors": "1",
            "spark.dynamicAllocation.maxExecutors": str(self.executors),
            # Chunks follow each other within seconds: executors that leave in between load everything anew.
            "spark.dynamicAllocation.executorIdleTimeout": "120s",
        }

    @property
    def gpu_settings(self) -> dict[str, str]:
        """One GPU is shared by the tasks of its executor: decoding needs their cores, the GPU waits for them."""
        if not self.gpus:
            return {}
        return {
            "spark.executor.resource.gpu.amount": str(self.gpus),
            "spark.task.resource.gpu.amount": str(self.gpus / self.cores),
        }


READ = Profile(
    4, 4, 10, 100,
    "Bound by CPU in Python: Java only hands batches over, so its heap is small and Python's share large. A page may "
    "take 1 GiB (extract.max_memory_bytes). One GET per WARC file, so the number of executors bounds the load on the "
    "bucket: 400 tasks are far below the few thousand requests a second that all its users share.",
)  # fmt: skip
FETCH = Profile(
    4, 4, 10, 25,
    "Bound by the network and by politeness. The number of executors is fixed: rates per host are divided among tasks "
    "when the stage begins, and an executor that leaves takes open connections along. On the web it needs NAT, so "
    "it runs under a role of its own that can write nothing but its table.",
    elastic=False,
    conf={"spark.network.timeout": "600s"},  # a task waits for slow hosts without a sign of life to Spark
)  # fmt: skip
SHUFFLE = Profile(
    4, 12, 4, 50,
    "Joins and groups over ids and hashes run in Java, not in Python: the heap is large and Python's share small. "
    "Nothing here carries bytes of pictures.",
)  # fmt: skip
DECIDE = Profile(
    4, 6, 8, 50,
    "Joins of narrow tables, then plain functions over rows in Python: short tasks, few executors.",
)  # fmt: skip
EMBED = Profile(
    4, 4, 12, 100,
    "Towers on CPU: one thread and one copy of the model per core (ViT-L/14 in bfloat16 takes about 1 GiB, with "
    "activations 2). Processors with AMX do several times as much.",
)  # fmt: skip
EMBED_GPU = Profile(
    4, 4, 8, 16,
    "One GPU per executor of four cores (g6.xlarge, g2-standard-4), shared by four tasks: decoding and resizing need "
    "the cores, and with one task the GPU waits for them. Four copies of ViT-L/14 in bfloat16 fit 24 GB.",
    gpus=1,
)  # fmt: skip
WRITE = Profile(
    4, 8, 10, 50,
    "The one step that joins bytes of pictures to documents: heap for the join's pages, and overhead for batches of "
    "four documents that may come near 2 GiB.",
)  # fmt: skip

PROFILES: dict[str, Profile] = {
    WHOLE_BUILD: READ,
    "documents": READ,
    "page_signatures": DECIDE,
    "page_clusters": SHUFFLE,
    "page_screenings": DECIDE,
    "page_decisions": DECIDE,
    "block_decisions": DECIDE,
    "image_urls": SHUFFLE,
    "images": FETCH,
    "image_contents": SHUFFLE,
    "image_signs": READ,
    "image_features": EMBED,
    "image_neighbours": DECIDE,
    "image_kinds": EMBED,
    "image_safety": EMBED,
    "image_decisions": DECIDE,
    "sentence_embeddings": EMBED,
    "alignments": DECIDE,
    "document_groups": DECIDE,
    "document_decisions": DECIDE,
    "interleaved": WRITE,
    "publish": WRITE,
}
ON_GPU = ("image_features", "sentence_embeddings")


def profile_of(stage: str, gpu: bool = False) -> Profile:
    """The profile of a stage; ValueError for an unknown one, and for a GPU where nothing would use it."""
    if stage not in PROFILES:
        raise ValueError(f"no stage {stage}; known: {', '.join(PROFILES)}")
    if not gpu:
        return PROFILES[stage]
    if stage not in ON_GPU:
        raise ValueError(f"{stage} uses no GPU; those that do: {', '.join(ON_GPU)}")
    return EMBED_GPU
