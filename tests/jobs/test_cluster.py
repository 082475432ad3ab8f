"""The sample on a master and two workers, each a process of its own; on every supported Spark."""

import pytest

from tests.cluster.builds import built_here, contents, funnel, write_settings
from tests.cluster.standalone import ended, executors, kill, standalone, submit, wait_for_task

pytestmark = pytest.mark.end_to_end


def test_two_workers_write_what_one_machine_writes_though_an_executor_is_killed(tmp_path):
    out = str(tmp_path / "out")
    with standalone(tmp_path) as cluster:
        settings = write_settings(tmp_path / "run.toml", out)
        driver = submit(cluster, "driver", "build.py", "--config", settings)
        wait_for_task(driver, after="documents")
        kill(executors(cluster)[0])
        assert ended(driver) == 0, driver.log
        assert "Lost executor" in driver.log
    here = built_here(tmp_path / "here")
    assert contents(out) == contents(here)
    assert funnel(out) == funnel(here)
