"""The state machine and the DAG: every stage once, in order, submitted as `python -m infra.submit` submits it."""

from __future__ import annotations

import json
import runpy
import shlex
import sys
from pathlib import Path
from types import ModuleType

import pytest

from corpus.pipeline import RECIPES
from infra import state_machine, submit

ROOT = Path(__file__).parents[2]
WORDS = (
    "--package", "s3://b/dist", "--config", "s3://b/run.toml", "--region", "us-east-1", "--application", "app",
    "--role", "builds", "--logs", "s3://b/logs/",
)  # fmt: skip
STAGES = [recipe.outputs[0] for recipe in RECIPES]


def submitted(stage, capsys):
    assert submit.main(["submit", "emr-serverless", "--stage", stage, *WORDS]) == 0
    return shlex.split(capsys.readouterr().out)


def lowered(value):
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: lowered(each) for key, each in value.items()}
    return [lowered(each) for each in value] if isinstance(value, list) else value


def test_the_machine_runs_every_stage_once_in_the_order_of_the_pipeline(capsys):
    assert state_machine.main(WORDS) == 0
    machine = json.loads(capsys.readouterr().out)
    visited = [machine["StartAt"]]
    while "Next" in machine["States"][visited[-1]]:
        visited.append(machine["States"][visited[-1]]["Next"])
    assert visited == STAGES == list(machine["States"])
    assert machine["States"][visited[-1]]["End"] is True


@pytest.mark.parametrize("stage", STAGES)
def test_a_state_starts_what_submit_would(stage, capsys):
    command = submitted(stage, capsys)
    state = state_machine.state_machine(WORDS)["States"][stage]
    assert state["Resource"].endswith(":emr-serverless:startJobRun.sync")
    run = lowered(state["Parameters"])
    assert run["jobDriver"] == json.loads(command[command.index("--job-driver") + 1])
    assert run["applicationId"] == command[command.index("--application-id") + 1] == "app"
    assert run["jobDriver"]["sparkSubmit"]["entryPoint"] == f"s3://b/dist/jobs/{stage}.py"
    told = json.loads(command[command.index("--configuration-overrides") + 1])
    assert run["configurationOverrides"] == told


def test_the_download_has_its_own_role_where_places_name_one(tmp_path):
    places = tmp_path / "places.json"
    places.write_text(json.dumps({"download_role": {"value": "downloads"}}))
    words = (*WORDS, "--places", str(places))
    roles = {stage: state_machine.job_run(stage, words)["executionRoleArn"] for stage in STAGES}
    assert roles.pop("images") == "downloads"
    assert set(roles.values()) == {"builds"}


def test_what_is_missing_is_named(capsys):
    assert state_machine.main(["--package", "s3://b/dist", "--config", "s3://b/run.toml"]) == 2
    assert "needs --region, --application, --role, --logs" in capsys.readouterr().err


def test_the_dag_starts_every_stage_in_order_and_waits_longer_than_the_default(monkeypatch):
    operators, chained = [], []

    class DAG:
        def __init__(self, name, **options):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

    def start(**options):
        operators.append(options)
        return options["task_id"]

    given = {
        "airflow": {"DAG": DAG},
        "airflow.models.baseoperator": {"chain": lambda *tasks: chained.extend(tasks)},
        "airflow.providers.amazon.aws.operators.emr": {"EmrServerlessStartJobOperator": start},
    }
    for name, members in given.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    runpy.run_path(str(ROOT / "infra" / "airflow" / "corpus_build.py"))
    assert chained == STAGES
    assert all(each["waiter_max_attempts"] * each["waiter_delay"] > 24 * 3600 for each in operators)
    assert {each["job_driver"]["sparkSubmit"]["entryPoint"] for each in operators} == {
        f"s3://BUCKET/dist/jobs/{stage}.py" for stage in STAGES
    }
