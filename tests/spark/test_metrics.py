"""What a Prometheus that scrapes the driver gets under the settings that every stage is submitted with."""

import json
import subprocess
import sys

import pytest

from infra.profiles import OBSERVED
from tests.jobs.built import environment

pytestmark = pytest.mark.spark

DRIVER = """
import json, sys, time, urllib.request
from pyspark.sql import SparkSession

builder = SparkSession.builder.master("local[1]").config("spark.ui.port", "0").config("spark.ui.enabled", "true")
builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
for key, value in json.loads(sys.argv[1]).items():
    builder = builder.config(key, value)
spark = builder.getOrCreate()
spark.range(100).count()
port = spark.sparkContext.uiWebUrl.rpartition(":")[2]
for path in ("/metrics/prometheus/", "/metrics/executors/prometheus/"):
    print(urllib.request.urlopen(f"http://127.0.0.1:{port}{path}").read().decode())
spark.stop()
"""


def test_driver_and_executors_are_scraped_under_names_that_stay():
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps(OBSERVED)],
        env={**environment(), "SPARK_LOCAL_IP": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    series = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines() if line and line[0] != "#")
    assert int(series['metrics_corpus_driver_appStatus_jobs_succeededJobs_Count{type="counters"}']) >= 1
    assert 'metrics_corpus_driver_DAGScheduler_stage_runningStages_Value{type="gauges"}' in series
    executors = [name for name in series if name.startswith("metrics_executor_completedTasks_total{")]
    assert len(executors) == 1
