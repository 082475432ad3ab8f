"""What can go wrong on a cluster while the sample is built and published; the rows are the same in the end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from bench.processes import children
from corpus.pipeline import RECIPES
from corpus.storage import put_file, read_json
from corpus.tables import TABLES
from tests.cluster.builds import contents, funnel, write_settings
from tests.cluster.standalone import (
    ended,
    executor,
    executors,
    is_summed_up,
    kill,
    standalone,
    submit,
    wait_for_start,
    wait_for_task,
)
from tests.jobs.built import ROOT, SAMPLE, corpus_command

pytestmark = pytest.mark.cluster

IDLE = "image_kinds"  # the sample's encoder has no prompts, so it begins no task
STAGES = tuple(recipe.outputs[0] for recipe in RECIPES if recipe.outputs[0] != IDLE)


def assert_same(out, here):
    assert contents(out) == contents(here)
    assert funnel(out) == funnel(here)


def test_warc_files_and_tables_in_an_object_store(store, keys, s3a, here, run_toml, tmp_path):
    put_file(str(SAMPLE), f"{store}/sample.warc.gz")
    out = f"{store}/out"
    with standalone(tmp_path, **keys) as cluster:
        settings = write_settings(run_toml, out, f"{store}/sample.warc.gz")
        driver = submit(cluster, "driver", "build.py", "--config", settings, **s3a)
        assert ended(driver) == 0, driver.log
        publishing = submit(cluster, "publish", "publish.py", out, "--to", f"{store}/release", **s3a)
        assert ended(publishing) == 0, publishing.log
    assert funnel(out) == funnel(here)
    there, local = contents(out), contents(here)
    elsewhere = {name for name in there if there[name] != local[name]}  # files are known by their addresses
    assert elsewhere <= {name for name, table in TABLES.items() if "warc_filename" in table.schema.names}
    (kept,) = (
        row["n_rows"] for row in funnel(here) if row["table"] == "interleaved" and row["unit"] == "page"
    )
    assert read_json(f"{store}/release/manifest.json")["rows"] == kept
    validated = corpus_command("validate", f"{store}/release")
    assert validated.returncode == 0, validated.stdout


def test_an_executor_killed_in_every_stage(here, run_toml, tmp_path):
    out = str(tmp_path / "out")
    with standalone(tmp_path) as cluster:
        driver = submit(cluster, "driver", "build.py", "--config", write_settings(run_toml, out))
        for before, stage in zip(("", *STAGES), STAGES, strict=False):
            kill(executor(cluster, wait_for_start(driver, before)))
            assert not is_summed_up(driver, stage), f"{stage} was done before its executor was killed"
        assert ended(driver) == 0, driver.log
        assert len(set(re.findall(r"Lost executor (\d+)", driver.log))) == len(STAGES)
    assert_same(out, here)


def test_a_driver_killed_in_every_stage(here, run_toml, tmp_path):
    out = str(tmp_path / "out")
    with standalone(tmp_path) as cluster:
        settings = write_settings(run_toml, out)
        for before, stage in zip(("", *STAGES), STAGES, strict=False):
            driver = submit(cluster, f"killed-in-{stage}", "build.py", "--config", settings)
            wait_for_start(driver, before)
            os.killpg(driver.process.pid, signal.SIGKILL)
            assert ended(driver) == -signal.SIGKILL
            assert not is_summed_up(driver, stage), f"{stage} was done before its driver was killed"
        again = submit(cluster, "again", "build.py", "--config", settings)
        assert ended(again) == 0, again.log
    assert_same(out, here)


def test_a_worker_killed_in_the_last_recipe_and_one_while_publishing(here, run_toml, tmp_path):
    out, release = str(tmp_path / "out"), tmp_path / "release"
    with standalone(tmp_path, n_workers=3) as cluster:
        driver = submit(cluster, "driver", "build.py", "--config", write_settings(run_toml, out))
        wait_for_task(driver, after="document_decisions")
        kill_worker(cluster.workers[0])
        assert ended(driver) == 0, driver.log
        publishing = submit(cluster, "publish", "publish.py", out, "--to", release, "--shard-mib", "1")
        wait_for_task(publishing)
        kill_worker(cluster.workers[1])
        assert ended(publishing) == 0, publishing.log
    assert_same(out, here)
    alone = tmp_path / "alone"
    done = corpus_command("publish", here, "--to", alone, "--shard-mib", "1")
    assert done.returncode == 0, done.stderr
    files = [
        sorted((file["path"], file["sha256"]) for file in manifest(at)["files"]) for at in (release, alone)
    ]
    assert files[0] == files[1]


def manifest(release: Path):
    return read_json(str(release / "manifest.json"))


def kill_worker(worker):
    """The worker and its executors at once, as when a machine is taken away."""
    its_own = children(worker.pid)
    worker.kill()
    for each in its_own:
        kill(each)


def test_a_slow_worker_whose_tasks_are_run_twice(here, run_toml, tmp_path):
    out = str(tmp_path / "out")
    eager = {"quantile": "0.5", "multiplier": "1.01", "interval": "100ms", "minTaskRuntime": "1s"}
    conf = {
        "spark.speculation": "true",
        **{f"spark.speculation.{key}": value for key, value in eager.items()},
    }
    with standalone(tmp_path) as cluster:
        driver = submit(cluster, "driver", "build.py", "--config", write_settings(run_toml, out), **conf)
        wait_for_task(driver, after="documents")
        slow = executors(cluster)[0]
        for _ in range(6):
            os.kill(slow, signal.SIGSTOP)
            time.sleep(5)
            os.kill(slow, signal.SIGCONT)
            time.sleep(0.2)
        assert ended(driver) == 0, driver.log
        assert "another attempt succeeded" in driver.log
    assert_same(out, here)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_full_disk(here, run_toml, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=2m", "none", disk)
    try:
        out = str(disk / "out")
        with standalone(tmp_path) as cluster:
            settings = write_settings(run_toml, out)
            full = submit(cluster, "full", "build.py", "--config", settings)
            assert ended(full) != 0
            assert "No space left on device" in full.log + full.out
            mount("-o", "remount,size=256m", disk)
            again = submit(cluster, "again", "build.py", "--config", settings)
            assert ended(again) == 0, again.log
        assert_same(out, here)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_tasks_run_the_packed_environment_that_is_sent_along(here, run_toml, tmp_path):
    archive = ROOT / "dist" / "environment.tar.gz"
    if not archive.exists():
        pytest.skip("no dist/environment.tar.gz: `make package-environment` packs it")
    out = str(tmp_path / "out")
    conf = {
        "spark.archives": f"{archive}#environment",
        "spark.pyspark.python": "./environment/bin/python",
        "spark.pyspark.driver.python": f"{tmp_path}/environment/bin/python",
    }
    with standalone(tmp_path) as cluster:
        driver = submit(cluster, "driver", "build.py", "--config", write_settings(run_toml, out), **conf)
        assert ended(driver) == 0, driver.log
        unpacked = list(tmp_path.glob("worker-*/app-*/*/environment/bin/python"))
        assert len(unpacked) == 2
    assert_same(out, here)


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)
