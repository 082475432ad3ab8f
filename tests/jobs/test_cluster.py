"""The sample on a master and two workers, each a process of its own, and by tasks that share a GPU; on every supported
Spark."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.cluster.builds import TASKS, built_here, contents, funnel, write_settings
from tests.cluster.standalone import SPARK_HOME, ended, executors, kill, standalone, submit, wait_for_task
from tests.jobs.built import ROOT, SAMPLE, environment

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return built_here(tmp_path_factory.mktemp("here") / "out")


def test_two_workers_write_what_one_machine_writes_though_an_executor_is_killed(here, tmp_path):
    out = str(tmp_path / "out")
    with standalone(tmp_path) as cluster:
        settings = write_settings(tmp_path / "run.toml", out)
        driver = submit(cluster, "driver", "build.py", "--config", settings)
        wait_for_task(driver, after="documents")
        kill(executors(cluster)[0])
        assert ended(driver) == 0, driver.log
        assert "Lost executor" in driver.log
    assert contents(out) == contents(here)
    assert funnel(out) == funnel(here)


def test_tasks_share_the_gpu_that_spark_found_and_their_time_is_counted(here, tmp_path):
    """An executor of two cores with one GPU by its own discovery script, which asks a stand-in for nvidia-smi: where
    torch sees no GPU, the same pictures come to the same vectors on the CPU."""
    out = shutil.copytree(here, tmp_path / "out")
    (entry,) = (path.parent for path in out.glob("tables/image_features/*/*/_manifest.json"))
    before = sorted(path.read_bytes() for path in entry.glob("*.parquet"))
    shutil.rmtree(entry)
    told = tmp_path / "nvidia-smi"
    told.write_text("#!/bin/sh\necho 0\n")
    told.chmod(0o755)
    done = subprocess.run(
        [
            f"{SPARK_HOME}/bin/spark-submit",
            *("--master", "local-cluster[1,2,2048]"),
            *gpu_settings(),
            *(ROOT / "jobs" / "image_features.py", SAMPLE, "--out", out, "--set", f"spark.tasks={TASKS}"),
        ],
        cwd=tmp_path,
        env={**environment(), "SPARK_HOME": SPARK_HOME, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = json.loads((entry / "_manifest.json").read_text())
    assert made["core_s"] > 0
    assert made["gpu_s"] == pytest.approx(made["core_s"] / 2, abs=0.002)
    assert sorted(path.read_bytes() for path in entry.glob("*.parquet")) == before


def gpu_settings():
    script = str(ROOT / "infra" / "images" / "gpus.sh")
    settings = {
        "spark.executor.memory": "1g",
        "spark.pyspark.python": sys.executable,
        "spark.task.resource.gpu.amount": "0.5",
    }
    for who in ("worker", "executor"):
        settings |= {
            f"spark.{who}.resource.gpu.amount": "1",
            f"spark.{who}.resource.gpu.discoveryScript": script,
        }
    return [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
