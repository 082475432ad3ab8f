"""The commands that submit stages: what every one of them must hold, and that nothing is told twice or in vain."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus
from infra.job import IMAGE_PYTHON, Job
from infra.profiles import EMBED_GPU, ON_GPU, PROFILES, profile_of
from infra.submit import main
from infra.targets import TARGETS

ROOT = Path(__file__).parents[2]
PLACES = {name: f"the-{name}" for target in TARGETS.values() for name in target.needs}
NAMES = sorted(TARGETS)
WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789_./:-=", min_size=1)


def job(stage="documents", **changes):
    given = {
        "package": "s3://bucket/dist",
        "version": "1.2.3",
        "config": "s3://bucket/run.toml",
        "places": PLACES,
    }
    return Job(stage, **(given | changes))


def spark_conf(name, command):
    """Spark's settings, dug out of whatever form the platform takes them in."""
    if name.startswith("dataproc"):
        told = next(text for text in command if text.startswith("--properties="))
        return dict(text.split("=", 1) for text in told.removeprefix("--properties=^#^").split("#"))
    if name in ("emr-serverless", "emr-eks"):
        driver = json.loads(command[command.index("--job-driver") + 1])
        words = next(iter(driver.values()))["sparkSubmitParameters"].split(" ")
    elif name == "emr-ec2":
        words = json.loads(command[command.index("--steps") + 1])[0]["Args"]
    else:
        words = command
    told = [words[at + 1] for at, word in enumerate(words) if word == "--conf"]
    keys = [text.split("=", 1)[0] for text in told]
    assert sorted(set(keys)) == sorted(keys), "a setting is told twice"
    return dict(text.split("=", 1) for text in told)


def entry(name, command):
    """The script and its arguments."""
    if name in ("emr-serverless", "emr-eks"):
        driver = next(iter(json.loads(command[command.index("--job-driver") + 1]).values()))
        return [driver["entryPoint"], *driver["entryPointArguments"]]
    words = json.loads(command[command.index("--steps") + 1])[0]["Args"] if name == "emr-ec2" else command
    start = next(at for at, word in enumerate(words) if word.endswith(".py"))
    return [
        word
        for word in words[start:]
        if not (name.startswith("dataproc") and word.startswith("--") and "=" in word)
    ]


def test_every_stage_has_a_profile_and_an_entry_point():
    assert sorted(PROFILES) == sorted(path.stem for path in (ROOT / "jobs").glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stage", sorted(PROFILES))
def test_every_platform_runs_the_script_of_the_stage_with_the_settings_file(name, stage):
    command = TARGETS[name].submit(job(stage), profile_of(stage))
    script, *arguments = entry(name, command)
    assert script == f"s3://bucket/dist/jobs/{stage}.py"
    assert [word for word in arguments if word not in ("--", "--async")] == [
        "--config",
        "s3://bucket/run.toml",
    ]
    assert any("s3://bucket/dist/corpus-1.2.3.zip" in word for word in command)
    assert not any(".whl" in word for word in command), "spark-submit does not import wheels"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stage", sorted(PROFILES))
def test_no_stage_runs_twice_at_a_time(name, stage):
    assert (
        spark_conf(name, TARGETS[name].submit(job(stage), profile_of(stage)))["spark.speculation"] == "false"
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_download_keeps_its_number_of_executors(name):
    told = spark_conf(name, TARGETS[name].submit(job("images"), profile_of("images")))
    assert told["spark.dynamicAllocation.enabled"] == "false"
    assert told["spark.executor.instances"] == "25"


@pytest.mark.parametrize("name", [name for name in NAMES if name != "emr-serverless"])
@pytest.mark.parametrize("stage", ON_GPU)
def test_four_tasks_share_the_gpu_of_their_executor(name, stage):
    told = spark_conf(name, TARGETS[name].submit(job(stage), profile_of(stage, gpu=True)))
    assert told["spark.executor.cores"] == "4"
    assert told["spark.task.resource.gpu.amount"] == "0.25"


def test_emr_serverless_refuses_a_gpu():
    with pytest.raises(ValueError, match="EMR Serverless has no GPUs"):
        TARGETS["emr-serverless"].submit(job("image_features"), EMBED_GPU)


@pytest.mark.parametrize("stage", sorted(set(PROFILES) - set(ON_GPU)))
def test_a_gpu_is_refused_where_nothing_uses_it(stage):
    with pytest.raises(ValueError, match="uses no GPU"):
        profile_of(stage, gpu=True)


@pytest.mark.parametrize("stage", sorted(PROFILES))
def test_workers_are_of_sizes_that_the_serverless_platforms_have(stage):
    profile = PROFILES[stage]
    whole_gib = profile.memory_gib + profile.overhead_gib
    assert profile.cores == 4
    assert 8 <= whole_gib <= 30, "EMR Serverless: 4 vCPU take 8 to 30 GB"
    assert 1 <= whole_gib / profile.cores <= 7.4, "Dataproc Serverless: 1,024 to 7,424 MB per core"


@pytest.mark.parametrize("stage", sorted(PROFILES))
def test_dataproc_serverless_is_not_told_what_it_refuses(stage):
    told = spark_conf(
        "dataproc-serverless", TARGETS["dataproc-serverless"].submit(job(stage), profile_of(stage))
    )
    refused = ("spark.master", "spark.shuffle.service", "spark.yarn", "spark.submit.deployMode")
    assert [key for key in told if key.startswith(refused)] == []


@pytest.mark.parametrize("name", NAMES)
def test_driver_and_executors_look_for_models_in_the_same_store(name):
    told = spark_conf(name, TARGETS[name].submit(job(models="s3://bucket/models"), profile_of("documents")))
    stores = {key: value for key, value in told.items() if key.endswith("CORPUS_MODELS")}
    assert set(stores.values()) == {"s3://bucket/models"}
    assert len(stores) == 2


@pytest.mark.parametrize("name", ["emr-eks", "k8s"])
def test_images_run_their_own_python(name):
    told = spark_conf(name, TARGETS[name].submit(job(), profile_of("documents")))
    assert told["spark.pyspark.python"] == told["spark.pyspark.driver.python"] == IMAGE_PYTHON


@given(st.sampled_from(NAMES), st.sampled_from(sorted(PROFILES)), WORD, WORD)
def test_what_the_user_sets_wins_and_comes_through_unchanged(name, stage, key, value):
    key = "spark." + key.replace("=", "")
    command = TARGETS[name].submit(job(stage, conf={key: value}), profile_of(stage))
    assert spark_conf(name, command)[key] == value
    assert shlex.split(shlex.join(command)) == command


@pytest.mark.parametrize("name", ["emr-serverless", "emr-eks"])
def test_a_setting_with_a_space_is_refused_where_it_would_be_torn(name):
    with pytest.raises(ValueError, match="no value may hold one"):
        TARGETS[name].submit(job(conf={"spark.a": "b c"}), profile_of("documents"))


@pytest.mark.parametrize("name", ["dataproc", "dataproc-serverless"])
def test_a_setting_with_the_mark_is_refused_where_it_would_be_torn(name):
    with pytest.raises(ValueError, match="no value may hold one"):
        TARGETS[name].submit(job(conf={"spark.a": "b#c"}), profile_of("documents"))


def test_missing_places_are_named_together(capsys):
    code = main(
        ["submit", "emr-serverless", "--package", "s3://b/dist", "--config", "s3://b/run.toml", "--role", "r"]
    )
    assert code == 2
    assert capsys.readouterr().err == "submit: emr-serverless needs --region, --application, --logs\n"


def test_places_are_read_as_terraform_prints_them_and_options_win(tmp_path, capsys):
    places = tmp_path / "places.json"
    given = {"region": "us-east-1", "application": "app", "role": "old", "logs": "s3://b/logs"}
    places.write_text(json.dumps({key: {"value": value, "type": "string"} for key, value in given.items()}))
    code = main(
        ["submit", "emr-serverless", "--places", str(places), "--role", "new", "--package", "s3://b/dist/",
         "--config", "s3://b/run.toml", "--", "--set", "fetch.round=1"]
    )  # fmt: skip
    command = shlex.split(capsys.readouterr().out)
    assert code == 0
    assert command[command.index("--execution-role-arn") + 1] == "new"
    assert command[command.index("--application-id") + 1] == "app"
    script = ["s3://b/dist/jobs/build.py", "--config", "s3://b/run.toml", "--set", "fetch.round=1"]
    assert entry("emr-serverless", command) == script
    assert f"s3://b/dist/corpus-{corpus.__version__}.zip" in command[command.index("--job-driver") + 1]


@pytest.mark.parametrize("name", NAMES)
def test_a_job_is_asked_after_by_its_id(name):
    command = TARGETS[name].status(PLACES, "job-1")
    assert any("job-1" in word for word in command)
    assert command[0] in ("aws", "gcloud", "kubectl")
